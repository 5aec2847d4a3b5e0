package cluster_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/network"
)

func TestTwoLaboratoriesDoNotMeet(t *testing.T) {
	needLab(t)
	before := observe(t)
	a, b := newOcflab(t), newOcflab(t)
	b.place.ID += "-b"
	t.Cleanup(func() { b.run(t, "down") })
	out, code := a.run(t, "up")
	require.Zero(t, code, out)
	out, code = b.run(t, "up", "--names", "suse01,suse02,suse03")
	require.Zero(t, code, out)

	// The same addresses are used in both: each sees only its own.
	mac := func(p ocflab, node string) string {
		out, code := p.run(t, "exec", node, "--", "cat", "/sys/class/net/eth0/address")
		require.Zero(t, code, out)
		return strings.TrimSpace(out)
	}
	seen := func(p ocflab, address string) string {
		out, _ := p.run(t, "exec", "client", "--", "arping", "-c", "1", "-w", "2", "-I", "eth0", address)
		return strings.ToLower(out)
	}
	require.Contains(t, seen(a, "192.168.101.11"), mac(a, "suse01"))
	require.Contains(t, seen(b, "192.168.101.11"), mac(b, "suse01"))
	require.Contains(t, seen(b, "192.168.101.13"), mac(b, "suse03"))
	require.Contains(t, seen(a, "192.168.101.13"), "received 0 response")

	out, code = a.run(t, "down")
	require.Zero(t, code, out)
	require.Empty(t, processes(t, a.place))
	out, code = b.run(t, "status")
	require.Zero(t, code, out)
	require.Contains(t, out, "suse03 online")
	out, code = b.run(t, "down")
	require.Zero(t, code, out)
	requireNoTrace(t, b.place, before)
}

func TestCommands(t *testing.T) {
	needLab(t)
	p := newOcflab(t)
	out, code := p.run(t, "up", "--names", "left,right")
	require.Zero(t, code, out)

	t.Run("status as JSON", func(t *testing.T) {
		out, code := p.run(t, "status", "--output", "json")
		require.Zero(t, code, out)
		var s struct {
			Nodes   []struct{ Name string }
			Cluster struct{ Quorate bool }
		}
		require.NoError(t, json.Unmarshal([]byte(out), &s))
		require.Len(t, s.Nodes, 2)
		require.Equal(t, "right", s.Nodes[1].Name)
		require.True(t, s.Cluster.Quorate)
	})
	t.Run("exec passes streams and code through", func(t *testing.T) {
		cmd := p.command(t, "exec", "left", "--", "sh", "-c", "cat; echo to stderr >&2; exit 7")
		cmd.Stdin = strings.NewReader("to stdin")
		var messages strings.Builder
		cmd.Stderr = &messages
		out, _ := cmd.Output()
		require.Equal(t, 7, cmd.ProcessState.ExitCode())
		require.Equal(t, "to stdin", string(out))
		require.Equal(t, "to stderr\n", messages.String())
	})
	t.Run("exec says which ocflab is missing", func(t *testing.T) {
		out, code := p.run(t, "exec", "left", "--", "no-such-ocflab")
		require.Equal(t, 127, code)
		require.Contains(t, out, "no-such-ocflab")
	})
	t.Run("wrong use is refused", func(t *testing.T) {
		for _, args := range []string{"cut nowhere", "exec left", "up --stack nothing", "up --stack heartbeat --nodes 3", "up --with magic", "fencing sometimes", "up --nodes 9"} {
			out, code := p.run(t, strings.Fields(args)...)
			require.NotZero(t, code, args)
			require.Equal(t, 1, strings.Count(out, "\n"), "%s: %s", args, out)
		}
	})
	t.Run("links are cut and healed, of one node or all", func(t *testing.T) {
		carrier := func(node string) string {
			out, _ := p.run(t, "exec", node, "--", "cat", "/sys/class/net/"+network.Card(network.Replication)+"/carrier")
			return strings.TrimSpace(out)
		}
		must := func(args ...string) {
			out, code := p.run(t, args...)
			require.Zero(t, code, out)
		}
		must("cut", "replication", "--node", "right")
		require.Equal(t, "1 0", carrier("left")+" "+carrier("right"))
		must("cut", "replication")
		require.Equal(t, "0 0", carrier("left")+" "+carrier("right"))
		must("heal", "replication")
		require.Equal(t, "1 1", carrier("left")+" "+carrier("right"))
	})
	t.Run("shell runs what it reads", func(t *testing.T) {
		cmd := p.command(t, "shell", "left")
		cmd.Stdin = strings.NewReader("hostname\nexit 3\n")
		out, _ := cmd.Output()
		require.Equal(t, "left\n", string(out))
		require.Equal(t, 3, cmd.ProcessState.ExitCode())
	})
}

func TestAPowerLossKeepsTheDiskAndNothingElse(t *testing.T) {
	needLab(t)
	l := up(t, place(t))
	// Its peer must not switch it off or on meanwhile.
	require.NoError(t, l.SetFencing(t.Context(), "fails"))
	run(t, l, "suse02", "sh", "-c", "for d in /etc /var/lib/pacemaker /run /tmp /dev/shm; do echo x > $d/written; done")
	require.NoError(t, l.Crash(t.Context(), "suse02"))

	_, err := l.Run(t.Context(), "suse02", "true")
	require.ErrorContains(t, err, "suse02 is off")
	_, err = l.Run(t.Context(), "client", "ping", "-c", "1", "-W", "1", "192.168.101.12")
	require.Error(t, err)

	require.NoError(t, l.Boot(t.Context(), "suse02"))
	left := run(t, l, "suse02", "find", "/etc", "/var/lib/pacemaker", "/run", "/tmp", "/dev/shm", "-name", "written")
	require.Equal(t, []string{"/etc/written", "/var/lib/pacemaker/written"}, strings.Fields(left))
	require.NoFileExists(t, "/etc/written")
	require.NoError(t, l.SetFencing(t.Context(), "works"))
	require.NoError(t, l.AwaitReady(t.Context(), time.Minute))
}
