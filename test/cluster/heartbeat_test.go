package cluster_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/cmd/ocfbox/convert"
	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
)

// heartbeats is what heartbeat would leave on the host, if it ran there.
func heartbeats(t *testing.T) string {
	return names(t, "/var/lib/heartbeat") + read(t, "/etc/ha.d/README.config") + names(t, "/etc/ha.d")
}

func TestLongHeartbeatInThePlaceOfPacemaker(t *testing.T) {
	needLab(t)
	lab.Need(t, "cl_status")
	before, theirs := observe(t), heartbeats(t)
	p := newOcflab(t)
	haresources := filepath.Join(t.TempDir(), "haresources")
	require.NoError(t, os.WriteFile(haresources, []byte("right 192.168.101.180/24/eth0\n"), 0o600))
	out, code := p.run(t, "up", "--stack", "heartbeat", "--names", "left,right", "--config", haresources,
		"--agents", "ours", "--ocfbox", build(t, "ocfbox"))
	require.Zero(t, code, out)
	out, code = p.run(t, "status")
	require.Zero(t, code, out)
	require.Contains(t, out, "haresources local on left")

	require.NoError(t, cluster.Await(t.Context(), "the address", 30*time.Second, func(context.Context) error {
		if out, code := p.run(t, "exec", "client", "--", "arping", "-f", "-w", "1", "-I", "eth0", "192.168.101.180"); code != 0 {
			return errors.New(out)
		}
		return nil
	}))
	readsAsHeartbeat(t, p, "left", "right")

	out, code = p.run(t, "down")
	require.Zero(t, code, out)
	requireNoTrace(t, p.place, before)
	require.Equal(t, theirs, heartbeats(t))
}

// odd are lines on which opinions could differ.
const odd = `# a comment \
left 10.0.0.1 a::b # another
right	x \
	y \
z
  left indented
left 10.0.0.2/24/eth0#no
LEFT upper
left blank \ 
right v
left w \
# inside
u
right
`

// readsAsHeartbeat compares how the converter and heartbeat's own program read haresources: both tell the first resource
// of each group of a node.
func readsAsHeartbeat(t *testing.T, p ocflab, nodes ...string) {
	write := p.command(t, "exec", nodes[0], "--", "tee", "/etc/ha.d/haresources")
	write.Stdin = strings.NewReader(odd)
	require.NoError(t, write.Run())
	for _, node := range nodes {
		var ours []string
		for _, group := range convert.ParseHaresources(odd) {
			if strings.EqualFold(group.Node, node) && len(group.Members) > 0 {
				ours = append(ours, group.Members[0].Text)
			}
		}
		theirs, code := p.run(t, "exec", nodes[0], "--", "/usr/share/heartbeat/ResourceManager", "listkeys", node)
		require.Zero(t, code, theirs)
		require.ElementsMatch(t, strings.Fields(theirs), ours, node)
	}
}
