package srhook

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// A layout is a CIB of the guide's pair, to be spoilt.
type layout struct {
	properties string
	// kind is master or clone; meta are the meta attributes of clone, group and primitive.
	kind, meta, inner string
	group             string
	provider, agent   string
	params            string
	// others are further resources.
	others string
	// sra are the nodes' values, suse01 first.
	sra [2]string
}

func guide() layout {
	return layout{
		properties: pair("stonith-enabled", "true"), kind: "master", provider: "suse", agent: "SAPHana",
		params: set("instance_attributes", pair("SID", "HA1")+pair("InstanceNumber", "10")),
		others: `<primitive id="fencing" class="stonith" type="external/sbd"/>`,
	}
}

func pair(name, value string) string {
	return fmt.Sprintf(`<nvpair id="%s-%s" name="%s" value="%s"/>`, name, value, name, value)
}

func set(kind, pairs string) string { return fmt.Sprintf(`<%s id="s">%s</%s>`, kind, pairs, kind) }

func meta(name, value string) string { return set("meta_attributes", pair(name, value)) }

const ruled = `<meta_attributes id="r"><rule id="rule" score="1"/><nvpair id="x" name="maintenance" value="true"/></meta_attributes>`

func (l layout) xml() string {
	inner := fmt.Sprintf(`<primitive id="rsc" class="ocf" provider="%s" type="%s">%s%s</primitive>`, l.provider, l.agent, l.params, l.inner)
	if l.group != "" {
		inner = `<group id="grp">` + l.group + inner + `</group>`
	}
	states := ""
	for i, value := range l.sra {
		states += fmt.Sprintf(`<node_state id="%d" uname="suse0%d" crmd="online"><transient_attributes id="%d"><instance_attributes id="status-%d">%s</instance_attributes></transient_attributes></node_state>`,
			i+1, i+1, i+1, i+1, pair("hana_ha1_sra", value))
	}
	return fmt.Sprintf(`<cib crm_feature_set="3.16.2"><configuration><crm_config><cluster_property_set id="cib-bootstrap-options">%s</cluster_property_set></crm_config>`+
		`<nodes><node id="1" uname="suse01"/><node id="2" uname="suse02"/></nodes><resources><%s id="msl">%s%s</%s>%s</resources></configuration><status>%s</status></cib>`,
		l.properties, l.kind, l.meta, inner, l.kind, l.others, states)
}

// tools are the three programs that the helper may ask, on suse01.
type tools map[string]runtest.Program

func (l layout) tools() tools {
	told := l.sra[0]
	if told == "" {
		told = "-"
	}
	return tools{
		"cibadmin": runtest.Says(0, l.xml()), "crm_node": runtest.Says(0, "suse01\n"),
		"attrd_updater": runtest.Says(0, `name="hana_ha1_sra" host="suse01" value="`+told+"\"\n"),
		"crm_attribute": runtest.Says(0, ""), "su": runtest.Says(0, ""),
	}
}

func (p tools) but(name string, program runtest.Program) tools {
	if program == nil {
		delete(p, name)
		return p
	}
	p[name] = program
	return p
}

// checked asks the helper.
func checked(t *testing.T, p tools, config Config) (Answer, []string) {
	script := &runtest.Script{Programs: p}
	h := &Helper{Runner: script, Config: config, Say: func(string) {}}
	return h.CheckTakeover(t.Context(), sid), script.Lines()
}

func TestWhatPermitsATakeover(t *testing.T) {
	accept := Config{AcceptMaintenanceMode: true}
	with := func(change func(*layout)) layout { l := guide(); change(&l); return l }
	clone := func(words string) layout {
		return with(func(l *layout) { l.kind = "clone"; l.meta = set("meta_attributes", pair("promotable", "true")+words) })
	}
	for _, row := range []struct {
		name   string
		layout layout
		config Config
		want   Code
		reason string
	}{
		{"row T07: the cluster takes over on this node", with(func(l *layout) { l.sra[0] = "T" }), Config{}, PermitCluster, "permit: the cluster is taking over (hana_ha1_sra=T on suse01)"},
		{"row T08: it takes over on the other node only", with(func(l *layout) { l.sra[1] = "T" }), Config{}, Block, "block: the cluster manages HA1"},
		{"nothing is going on", guide(), Config{}, Block, "block: the cluster manages HA1 and is not taking over here"},
		{"the agent registers", with(func(l *layout) { l.sra[0] = "R" }), Config{}, Block, "block"},
		{"row T09: <master> in maintenance", with(func(l *layout) { l.meta = meta("maintenance", "true") }), Config{}, PermitMaintenance, "permit: resource msl is in maintenance"},
		{"row T10: a promotable <clone> in maintenance, in capitals", clone(pair("maintenance", "TRUE")), Config{}, PermitMaintenance, "permit: resource msl is in maintenance"},
		{"a clone that is promotable in other words", with(func(l *layout) {
			l.kind, l.meta = "clone", set("meta_attributes", pair("promotable", "Yes")+pair("maintenance", "on"))
		}), Config{}, PermitMaintenance, ""},
		{"a clone that cannot be promoted does not run the database", with(func(l *layout) {
			l.kind, l.meta = "clone", meta("maintenance", "true")
		}), Config{}, Block, ""},
		{"maintenance that is no boolean", with(func(l *layout) { l.meta = meta("maintenance", "perhaps") }), Config{}, Block, ""},
		{"maintenance ended", clone(pair("maintenance", "false")), Config{}, Block, ""},
		{"the clone is not managed", clone(pair("is-managed", "false")), Config{}, PermitMaintenance, "permit: resource msl is not managed"},
		{"the primitive is in maintenance", with(func(l *layout) { l.inner = meta("maintenance", "1") }), Config{}, PermitMaintenance, "permit: resource rsc is in maintenance"},
		{"the primitive is not managed", with(func(l *layout) { l.inner = meta("is-managed", "off") }), Config{}, PermitMaintenance, "permit: resource rsc is not managed"},
		{"the primitive is managed in a clone in maintenance", with(func(l *layout) {
			l.meta, l.inner = meta("maintenance", "true"), meta("maintenance", "false")
		}), Config{}, Block, ""},
		{"the group in the clone is in maintenance", with(func(l *layout) { l.group = meta("maintenance", "true") }), Config{}, PermitMaintenance, "permit: resource grp is in maintenance"},
		{"SAPHanaController of our provider", with(func(l *layout) {
			l.provider, l.agent, l.meta = "ocfbox", "SAPHanaController", meta("maintenance", "true")
		}), Config{}, PermitMaintenance, ""},
		{"another agent with the same SID in maintenance", with(func(l *layout) {
			l.agent, l.meta = "SAPInstance", meta("maintenance", "true")
		}), Config{}, Block, ""},
		{"another provider's agent in maintenance", with(func(l *layout) { l.provider, l.meta = "heartbeat", meta("maintenance", "true") }), Config{}, Block, ""},
		{"one of two resources of the system in maintenance", with(func(l *layout) {
			l.meta = meta("maintenance", "true")
			l.others = `<master id="other"><primitive id="b" class="ocf" provider="suse" type="SAPHana">` + l.params + `</primitive></master>`
		}), Config{}, Block, ""},
		{"row T11: only the cluster is in maintenance mode", with(func(l *layout) { l.properties = pair("maintenance-mode", "true") }), Config{}, Block,
			"maintenance-mode is set, but resource msl is not in maintenance"},
		{"row T11: and the configuration accepts that", with(func(l *layout) { l.properties = pair("maintenance-mode", "true") }), accept, PermitMaintenance, "permit: maintenance-mode is set"},
		{"the configuration accepts a mode that is not set", guide(), accept, Block, ""},
		{"meta attributes with a rule", with(func(l *layout) { l.meta = ruled }), Config{}, Block, "meta attributes of msl that depend on a rule are ignored"},
		{"row T13: the cluster does not know the system", with(func(l *layout) { l.params = set("instance_attributes", pair("SID", "XYZ")) }), Config{}, UnknownSystem, "no resource of this cluster has SID=HA1"},
		{"the SID in lower case is another one", with(func(l *layout) { l.params = set("instance_attributes", pair("SID", "ha1")) }), Config{}, UnknownSystem, ""},
		{"the SID is in a template", with(func(l *layout) {
			l.others = `<template id="tpl" class="ocf" provider="suse" type="SAPHana">` + l.params + `</template>`
			l.params, l.provider, l.agent = "", `" template="tpl`, ""
			l.meta = meta("maintenance", "true")
		}), Config{}, PermitMaintenance, ""},
		{"the SID is in a set of another resource", with(func(l *layout) {
			l.others = `<primitive id="top" class="ocf" provider="suse" type="SAPHanaTopology"><instance_attributes id="shared">` + pair("SID", "HA1") + `</instance_attributes></primitive>`
			l.params = `<instance_attributes id-ref="shared"/>`
			l.meta = meta("maintenance", "true")
		}), Config{}, PermitMaintenance, ""},
		{"the SID depends on a rule", with(func(l *layout) {
			l.params = `<instance_attributes id="p"><rule id="q"/>` + pair("SID", "HA1") + `</instance_attributes>`
		}), Config{}, Block, ""},
		{"an empty cluster", layout{kind: "clone"}, Config{}, UnknownSystem, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, asked := checked(t, row.layout.tools(), row.config)
			require.Equal(t, row.want, got.Code, got.Reason)
			require.Contains(t, got.Reason, row.reason)
			require.NotContains(t, got.Reason, "\n")
			require.Equal(t, "cibadmin --query --local", asked[0])
			require.Equal(t, 1, strings.Count(strings.Join(asked, "\n"), "cibadmin"), "one query")
		})
	}
}

// Each tool in every way of failing. Nothing but an error that the cluster itself reports, and its absence,
// may permit.
func TestToolsThatFailTheTakeoverCheck(t *testing.T) {
	taking := guide()
	taking.sra[0] = "T"
	resting := guide()
	resting.meta = meta("maintenance", "true")
	for _, row := range []struct {
		name   string
		tools  tools
		want   Code
		reason string
	}{
		{"row T12: the cluster is stopped", guide().tools().but("cibadmin", runtest.Complains(102, "Could not connect")), NoCluster, "permit: the cluster is not running on this node"},
		{"row T14: cibadmin reports an error", guide().tools().but("cibadmin", runtest.Complains(1, "Init failed")), ClusterFails, "permit: the cluster does not work"},
		{"cibadmin is not permitted to ask", guide().tools().but("cibadmin", runtest.Complains(4, "no")), ClusterFails, ""},
		{"cibadmin was killed", guide().tools().but("cibadmin", runtest.Complains(137, "")), ClusterFails, ""},
		{"cibadmin gives up waiting", guide().tools().but("cibadmin", runtest.Complains(124, "")), TooSlow, "block: the cluster is too slow"},
		{"cibadmin does not answer", guide().tools().but("cibadmin", runtest.Fails(run.ErrTimeout)), TooSlow, "block: the cluster is too slow"},
		{"cibadmin is missing", guide().tools().but("cibadmin", nil), NoAnswer, "block: what the cluster does is not known"},
		{"cibadmin cannot be started", guide().tools().but("cibadmin", runtest.Fails(errors.New("permission denied"))), NoAnswer, "block"},
		{"cibadmin prints rubbish", guide().tools().but("cibadmin", runtest.Rubbish()), NoAnswer, "block"},
		{"cibadmin prints nothing", guide().tools().but("cibadmin", runtest.Says(0, "")), NoAnswer, "block"},
		{"cibadmin prints half", guide().tools().but("cibadmin", runtest.Says(0, resting.xml()[:600])), NoAnswer, "block"},

		{"crm_node is missing, and the daemon knows of the takeover", taking.tools().but("crm_node", nil), PermitCluster, "not yet in the CIB"},
		{"crm_node hangs, and nothing is going on", guide().tools().but("crm_node", runtest.Fails(run.ErrTimeout)), Block, "name of the local node"},
		{"crm_node prints rubbish", guide().tools().but("crm_node", runtest.Rubbish()), Block, ""},
		{"crm_node names another node", guide().tools().but("crm_node", runtest.Says(0, "suse09\n")), Block, ""},
		{"crm_node fails in maintenance", resting.tools().but("crm_node", runtest.Complains(1, "x")), PermitMaintenance, ""},

		{"the daemon knows what the CIB does not have yet", guide().tools().but("attrd_updater", runtest.Says(0, "name=\"hana_ha1_sra\" host=\"suse01\" value=\"T\"\n")), PermitCluster, "not yet in the CIB"},
		{"the daemon has no such attribute", guide().tools().but("attrd_updater", runtest.Complains(105, "none")), Block, "is not taking over here"},
		{"the daemon hangs", guide().tools().but("attrd_updater", runtest.Fails(run.ErrTimeout)), TooSlow, "block: whether the cluster itself is taking over is not known"},
		{"the daemon has gone", guide().tools().but("attrd_updater", runtest.Complains(102, "x")), NoCluster, ""},
		{"the daemon reports an error", guide().tools().but("attrd_updater", runtest.Complains(1, "x")), Block, "is not known"},
		{"attrd_updater is missing", guide().tools().but("attrd_updater", nil), Block, "is not known"},
		{"attrd_updater prints rubbish", guide().tools().but("attrd_updater", runtest.Rubbish()), Block, "is not known"},
		{"the daemon is not asked when the CIB permits", taking.tools().but("attrd_updater", runtest.Fails(run.ErrTimeout)), PermitCluster, "on suse01"},
		{"nor in maintenance", resting.tools().but("attrd_updater", runtest.Fails(run.ErrTimeout)), PermitMaintenance, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, _ := checked(t, row.tools, Config{})
			require.Equal(t, row.want, got.Code, got.Reason)
			require.Contains(t, got.Reason, row.reason)
		})
	}
}

// The helper ends before the hook's patience does, whatever hangs.
func TestTheTakeoverCheckHasItsOwnEnd(t *testing.T) {
	for _, tool := range []string{"cibadmin", "crm_node", "attrd_updater"} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			got, _ := checked(t, guide().tools().but(tool, runtest.Hangs), Config{})
			require.LessOrEqual(t, time.Since(began), 20*time.Second, tool)
			require.Contains(t, []Code{TooSlow, Block}, got.Code, tool)
		})
	}
}

// Of all combinations of what may be known, only these permit a takeover.
func TestNothingElsePermits(t *testing.T) {
	causes := []error{nil, crm.ErrNotConnected, run.ErrTimeout, run.ErrNotFound, crm.ErrGarbled, crm.ErrDenied, crm.ErrNoAttribute, &crm.Error{Tool: "x", Code: 1}}
	count := 0
	for _, cibErr := range causes {
		for _, toldErr := range causes {
			for _, here := range []string{"", "-", "R", "T"} {
				for _, told := range []string{"", "-", "R", "T"} {
					for _, maintenance := range []string{"", "true", "false"} {
						for _, known := range []bool{true, false} {
							l := guide()
							l.sra = [2]string{here, "T"}
							if maintenance != "" {
								l.meta = meta("maintenance", maintenance)
							}
							cib, err := crm.ParseCIB([]byte(l.xml()))
							require.NoError(t, err)
							o := Takeover{SID: sid, CIB: cib, CIBErr: cibErr, Told: told, ToldErr: toldErr}
							if cibErr != nil {
								o.CIB = nil
							}
							if known {
								o.Node = "suse01"
							}
							var reported *crm.Error
							permitted := cibErr != nil && (errors.Is(cibErr, crm.ErrNotConnected) || errors.As(cibErr, &reported)) ||
								cibErr == nil && (known && here == "T" || maintenance == "true" || toldErr == nil && told == "T" || errors.Is(toldErr, crm.ErrNotConnected))
							got := o.Decide()
							isPermit := got.Code == PermitCluster || got.Code == PermitMaintenance || got.Code == NoCluster || got.Code == ClusterFails
							require.Equal(t, permitted, isPermit, "%+v: %+v", o, got)
							count++
						}
					}
				}
			}
		}
	}
	require.Equal(t, 8*8*4*4*3*2, count)
}

// Whatever the CIB looks like: no crash, a code that the hook knows, and one line.
func FuzzTheTakeoverCheck(f *testing.F) {
	plain := guide()
	f.Add(plain.xml())
	plain.meta = ruled
	f.Add(plain.xml())
	f.Add(`<cib><configuration><resources><clone id="c"><primitive id="c" template="c"><meta_attributes id-ref="x"/></primitive></clone></resources></configuration></cib>`)
	f.Fuzz(func(t *testing.T, text string) {
		cib, err := crm.ParseCIB([]byte(text))
		o := Takeover{SID: sid, CIB: cib, CIBErr: err, Node: "suse01", Told: "-"}
		got := o.Decide()
		require.Contains(t, []Code{PermitCluster, Block, PermitMaintenance, UnknownSystem, NoAnswer}, got.Code)
		require.NotEmpty(t, got.Reason)
		if err == nil {
			_ = fenceable(cib)
		}
	})
}
