package drbdvm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
)

// said is what `ocfbox sync status --output json` has printed: what the situation is worth, and the view itself, by
// which the other host judges it.
type said struct {
	verdict
	Status    int
	Resources []struct {
		Copies []struct {
			verdict
			Minor int
		}
	}
	text []byte
	view drbd.Host
}

type verdict struct {
	Class  drbd.Class
	Reason string
	Text   string
}

// of is the verdict on a minor, on the worst of all for "*".
func (s said) of(minor string) verdict {
	for _, resource := range s.Resources {
		for _, copied := range resource.Copies {
			if fmt.Sprint(copied.Minor) == minor {
				return copied.verdict
			}
		}
	}
	if minor == "*" {
		return s.verdict
	}
	return verdict{}
}

// exits are the exit codes that a class may have: unusable data are 4 as well.
func exits(class drbd.Class) []int {
	return map[drbd.Class][]int{drbd.OK: {0}, drbd.Syncing: {1}, drbd.Degraded: {2, 4}, drbd.Unknown: {3}, drbd.SplitBrain: {4}}[class]
}

// status is what our program says in a guest.
func (r *rig) status(g *Guest, args ...string) said {
	r.t.Helper()
	result, err := g.Run(r.patience(), append([]string{program, "sync", "status", "--output", "json"}, args...)...)
	require.NoError(r.t, err)
	return read(r.t, []byte(result.Stdout), result.Code, result.Stderr)
}

// compared is what our program says of alfa when it has bravo's view as well: on this machine, for the guests have
// no way to each other but DRBD's.
func (r *rig) compared(alfa, bravo said) said {
	r.t.Helper()
	args := []string{"sync", "status", "--output", "json"}
	ours := builtProgram(r.t)
	for i, view := range []said{alfa, bravo} {
		// Not in the test's own folder: its name may have a comma, which separates files here.
		path := filepath.Join(filepath.Dir(ours), fmt.Sprintf("view-%d.json", i))
		require.NoError(r.t, os.WriteFile(path, view.text, 0o600))
		args = append(args, "--from", path)
	}
	cmd := exec.CommandContext(r.patience(), ours, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if cmd.ProcessState == nil {
		require.NoError(r.t, err)
	}
	return read(r.t, out, cmd.ProcessState.ExitCode(), complaint.String())
}

func read(t *testing.T, text []byte, code int, stderr string) said {
	t.Helper()
	s := said{text: text}
	require.NoError(t, json.Unmarshal(text, &s), "%s%s", text, stderr)
	require.Contains(t, exits(s.Class), code, "%s", text)
	require.Equal(t, code, s.Status, "%s", text)
	view, err := feed.ParseView(text)
	require.NoError(t, err)
	s.view = view.Host
	return s
}

// classified holds what our program says of the situation against the table that was written by hand for the
// captures. Rows for the end of a capture, when the situation had moved on, are not of this moment.
func (s situation) classified(r *rig) {
	r.t.Helper()
	all := make(map[string]said)
	for _, g := range r.Guests() {
		if _, there := captured(s.name, g.Name); !there {
			continue
		}
		without := r.notLoaded(g)
		all[g.Name] = r.status(g)
		require.Equal(r.t, without, r.notLoaded(g), "asking does not load the module")
	}
	if len(all) == 2 {
		all[drbdtest.Both] = r.compared(all[drbdtest.Alfa], all[drbdtest.Bravo])
	}
	for _, want := range s.expected("log", "-") {
		got, asked := all[want.Host]
		require.True(r.t, asked, "the table has a row for %s of %s", want.Host, s.name)
		want.met(r, got)
	}
	s.settled(r, all)
}

// settled is the same for rows that need two samples, two seconds apart, of which all are the first.
func (s situation) settled(r *rig, all map[string]said) {
	r.t.Helper()
	later := make(map[string]said)
	for _, want := range s.expected("settle") {
		switch want.Host {
		case drbdtest.Both:
			before := all[drbdtest.Alfa].view
			remote := later[drbdtest.Bravo].view
			report := drbd.Classify(drbd.Observation{Local: later[drbdtest.Alfa].view, Before: &before, Remote: &remote,
				Options: drbd.Options{Settle: 2 * time.Second}})
			want.met(r, said{verdict: verdict{report.Class, string(report.Reason), report.Text}})
		default:
			later[want.Host] = r.status(r.named(want.Host), "--settle", "2")
			want.met(r, later[want.Host])
		}
	}
}

func (r *rig) named(host string) *Guest {
	if host == r.Alfa.Name {
		return r.Alfa
	}
	return r.Bravo
}

// expectation is a row of the table.
type expectation drbdtest.Expectation

// expected are the situation's rows of this moment that were written with the first of the words; where a host and
// minor has none of those, that with the next.
func (s situation) expected(with ...string) []expectation {
	var rows []expectation
	seen := make(map[[2]string]bool)
	for _, word := range with {
		for _, row := range drbdtest.Expectations() {
			key := [2]string{row.Host, row.Minor}
			if row.Folder != drbdtest.DRBD84 || row.Situation != s.name || row.Block == "last" || row.With != word || seen[key] {
				continue
			}
			seen[key] = true
			rows = append(rows, expectation(row))
		}
	}
	return rows
}

// met fails the test when what was said is not what the row says.
func (e expectation) met(r *rig, got said) {
	r.t.Helper()
	found := got.of(e.Minor)
	r.t.Logf("%s minor %s with %s: %v %s: %s", e.Host, e.Minor, e.With, found.Class, found.Reason, found.Text)
	require.Equal(r.t, e.Class+" "+e.Reason, found.Class.String()+" "+found.Reason, "%s, minor %s, with %s: %s\n%s",
		e.Host, e.Minor, e.With, found.Text, got.text)
}

// notLoaded reports whether a guest's kernel is without DRBD.
func (r *rig) notLoaded(g *Guest) bool {
	r.t.Helper()
	proc, err := r.proc(r.patience(), g)
	require.NoError(r.t, err)
	return proc == ""
}
