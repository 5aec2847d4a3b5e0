package pair

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents/saphana"
	"ocfbox/test/scheduler"
)

// A silence is how the monitors of a node find its database: "?" one after the other that cannot find out how it is, "."
// one that can. The limit is three in a row.
type silence struct {
	node, monitors string
	// report is what the last monitor says of it.
	report string
}

var silences = []silence{
	{First, "?", ""},
	{First, "??", ""},
	{First, "??.??", ""},
	{First, "???", "op-inject " + Resource + "_monitor_60000@" + First + "=1"},
	{First, "??.???", "op-inject " + Resource + "_monitor_60000@" + First + "=1"},
	{Second, "??", ""},
	{Second, "??.??", ""},
	{Second, "???", "op-inject " + Resource + "_monitor_61000@" + Second + "=1"},
}

// pass lets the monitors of the silence run, and finds one that reports before the last.
func (s silence) pass(p *Pair) (reports []scheduler.Event, err error) {
	for i, monitor := range s.monitors {
		p.With(s.node, func(d *Database) { d.Silent = monitor == '?' })
		if reports, err = p.Monitor(); err != nil {
			return nil, err
		}
		if len(reports) > 0 && i < len(s.monitors)-1 {
			return nil, fmt.Errorf("monitor %d reports %v", i+1, reports)
		}
	}
	return reports, differs("report", s.report, strings.Trim(fmt.Sprint(reports), "[]"))
}

// outcome is who is promoted after a failure to find out for too long. A primary whose monitor fails is restarted, and
// yields only to a secondary in sync. One that does not say how it is when it shall start is not started.
func (s silence) outcome(by policy, inSync, heals bool) string {
	may := inSync && by.prefer != saphana.PreferNever
	switch {
	case s.report == "" || s.node == Second:
		return First
	case heals && by.prefer == saphana.PreferSite && may:
		return Second
	case heals:
		return First
	case may:
		return Second
	}
	return ""
}

func TestNotKnowingFailsTheThirdMonitorInARow(t *testing.T) {
	t.Parallel()
	for _, s := range silences {
		for _, by := range []policy{takeOver, restart.automatic(), neverPromote} {
			for _, heals := range []bool{true, false} {
				if s.report == "" && (!heals || by != takeOver) {
					continue
				}
				for _, linked := range []bool{true, false} {
					name := fmt.Sprintf("%s, %s, in sync: %v, heals: %v, monitors %s", by, s.node, linked, heals, s.monitors)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						s.play(t, healthy(t, by), linked, heals)
					})
				}
			}
		}
	}
}

func (s silence) play(t *testing.T, p *Pair, linked, heals bool) {
	by := policy{p.Policy.Prefer, p.Policy.AutoRegister}
	if !linked {
		cutOff(p)
	}
	_, err := p.Monitor()
	require.NoError(t, err)
	before := p.scores()
	reports, err := s.pass(p)
	require.NoError(t, err)
	require.Equal(t, before, p.scores(), "not knowing changes no score")
	if s.report == "" {
		transition, err := p.Play(t.Context())
		require.NoError(t, err)
		require.True(t, transition.Quiet(), "%s", transition)
	}
	p.With(s.node, func(d *Database) { d.Silent = !heals })
	all, err := p.Settle(t.Context(), reports...)
	require.NoError(t, err, "%v", all)
	last := all[len(all)-1]
	require.Equal(t, s.outcome(by, linked, heals), strings.Join(last.Nodes(Resource, "Promoted"), " "), "%v", all)
}

// A monitor that never gives up leaves a failed primary where it is, and one that gives up at once takes a healthy one
// away.
func TestAFaultPlantedIntoTheCountIsFound(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct {
		// count is what the agent remembers, of what it had remembered and what it should.
		count func(before, now int) int
		silence
		says string
	}{
		"nothing is counted":           {func(int, int) int { return 0 }, silences[3], `report: want "op-inject`},
		"every one counts twice":       {func(before, now int) int { return 2 * now }, silences[1], `report: want "", have "op-inject`},
		"what is known resets nothing": {func(before, now int) int { return max(before, now) }, silences[2], "monitor 4 reports"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := healthy(t, takeOver)
			p.Agent = func(o saphana.Observation) saphana.Verdict {
				v := saphana.Decide(o)
				v.Unknown = fault.count(o.Unknown, v.Unknown)
				return v
			}
			_, err := fault.pass(p)
			require.ErrorContains(t, err, fault.says)
		})
	}
}
