package compare

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const pageHead = `# Ours beside the shell agents

Debian's IPaddr2 and Filesystem (resource-agents 4.12), the resource script drbddisk (drbd-utils 9.22), and ours live through
the same histories, each in a machine of its own that is made of namespaces: the rows of the specifications' matrices and
generated combinations of parameters, surroundings and histories. After each action the exit code and what has changed
are compared: addresses, routes and address labels, the frames that a listener on the wire hears, mounts, loop devices,
files and processes; of drbddisk what status prints, and the roles of both nodes of a simulated DRBD.

` + "`make test`" + ` holds ours against the recorded answers, ` + "`make test-compare`" + ` against the shell agents themselves
(` + "`CASES=row_53`" + ` chooses), and ` + "`make golden`" + ` records them. Ours runs with OCFBOX_COMPAT=4.12, as beside that
release. Not compared: the log, the time an action takes, the operational state of links, the metric 256 of an
IPv6 address, which the kernel gives it anyway, and by which of its names the table of mounts knows a device.

A difference in the tables is wanted, with the section of the specification that says so. Each row stands for one
value of one step of one case; test/compare fails on any other difference, and on a row that nothing needs.

`

// The page tells what is compared and which differences are wanted; `make golden` writes it.
func TestPageTables(t *testing.T) {
	var page strings.Builder
	page.WriteString(pageHead)
	page.WriteString("| agent | cases | actions | wanted differences | of them in cases |\n|---|---|---|---|---|\n")
	rows := wanted(t)
	for _, s := range suites() {
		recording, actions, differing := recordingOf(t, s.agent), 0, make(map[string]bool)
		for _, c := range s.cases {
			actions += len(recording[c.Name].Answers)
		}
		own := rowsOf(rows, s.agent)
		for _, row := range own {
			differing[row.Case] = true
		}
		fmt.Fprintf(&page, "| %s | %d | %d | %d | %d |\n", s.agent, len(s.cases), actions, len(own), len(differing))
	}
	for _, s := range suites() {
		fmt.Fprintf(&page, "\n## %s\n\n| case | step | value | shell agent | ours | why |\n|---|---|---|---|---|---|\n", s.agent)
		for _, row := range rowsOf(rows, s.agent) {
			fmt.Fprintf(&page, "| %s | %s | %s | %s | %s | %s |\n", row.Case, row.Step, row.Kind, row.Theirs, row.Ours, row.Reason)
		}
	}
	const file = "../../docs/compare.md"
	if os.Getenv("OCFBOX_GOLDEN") == "1" {
		require.NoError(t, os.WriteFile(file, []byte(page.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), page.String())
}

func rowsOf(rows []Row, agent string) []Row {
	var own []Row
	for _, row := range rows {
		if row.Agent == agent {
			own = append(own, row)
		}
	}
	return own
}

// What a reason cites is a section of the agent's specification.
func TestReasonsCiteSections(t *testing.T) {
	for _, s := range suites() {
		spec, err := os.ReadFile("../../docs/spec/" + strings.ToLower(s.agent) + ".md")
		require.NoError(t, err)
		for _, row := range rowsOf(wanted(t), s.agent) {
			section, rest, _ := strings.Cut(row.Reason, " ")
			require.NotEmpty(t, rest, "%s", row.Difference)
			heading := "\n## " + section + ". "
			if strings.Contains(section, ".") {
				heading = "\n### " + section + " "
			}
			require.Contains(t, string(spec), heading, "%s: %s", row.Difference, row.Reason)
		}
	}
}
