package house

import (
	"go/ast"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/agents/saphana"
	"ocfbox/internal/hana"
	"ocfbox/test/lab"
	"ocfbox/test/scheduler"
)

// hanaPage is the overview of the whole solution.
const hanaPage = "man/ocfbox-hana.7"

func TestTheTablesOfTheOverviewAreTheAgents(t *testing.T) {
	compareTables(t, agentPage(&saphana.Agent), []table{
		{"parameters", parameterTable(&saphana.Agent)},
		{"actions", actionTable(&saphana.Agent)},
		{"scores", scoreTable()},
		{"other scores", otherScores(t)},
	})
	compareTables(t, hanaPage, []table{
		{"scenarios", scenarioTable(t)},
		{"scores", scoreTable()},
		{"other scores", otherScores(t)},
		{"reactions", reactionTable(t)},
		{"configuration", display(topology(t))},
	})
}

// A scenario is a way to set the databases up, how far it has been tested, and a line of a file that does it.
type scenario struct{ name, tested, file, line string }

func scenarios() []scenario {
	const lab = "on running clusters, with failures"
	return []scenario{
		{"performance optimised", "the guide's procedures, and trouble beyond them, " + lab, "test/lab/guide/procedures.go", `"10.1.1"`},
		{"cost optimised", lab, "test/lab/guide/topology.go", `"cost-optimised"`},
		{"multi-tier", lab, "test/lab/guide/topology_more.go", `"multi-tier"`},
		{"multi-target", lab, "test/lab/guide/topology_more.go", `"multi-target"`},
		{"read-enabled", lab, "test/lab/guide/topology.go", `"read-enabled"`},
		{"tenants", lab, "test/lab/guide/topology_more.go", `"tenants"`},
		{"three nodes", lab, "test/lab/guide/topology_more.go", `"three-nodes"`},
		{"the hooks", "with sudo, on running clusters", "test/cluster/hana/sustkover_test.go", "func TestLongTakeoverByHand("},
	}
}

func scenarioTable(t *testing.T) string {
	var rows [][]string
	for _, s := range scenarios() {
		require.Contains(t, read(t, s.file), s.line, "%s is said to be tested there", s.name)
		rows = append(rows, []string{s.name, s.tested})
	}
	return columns([]string{"what", "tested"}, rows)
}

func scoreTable() string {
	const runs, stopped = ":master1:master:worker:master", ":master1::worker:"
	var rows [][]string
	for _, row := range []struct{ what, roles, sync string }{
		{"a running primary", "4:P" + runs, "PRIM"},
		{"a primary that is down", "1:P" + stopped, "PRIM"},
		{"a secondary in sync", "4:S" + runs, "SOK"},
		{"a secondary that is not in sync", "4:S" + runs, "SFAIL"},
		{"a secondary that is down", "1:S" + stopped, "SOK"},
		{"anything else", "", ""},
	} {
		cells := []string{row.what}
		for _, by := range []saphana.Preference{saphana.PreferSite, saphana.PreferLocal, saphana.PreferNever} {
			cells = append(cells, saphana.Score(by, row.roles, row.sync))
		}
		rows = append(rows, cells)
	}
	return columns([]string{"PREFER_SITE_TAKEOVER", "true", "false", "never"}, rows)
}

// otherScores are those that the agent sets outside of the tables.
func otherScores(t *testing.T) string {
	source := read(t, "agents/saphana/score.go")
	var rows [][]string
	for _, row := range []struct{ constant, when string }{
		{"scoreYield", "a primary that failed while its partner is in sync and shall take over"},
		{"scoreStart", "a secondary that is started, a former primary that is registered"},
		{"scoreWait", "a former primary that waits, or finds nobody to register with"},
		{"never", "a secondary that waits for a primary, a primary that must not run"},
	} {
		found := regexp.MustCompile(`(?m)^\t` + row.constant + ` += "(.*)"$`).FindStringSubmatch(source)
		require.NotNil(t, found, row.constant)
		rows = append(rows, []string{found[1], row.when})
	}
	return columns([]string{"score", "of"}, rows)
}

// outcomes are the words for what test/scheduler/pair calls an outcome: with a secondary in sync, and without.
var outcomes = map[string][2]string{
	"stays":       {"stays", "stays"},
	"asPreferred": {"as set", "restart"},
	"takesOver":   {"takeover", "none"},
	"nobody":      {"none", "none"},
}

// reactionTable is the table of events that Pacemaker's scheduler is asked about, for people.
func reactionTable(t *testing.T) string {
	values := map[string]ast.Expr{}
	for _, file := range goSources(t, "test/scheduler/pair") {
		inspect(t, file, func(n ast.Node) {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				values[spec.Names[0].Name] = spec.Values[0]
			}
		})
	}
	events, ok := values["eventTable"].(*ast.CompositeLit)
	require.True(t, ok, "there is no eventTable any more")
	var rows [][]string
	for _, element := range events.Elts {
		row := element.(*ast.CompositeLit).Elts
		what, ends := row[0], row[1].(*ast.Ident).Name
		if name, ok := what.(*ast.Ident); ok {
			what = values[name.Name]
		}
		name := nameIn(what)
		require.NotEmpty(t, name)
		words, ok := outcomes[ends]
		require.True(t, ok, "no words for the outcome %s", ends)
		if name != "nothing happens" {
			rows = append(rows, []string{words[0], words[1], name})
		}
	}
	require.NotEmpty(t, rows)
	return columns([]string{"in sync", "not in sync", "what happens"}, rows)
}

// nameIn is the field name of a composite literal.
func nameIn(literal ast.Expr) string {
	for _, element := range literal.(*ast.CompositeLit).Elts {
		pair := element.(*ast.KeyValueExpr)
		if pair.Key.(*ast.Ident).Name == "name" {
			name, _ := strconv.Unquote(pair.Value.(*ast.BasicLit).Value)
			return name
		}
	}
	return ""
}

// byThemselves are the properties in the guide's example that clusters write themselves.
var byThemselves = regexp.MustCompile(`(?m)^ +(dc-version|cluster-infrastructure|last-lrm-refresh)=.*\n`)

// topology is the configuration that the scheduler's tests use, less what nobody types.
func topology(t *testing.T) string {
	text := byThemselves.ReplaceAllString(read(t, "test/topologies/hana-performance/cluster.crm"), "")
	// The last line of a statement continues no more.
	return regexp.MustCompile(` \\\n(\S)`).ReplaceAllString(text, "\n$1")
}

func TestTheConfigurationOfTheOverviewIsOne(t *testing.T) {
	lab.Need(t, scheduler.Programs...)
	_, after, ok := strings.Cut(read(t, hanaPage), "BEGIN configuration: written by make golden\n.Bd -literal -offset indent\n")
	require.True(t, ok)
	text, _, ok := strings.Cut(after, ".Ed\n")
	require.True(t, ok)
	_, err := scheduler.Load(t.Context(), strings.ReplaceAll(text, `\e`, `\`))
	require.NoError(t, err)
}

// An attribute is as a row of the overview has it.
type attribute struct{ name, kept, by string }

var attributeRow = regexp.MustCompile(`(?m)^\.It Va (.+?) Ta (reboot|forever|cluster) Ta (.+?) Ta `)

func TestTheAttributesOfTheOverviewAreThoseOfTheAgents(t *testing.T) {
	var have []attribute
	for _, row := range attributeRow.FindAllStringSubmatch(read(t, hanaPage), -1) {
		have = append(have, attribute{strings.NewReplacer(" Ns Ar ", "", " Ns Va ", "").Replace(row[1]), row[2], row[3]})
	}
	want := append(written(t, "agents/saphana", "SAPHana"), written(t, "agents/saphanatopology", "SAPHanaTopology")...)
	// These are made by functions, for a node's resource, a system and a site.
	want = append(want, attribute{"lpa_sid_lpt", "forever", "SAPHana"}, attribute{"site_srHook_SITE", "cluster", "hook, SAPHana"},
		attribute{"glob_filter", "cluster", "you"}, attribute{"master-resource", "reboot", "SAPHana"})
	require.ElementsMatch(t, want, have)
}

// written are the attributes that an agent names where it writes: reads are by variables.
func written(t *testing.T, dir, agent string) []attribute {
	kinds := map[string]string{"transient": "reboot", "permanent": "forever", "TransientOf": "reboot", "PermanentOf": "forever"}
	var all []attribute
	seen := map[string]bool{}
	find := func(n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok || kinds[called(call)] == "" || len(call.Args) < 2 {
			return
		}
		name := call.Args[1]
		if inner, ok := name.(*ast.CallExpr); ok && called(inner) == "Attribute" {
			name = inner.Args[0]
		}
		if literal, ok := name.(*ast.BasicLit); ok && !seen[literal.Value] {
			seen[literal.Value] = true
			text, _ := strconv.Unquote(literal.Value)
			all = append(all, attribute{text, kinds[called(call)], agent})
		}
	}
	for _, file := range goSources(t, dir) {
		if !strings.HasSuffix(file, "_test.go") {
			inspect(t, file, find)
		}
	}
	require.NotEmpty(t, all)
	return all
}

// called is the name of the method or of the package's function that is called.
func called(call *ast.CallExpr) string {
	if selector, ok := call.Fun.(*ast.SelectorExpr); ok {
		return selector.Sel.Name
	}
	return ""
}

func TestTheCloneStatesOfTheOverviewAreThoseOfTheAgent(t *testing.T) {
	var want []string
	seen := map[string]bool{}
	for _, found := range regexp.MustCompile(`\.cloneState\("([A-Z0-9]+)"\)`).FindAllStringSubmatch(programText(t, "agents/saphana"), -1) {
		if !seen[found[1]] {
			seen[found[1]] = true
			want = append(want, found[1])
		}
	}
	row := regexp.MustCompile(`(?m)^\.It Va clone_state .*$`).FindString(read(t, hanaPage))
	require.ElementsMatch(t, want, regexp.MustCompile(`\b[A-Z0-9]{6,}\b`).FindAllString(row, -1))
}

func TestTheLogWordsOfTheOverviewAreLogged(t *testing.T) {
	source := programText(t, "agents/saphana")
	for _, phrase := range phrases(t, chapter(t, hanaPage, "LOG")) {
		assert.Contains(t, source, phrase)
	}
	for _, phrase := range []string{"begin action ", "end action ", " rc="} {
		assert.Contains(t, programText(t, "internal/ocf"), phrase)
	}
}

func TestTheCommandToRegisterIsTheAgents(t *testing.T) {
	tools := hana.Tools{Instance: hana.Instance{SID: "HA1", Number: "10"}}
	want := tools.RegisterCommand(hana.Registration{RemoteHost: "suse02", Site: "WDF", Mode: "sync", OperationMode: "logreplay"})
	page := strings.Join(strings.Fields(strings.ReplaceAll(chapter(t, hanaPage, "PROCEDURES"), "\\e\n", " ")), " ")
	require.Contains(t, page, want)
}

// What has come since is not missing any more.
func TestWhatTheOverviewMissesIsNotThere(t *testing.T) {
	_, missing, ok := strings.Cut(chapter(t, hanaPage, "DIFFERENCES"), "Not there yet:")
	require.True(t, ok)
	files := sources(t)
	for _, name := range regexp.MustCompile(`\bsus[A-Z]\w+`).FindAllString(missing, -1) {
		require.NotContains(t, files, "hooks/"+name+".py", "%s says that it is not there yet", hanaPage)
	}
}
