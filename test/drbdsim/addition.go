package drbdsim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/drbdsim/config"
	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/daemon"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/network"
	"ocfbox/test/lab/node"
)

// A Plan says what DRBD the nodes of a laboratory have.
type Plan struct {
	Generation core.Generation
	State      daemon.State
	// Resources are their names; each has so many Volumes of SizeKiB.
	Resources []string
	Volumes   int
	SizeKiB   int64
	// RateKiB is that of resyncs, in KiB a second.
	RateKiB int64
	// Net and Disk are further lines of those sections, Fencing and handlers included.
	Net, Disk, Handlers string
}

// Default is a pair of 8.4 that is up and in sync, with one resource r0.
func Default() Plan {
	return Plan{Generation: core.Gen84, State: daemon.Up, Resources: []string{"r0"}, Volumes: 1, SizeKiB: 64 * 1024, RateKiB: 8192}
}

// Check tells whether such a DRBD can be had.
func (p Plan) Check(nodes []string) error {
	switch {
	case p.Generation != core.Gen84 && p.Generation != core.Gen9:
		return errors.New("there is DRBD 8.4 and 9")
	case p.State != daemon.Unloaded && p.State != daemon.Created && p.State != daemon.Up:
		return fmt.Errorf("state %q is unknown; there are unloaded, created and up", p.State)
	case len(p.Resources) == 0 || p.Volumes < 1 || p.SizeKiB < core.BlockKiB || p.RateKiB < 1:
		return errors.New("resources, volumes, size and rate must be there")
	case p.Generation == core.Gen84 && len(nodes) != 2:
		return fmt.Errorf("DRBD 8.4 has two nodes, not %d", len(nodes))
	}
	return nil
}

// Tools are the programs that nodes get.
func tools() []string {
	return []string{"/usr/sbin/drbdadm", "/usr/sbin/drbdsetup", "/usr/lib/ocflab/" + handName, bootPath}
}

const bootPath = "/usr/lib/ocflab/" + bootName

// Hand is the program that writes, corrupts and breaks.
const Hand = "/usr/lib/ocflab/" + handName

// Addition says what the nodes of a laboratory get for a plan.
func Addition(p Plan, nodes []string) (cluster.Addition, error) {
	if err := p.Check(nodes); err != nil {
		return cluster.Addition{}, fmt.Errorf("plan DRBD: %w", err)
	}
	text, err := json.MarshalIndent(daemon.Plan{
		Generation: p.Generation, State: p.State, SizeKiB: p.SizeKiB, Sync: 0x0CF0_B0C5_0000_0000 | uint64(time.Now().UnixNano())&0xFFFF_0000,
	}, "", "  ")
	if err != nil {
		return cluster.Addition{}, err
	}
	image := []node.File{
		{Path: daemon.PlanFile, Text: string(text) + "\n"},
		{Path: config.File, Text: "include \"drbd.d/global_common.conf\";\ninclude \"drbd.d/*.res\";\n"},
		{Path: "/etc/drbd.d/global_common.conf", Text: p.common()},
	}
	for i, name := range p.Resources {
		image = append(image, node.File{Path: "/etc/drbd.d/" + name + ".res", Text: p.resource(i, nodes)})
	}
	for _, path := range tools() {
		image = append(image, node.File{Path: path, Link: node.Binary})
	}
	return cluster.Addition{
		Image: image, Hosts: nodes,
		Services: []node.Service{{Name: "drbd", Args: []string{bootPath}, Ready: daemon.Socket, Patience: 20 * time.Second}},
	}, nil
}

func (p Plan) common() string {
	return fmt.Sprintf(`global { usage-count no; }
common {
  net {
    protocol C;
    ping-int 2;
    ping-timeout 50;
    verify-alg crc32c;
    %s
  }
  disk {
    resync-rate %dK;
    %s
  }
  handlers {
    %s
  }
}
`, p.Net, p.RateKiB, p.Disk, p.Handlers)
}

// resource is the file of a resource. Minors and ports count up.
func (p Plan) resource(i int, nodes []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "resource %s {\n", p.Resources[i])
	for v := range p.Volumes {
		minor := i*p.Volumes + v
		fmt.Fprintf(&b, "  volume %d {\n    device    /dev/drbd%d;\n    disk      /dev/vd%c;\n    meta-disk internal;\n  }\n", v, minor, 'b'+minor)
	}
	for n, name := range nodes {
		fmt.Fprintf(&b, "  on %s {\n    node-id %d;\n    address %s:%d;\n  }\n", name, n, cluster.Address(network.Replication, n+1), 7788+i)
	}
	b.WriteString("}\n")
	return b.String()
}

// Switch makes a command on a node behave badly, or well again.
func Switch(ctx context.Context, lab *cluster.Lab, on, how, tool, function string) error {
	return Faults().Switch(ctx, lab, on, how, tool, function)
}
