package host

import (
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

// The tools with which Pacemaker tests agents.
func TestTheAgentPassesPacemakersTests(t *testing.T) {
	lab.Need(t, "ocf-tester", "crm_resource", "ip")
	for name, tool := range map[string]string{
		"F49 ocf-tester, IPv4 and IPv6":     "ocf-tester",
		"F52 validate through crm_resource": "validate",
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(privately(t, []string{"PROGRAM=" + ocfbox(t), "CASE=" + tool}, "testers.sh"))
		})
	}
}

// Debian's test cases for its own agent pass with ours as far as they pass with Debian's on this kernel.
// The suite IPaddr2 expects the codes of resource-agents 4.12. Most of what ocft does is to wait, so all
// run side by side.
func TestDebiansCasesPassAsWithDebiansAgent(t *testing.T) {
	lab.Need(t, "ocft", "ip")
	program := ocfbox(t)
	for suite, compat := range map[string]string{"IPaddr2": "4.12", "IPaddr2v4": "", "IPaddr2v6": ""} {
		t.Run("F50 "+suite, func(t *testing.T) {
			t.Parallel()
			var ours, theirs []ocftCase
			var both sync.WaitGroup
			both.Go(func() { ours = ocft(t, suite, "PROGRAM="+program, "OCFBOX_COMPAT="+compat) })
			both.Go(func() { theirs = ocft(t, suite, "PROGRAM=") })
			both.Wait()
			require.Greater(t, len(ours), 15)
			require.Len(t, theirs, len(ours))
			for i, c := range ours {
				assert.Equal(t, theirs[i].title, c.title)
				assert.True(t, c.passed || !theirs[i].passed, "%s: %s", c.title, c.said)
				if !c.passed {
					t.Logf("case %d does not hold here, for Debian's agent either: %s", i, c.title)
				}
			}
		})
	}
}

// An ocftCase is a test case of ocft and its outcome.
type ocftCase struct {
	title, said string
	passed      bool
}

// ocft runs a suite with the agent that the environment names.
func ocft(t *testing.T, suite string, env ...string) []ocftCase {
	return casesOf(privately(t, append(env, "CASE=ocft", "SUITE="+suite), "testers.sh"), suite)
}

// casesOf reads what ocft has printed: a line that begins with the suite's name begins a case.
func casesOf(said, suite string) []ocftCase {
	begin := regexp.MustCompile(`(?m)^` + suite + `: (.*) - `)
	places := begin.FindAllStringSubmatchIndex(said, -1)
	var cases []ocftCase
	for i, place := range places {
		end := len(said)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		text := said[place[1]:end]
		failed := strings.Contains(text, "FAILED") || strings.Contains(text, "ERROR") || !strings.Contains(text, "OK")
		cases = append(cases, ocftCase{title: said[place[2]:place[3]], said: text, passed: !failed})
	}
	return cases
}

func TestOutcomesOfOcftAreRead(t *testing.T) {
	cases := casesOf("Done.\n\nS: one - OK.\nOK.\nS: two - FAILED. Agent returns\ncat: x\n\nS: three - OK.\nERROR: y\nS: four - \n", "S")
	require.Len(t, cases, 4)
	require.Equal(t, "two", cases[1].title)
	require.True(t, cases[0].passed)
	for _, c := range cases[1:] {
		require.False(t, c.passed, c.title)
	}
}
