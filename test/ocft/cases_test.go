package ocft

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab"
)

// suites are the case files for our agents. That of Filesystem has row 118 of its matrix.
var suites = []string{"IPaddr2", "IPaddr2v4", "IPaddr2v6", "Filesystem"}

// An outcome is one case as ocft ended it.
type outcome struct{ suite, number, name, result string }

// different are the cases whose expectation does not hold here, with the reason. They are run all the
// same, and one that passes after all fails the test.
var different = map[string]string{
	"IPaddr2v6/13": "expects that a prefix length longer than the route's finds no interface; Debian's agent of the " +
		"same package finds it, as for IPv4, and fails this case too",
}

// Debian's cases pass, in the codes of its generation (F50). ocft waits for whole seconds: this takes more than a minute.
func TestLongDebiansCasesPass(t *testing.T) {
	lab.Need(t, "root", "ocft", "nsenter", "unshare", "ip", "losetup", "mke2fs", "go")
	standIn(t)
	require.NoError(t, unix.Mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=755"))
	t.Cleanup(func() { require.NoError(t, unix.Unmount("/var/lib", unix.MNT_DETACH)) })
	// Where the cases of Filesystem keep their disk.
	require.NoError(t, os.MkdirAll("/run/resource-agents", 0o755))
	out, err := program(node(t), "ocft", append([]string{"make"}, suites...)...).CombinedOutput()
	require.NoError(t, err, string(out))
	cases := strings.Count(string(out), "- case ")
	var mu sync.Mutex
	all := make(map[string][]outcome)
	t.Run("suites", func(t *testing.T) {
		for _, suite := range suites {
			t.Run(suite, func(t *testing.T) {
				t.Parallel()
				outcomes := run(t, suite)
				mu.Lock()
				defer mu.Unlock()
				all[suite] = outcomes
			})
		}
	})
	var outcomes []outcome
	for _, suite := range suites {
		outcomes = append(outcomes, all[suite]...)
	}
	require.Len(t, outcomes, cases)
	requirePage(t, outcomes)
}

// run runs a suite and requires of each case what is expected of it here.
func run(t *testing.T, suite string) []outcome {
	t.Helper()
	// The suites run side by side, and ocft keeps its files in one folder: each gets a folder of its own.
	cmd := program(node(t), "unshare", "--mount", "sh", "-c",
		"mount -t tmpfs -o mode=755 tmpfs /var/lib && ocft make $0 >/dev/null && exec ocft test $0", suite)
	// The codes are those of the shell agents' generation.
	cmd.Env = append(cmd.Env, "OCFBOX_COMPAT=4.12", "HA_RSCTMP="+t.TempDir())
	out, _ := cmd.CombinedOutput() // its code tells less than its words
	outcomes := parse(suite, string(out))
	for _, o := range outcomes {
		_, known := different[o.suite+"/"+o.number]
		require.Equal(t, known, o.result == failed, "case %s, %s: %s\n%s", o.number, o.name, o.result, out)
	}
	return outcomes
}

const (
	passed = "passes"
	failed = "fails"
)

// parse reads what ocft prints: a line for each case with its first verdict, and lines for the others.
func parse(suite, text string) []outcome {
	text = regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(text, "")
	var all []outcome
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, suite+": "); ok {
			name, _, _ = strings.Cut(name, " - ")
			all = append(all, outcome{suite, strconv.Itoa(len(all)), name, passed})
		}
		if len(all) > 0 && strings.Contains(line, "FAILED") {
			all[len(all)-1].result = failed
		}
	}
	return all
}

// requirePage requires the table of the documentation, which OCFBOX_GOLDEN=1 writes.
func requirePage(t *testing.T, outcomes []outcome) {
	t.Helper()
	var page strings.Builder
	page.WriteString(head)
	for _, o := range outcomes {
		fmt.Fprintf(&page, "| %s | %s | %s | %s | %s |\n", o.suite, o.number, o.name, o.result, different[o.suite+"/"+o.number])
	}
	const file = "../../docs/ocft.md"
	if os.Getenv("OCFBOX_GOLDEN") == "1" {
		require.NoError(t, os.WriteFile(file, []byte(page.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), page.String())
}

const head = `# Debian's ocft cases against our agents

The package resource-agents brings case files for its tester ocft. They run here against our binary in
the place of the shell agents, in a network namespace with eth0 and eth1 and with the return codes of that
package's generation (OCFBOX_COMPAT=4.12). test/ocft makes this table, and fails when it is not true.
No case is skipped.

| suite | case | name | result | why it differs |
|---|---|---|---|---|
`
