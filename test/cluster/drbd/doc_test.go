// Package drbd_test runs the simulated DRBD in a laboratory: its replication network is cut and healed, a node loses
// power, and what the tools, /proc/drbd and the data below say is compared.
//
// It needs root.
package drbd_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/drbdsim"
	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/multicall"
	"ocfbox/test/lab/network"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/rack"
)

// TestMain lets the test binary be the laboratory, and DRBD in it.
func TestMain(m *testing.M) {
	multicall.Dispatch()
	os.Exit(m.Run())
}

const (
	one = "suse01"
	two = "suse02"
)

// A bench is a laboratory with DRBD.
type bench struct {
	*testing.T
	lab *cluster.Lab
}

// newBench brings one up.
func newBench(t *testing.T, plan drbdsim.Plan) *bench {
	t.Helper()
	lab.Need(t, "root", "corosync", "pacemakerd", "crm_mon", "crm")
	place, err := rack.NewPlace(fmt.Sprintf("drbd%d-%s", os.Getpid(), strings.ToLower(t.Name()[len("Test"):][:8])))
	require.NoError(t, err)
	o := cluster.Options{Place: place, Nodes: cluster.Names(2), Agents: cluster.Agents{Folder: "/usr/lib/ocf/resource.d/pacemaker"}}
	addition, err := drbdsim.Addition(plan, o.Nodes)
	require.NoError(t, err)
	o.Additions = append(o.Additions, addition)
	t.Cleanup(func() {
		_, err := rack.Remove(place)
		require.NoError(t, err)
	})
	l, err := cluster.Start(t.Context(), o, t.Logf)
	require.NoError(t, err)
	return &bench{t, l}
}

// try runs a program on a node.
func (b *bench) try(on string, args ...string) (out string, code int) {
	b.Helper()
	out, err := b.lab.Run(b.Context(), on, args...)
	code, ran := 0, true
	if err != nil {
		code, ran = exitCode(err)
	}
	require.True(b, ran, "%v on %s: %v", args, on, err)
	return out, code
}

// exitCode is that of a program that ran; the error wraps it.
func exitCode(err error) (int, bool) {
	for ; err != nil; err = unwrap(err) {
		if code, ok := node.ExitCode(err); ok {
			return code, true
		}
	}
	return 0, false
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

// do runs one that must succeed.
func (b *bench) do(on string, args ...string) string {
	b.Helper()
	out, code := b.try(on, args...)
	require.Zero(b, code, "%v on %s: %s", args, on, out)
	return out
}

// awaitProc waits until /proc/drbd of a node has a text.
func (b *bench) awaitProc(on, text string) {
	b.Helper()
	require.NoError(b, cluster.Await(b.Context(), fmt.Sprintf("%q on %s", text, on), 15*time.Second, func(ctx context.Context) error {
		out, err := b.lab.Run(ctx, on, "sh", "-c", `cat "$OCFBOX_PROC_DRBD"`)
		if err == nil && !strings.Contains(out, text) {
			err = fmt.Errorf("it says %s", out)
		}
		return err
	}))
}

// awaitTool waits until a command prints a text.
func (b *bench) awaitTool(on, text string, args ...string) {
	b.Helper()
	require.NoError(b, cluster.Await(b.Context(), fmt.Sprintf("%q of %v on %s", text, args, on), 15*time.Second, func(ctx context.Context) error {
		out, err := b.lab.Run(ctx, on, args...)
		if err == nil && !strings.Contains(out, text) {
			err = fmt.Errorf("it says %s", out)
		}
		return err
	}))
}

// cut takes a node's replication cable out, or puts it back.
func (b *bench) cut(on string, cut bool) {
	b.Helper()
	require.NoError(b, b.lab.SetLink(b.Context(), on, network.Replication, cut))
}

// sameData asserts that the disks of both nodes hold the same, or that they do not.
func (b *bench) sameData(same bool) {
	b.Helper()
	first, second := b.do(one, drbdsim.Hand, "digest", "r0"), b.do(two, drbdsim.Hand, "digest", "r0")
	if same {
		require.Equal(b, first, second)
	} else {
		require.NotEqual(b, first, second)
	}
}
