// Package cluster_test runs the laboratory: that it comes and goes without a trace, that a
// node cannot reach the host, and every scenario. With -short, the scenarios of the smoke selection.
//
// It needs root. OCFLAB_AGENTS=DIR runs the scenarios with other agents than ours.
package cluster_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/multicall"
	"ocfbox/test/lab/rack"
)

// TestMain lets the test binary be the laboratory's rack, the nodes' process 1, and their fence agent.
func TestMain(m *testing.M) {
	multicall.Dispatch()
	switch filepath.Base(os.Args[0]) {
	case intruder:
		os.Exit(intrude())
	}
	os.Exit(runAll(m))
}

// built is the folder for the programs that tests compile.
var built string

func runAll(m *testing.M) int {
	folder, err := os.MkdirTemp("", "ocflab-test")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	built = folder
	return m.Run()
}

func needLab(t *testing.T) {
	lab.Need(t, "root", "corosync", "pacemakerd", "crm_mon", "crm")
}

// agents are ours, built now, or those that the environment names.
func agents(t *testing.T) cluster.Agents {
	if folder := os.Getenv("OCFLAB_AGENTS"); folder != "" && folder != "ours" {
		return cluster.Agents{Folder: folder}
	}
	a, err := cluster.Ours(t.Context(), build(t, "ocfbox"))
	require.NoError(t, err)
	return a
}

// build compiles one of our programs, once for all tests.
func build(t *testing.T, program string) string {
	t.Helper()
	path := filepath.Join(built, program)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-tags", "urfave_cli_no_docs", "-o", path, "ocfbox/cmd/"+program)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// place names a laboratory that only this test uses, and ends it with the test.
func place(t *testing.T) rack.Place {
	t.Helper()
	p, err := rack.NewPlace(fmt.Sprintf("test%d-%s", os.Getpid(), strings.ToLower(t.Name()[len("Test"):][:3])))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := rack.Remove(p)
		require.NoError(t, err)
	})
	return p
}

// up brings up a laboratory of two nodes without any agents of ours.
func up(t *testing.T, p rack.Place) *cluster.Lab {
	t.Helper()
	o := cluster.Options{Place: p, Nodes: cluster.Names(2), Agents: cluster.Agents{Folder: "/usr/lib/ocf/resource.d/pacemaker"}}
	began := time.Now()
	l, err := cluster.Start(t.Context(), o, t.Logf)
	require.NoError(t, err)
	t.Logf("up after %s", time.Since(began).Round(100*time.Millisecond))
	return l
}

// run runs a program on a node, which must succeed.
func run(t *testing.T, l *cluster.Lab, node string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := l.Run(ctx, node, args...)
	require.NoError(t, err)
	return out
}

// testLog is where a scenario prints its steps.
func testLog(t *testing.T) io.Writer { return logWriter{t} }

type logWriter struct{ t *testing.T }

func (w logWriter) Write(text []byte) (int, error) {
	w.t.Log(strings.TrimRight(string(text), "\n"))
	return len(text), nil
}
