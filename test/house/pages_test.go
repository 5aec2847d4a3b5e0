package house

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
	"ocfbox/test/lab"
)

// agentPage is the manual page of an agent.
func agentPage(agent *ocf.Agent) string { return "man/ocf_ocfbox_" + agent.Name + ".7" }

// The tables of an agent's page come from its declaration: what stands between these lines is written
// by `make golden`.
const (
	parametersBegin = `.\" BEGIN parameters: written by make golden`
	actionsBegin    = `.\" BEGIN actions: written by make golden`
	tableEnd        = `.\" END`
)

func TestTheTablesOfThePagesAreThoseOfTheDeclaration(t *testing.T) {
	for _, agent := range agents.All() {
		t.Run(agent.Name, func(t *testing.T) {
			page := read(t, agentPage(agent))
			want := replaceBetween(t, page, parametersBegin, parameterTable(agent))
			want = replaceBetween(t, want, actionsBegin, actionTable(agent))
			if os.Getenv("OCFBOX_GOLDEN") == "1" {
				require.NoError(t, os.WriteFile(filepath.Join(root(t), agentPage(agent)), []byte(want), 0o644))
				return
			}
			require.Equal(t, want, page, "%s is stale: make golden", agentPage(agent))
		})
	}
}

func replaceBetween(t *testing.T, page, begin, table string) string {
	before, rest, ok := strings.Cut(page, begin+"\n")
	require.True(t, ok, "no line %q", begin)
	_, after, ok := strings.Cut(rest, tableEnd+"\n")
	require.True(t, ok, "no line %q", tableEnd)
	return before + begin + "\n" + table + tableEnd + "\n" + after
}

// advertised are the parameters that the meta-data shows.
func advertised(agent *ocf.Agent) []ocf.Parameter {
	return slices.DeleteFunc(agent.Parameters(), func(p ocf.Parameter) bool { return p.Flags&ocf.Hidden != 0 })
}

func parameterTable(agent *ocf.Agent) string {
	var table strings.Builder
	table.WriteString(".Bl -tag -width Ds\n")
	for _, parameter := range advertised(agent) {
		fmt.Fprintf(&table, ".It Va %s Pq %s\n%s", parameter.Name, strings.Join(qualities(parameter), ", "), mdoc(parameter.Long))
	}
	return table.String() + ".El\n"
}

func qualities(p ocf.Parameter) []string {
	words := []string{p.Type}
	if p.Flags&ocf.Required != 0 {
		words = append(words, "required")
	}
	if p.Flags&ocf.Unique != 0 {
		words = append(words, "unique")
	}
	if p.Default != "" && p.Flags&ocf.NoDefault == 0 {
		words = append(words, "default "+p.Default)
	}
	return words
}

func actionTable(agent *ocf.Agent) string {
	var table strings.Builder
	table.WriteString(".Bl -column validate-all timeout interval\n.It Sy action Ta Sy timeout Ta Sy interval\n")
	for _, op := range agent.Ops {
		interval := "\\(en"
		if op.Interval != 0 {
			interval = op.Interval.String()
		}
		fmt.Fprintf(&table, ".It Ic %s Ta %v Ta %s\n", op.Name, op.Timeout, interval)
	}
	return table.String() + ".El\n"
}

// mdoc sets prose as a manual page wants it: a line a sentence, none longer than a terminal's, no
// control character in front.
func mdoc(prose string) string {
	var text strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(prose), "\n\n") {
		if i > 0 {
			text.WriteString(".Pp\n")
		}
		for _, sentence := range sentences(strings.Join(strings.Fields(paragraph), " ")) {
			text.WriteString(fold(strings.ReplaceAll(sentence, `\`, `\e`)))
		}
	}
	return text.String()
}

var sentenceEnd = regexp.MustCompile(`([.?!]\)?) ([A-Z"])`)

func sentences(paragraph string) []string {
	return strings.Split(sentenceEnd.ReplaceAllString(paragraph, "$1\n$2"), "\n")
}

func fold(sentence string) string {
	const width = 78
	var text strings.Builder
	column := 0
	for _, word := range strings.Fields(sentence) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			text.WriteByte('\n')
			column = 0
		default:
			text.WriteByte(' ')
			column++
		}
		if column == 0 && strings.ContainsAny(word[:1], ".'") {
			text.WriteString(`\&`)
		}
		text.WriteString(word)
		column += len(word)
	}
	return text.String() + "\n"
}

func TestProseBecomesMdoc(t *testing.T) {
	require.Equal(t, "One thing.\nAnother, see\n.Pp\n\\&.hidden a\\eb\n", mdoc("One thing. Another,\nsee\n\n.hidden a\\b"))
	for line := range strings.Lines(mdoc(strings.Repeat("words and words ", 30))) {
		require.LessOrEqual(t, len(line), 79)
	}
}

func pages(t *testing.T) []string {
	found, err := filepath.Glob(filepath.Join(root(t), "man", "*.[1-9]"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

func TestThePagesAreCleanMdoc(t *testing.T) {
	lab.Need(t, "mandoc")
	for _, page := range pages(t) {
		// The exit code tells of the other pages that this machine has, too.
		out, _ := exec.Command("mandoc", "-T", "lint", "-W", "style", page).CombinedOutput()
		for _, line := range lines(string(out)) {
			require.True(t, line == "" || aboutOtherPages(line), line)
		}
	}
}

// aboutOtherPages reports whether a complaint is about a page that is not installed here: ours are not
// while they are tested.
func aboutOtherPages(line string) bool {
	return strings.Contains(line, "referenced manual not found") || strings.Contains(line, "outdated mandoc.db")
}

// Every agent has a page, and every tool's options and commands are on its page.
func TestThePagesNameEveryCommandAndOption(t *testing.T) {
	for name, page := range map[string]string{"ocfbox": "man/ocfbox.8", "ocflab": "man/ocflab.8"} {
		text := read(t, page)
		for _, command := range commandsOf(t, name) {
			item := regexp.MustCompile(`(?m)^\.It (Xo )?Ic ` + command.name + `\b`)
			assert.True(t, item.MatchString(text), "%s lacks the command %s", page, command.name)
			for _, option := range command.options {
				assert.True(t, strings.Contains(text, `Fl Fl `+option), "%s lacks --%s of %s", page, option, command.name)
			}
		}
		for _, option := range regexp.MustCompile(`Fl Fl ([a-z-]+)`).FindAllStringSubmatch(text, -1) {
			require.Contains(t, allOptions(t, name), option[1], "%s: there is no option --%s", page, option[1])
		}
	}
}

// A commandOf is a command as the program's own help shows it.
type commandOf struct {
	name    string
	options []string
}

var (
	helpCommand = regexp.MustCompile(`(?m)^   ([a-z][a-z-]*)(?:, [a-z]+)?  +\S`)
	helpOption  = regexp.MustCompile(`(?m)^   --([a-z-]+)`)
)

// commandsOf asks the program itself, command by command and one level below.
func commandsOf(t *testing.T, program string) []commandOf {
	var all []commandOf
	top := helpOf(t, program)
	for _, found := range helpCommand.FindAllStringSubmatch(section(top, "COMMANDS"), -1) {
		if found[1] == "help" {
			// It explains the others, and lists them when it is asked about itself.
			all = append(all, commandOf{name: "help"})
			continue
		}
		help := helpOf(t, program, found[1])
		all = append(all, commandOf{found[1], optionsIn(help)})
		for _, below := range helpCommand.FindAllStringSubmatch(section(help, "COMMANDS"), -1) {
			if below[1] != "help" {
				name := found[1] + " " + below[1]
				all = append(all, commandOf{name, optionsIn(helpOf(t, program, found[1], below[1]))})
			}
		}
	}
	require.NotEmpty(t, all, top)
	return all
}

// section is the part of a help text below a heading.
func section(help, heading string) string {
	_, rest, ok := strings.Cut(help, "\n"+heading+":\n")
	if !ok {
		return ""
	}
	part, _, _ := strings.Cut(rest, "\n\n")
	return part
}

func optionsIn(help string) []string {
	var names []string
	for _, found := range helpOption.FindAllStringSubmatch(section(help, "OPTIONS"), -1) {
		if found[1] != "help" && found[1] != "version" {
			names = append(names, found[1])
		}
	}
	return names
}

func allOptions(t *testing.T, program string) []string {
	names := []string{"help", "version"}
	for _, command := range commandsOf(t, program) {
		names = append(names, command.options...)
	}
	return names
}

// helps keeps what helpOf has read.
var helps = map[string]string{}

func helpOf(t *testing.T, name string, words ...string) string {
	key := strings.Join(append([]string{name}, words...), " ")
	if helps[key] == "" {
		helps[key] = output(t, program(t, name), append(words, "--help")...)
	}
	return helps[key]
}

func TestEveryAgentHasAPage(t *testing.T) {
	for _, agent := range agents.All() {
		page := read(t, agentPage(agent))
		require.Contains(t, page, ".Dt OCF_OCFBOX_"+strings.ToUpper(agent.Name)+" 7")
	}
}
