package cluster

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ocfbox/test/lab/network"
	"ocfbox/test/lab/node"
)

// Heartbeat is the cluster software that was there before Pacemaker: heartbeat with haresources, in the version that
// Debian still has. There is no fencing, as there was none in the guides of its time.
type Heartbeat struct {
	// Haresources is the file of that name. Empty: the first node has an address.
	Haresources string
	// Stays: what a node has taken over stays there when the other one comes back (auto_failback off).
	Stays bool
}

// Times of heartbeat. The dead time is the guide's.
const (
	DeadTime        = 5 * time.Second
	InitialDeadTime = 2 * DeadTime
)

// HeartbeatAddress is the n-th address, from 0, that a configuration may give to a service.
func HeartbeatAddress(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{192, 168, 101, byte(170 + n)})
}

const (
	haFolder   = "/etc/ha.d"
	haPrograms = "/usr/libexec/heartbeat"
	// haLog is where heartbeat and the scripts that it calls write.
	haLog = "/var/log/ha-log"
)

func (h *Heartbeat) check(o Options) error {
	switch {
	case h == nil:
		return nil
	case len(o.Nodes) != 2:
		return fmt.Errorf("heartbeat knows two nodes, not %d", len(o.Nodes))
	case o.Config != "":
		return errors.New("heartbeat reads no configuration of crmsh's")
	case len(o.PacemakerEnv) > 0:
		return errors.New("heartbeat does not start Pacemaker, and so there are no variables for it")
	}
	return nil
}

// installed tells whether the host has heartbeat, if it is wanted.
func (h *Heartbeat) installed() error {
	if h == nil {
		return nil
	}
	if _, err := os.Stat(haPrograms + "/heartbeat"); err != nil {
		return fmt.Errorf("heartbeat is not installed: %w", err)
	}
	return nil
}

// files are heartbeat's three, and our resource scripts in the place of the distribution's.
func (h *Heartbeat) files(a Agents, members []Member) []node.File {
	haresources := h.Haresources
	if haresources == "" {
		haresources = fmt.Sprintf("%s %s\n", members[0].Name, HeartbeatAddress(0))
	}
	files := []node.File{
		{Path: node.WantsFolder, Emptied: true},
		node.WantsLink(SoftwareHeartbeat),
		{Path: haFolder + "/ha.cf", Text: h.HaCf(members)},
		{Path: haFolder + "/authkeys", Text: "auth 1\n1 sha1 HI!\n", Mode: 0o600},
		{Path: haFolder + "/haresources", Text: haresources},
		{Path: "/var/lib/heartbeat", Emptied: true},
	}
	if a.Folder != "" {
		return files
	}
	for _, agent := range a.List {
		for _, name := range agent.Heartbeat {
			files = append(files, node.File{Path: filepath.Join(haFolder, "resource.d", name), Link: "/usr/sbin/ocfbox"})
		}
	}
	return files
}

// HaCf is /etc/ha.d/ha.cf for members: the guide's, on the laboratory's network for the cluster. Priorities are those of
// processes, not realtime: the machine is shared.
func (h *Heartbeat) HaCf(members []Member) string {
	var b strings.Builder
	fmt.Fprintf(&b, `debugfile /var/log/ha-debug
logfile %s
logfacility local0
keepalive 1
deadtime %.0f
initdead %.0f
hopfudge 1
udpport 1001
bcast %s
realtime off
auto_failback %s
`, haLog, DeadTime.Seconds(), InitialDeadTime.Seconds(), network.Card(network.Cluster), map[bool]string{true: "off", false: "on"}[h.Stays])
	for _, m := range members {
		fmt.Fprintf(&b, "node %s\n", m.Name)
	}
	return b.String()
}

// services start heartbeat as Debian's unit file does. The folders that it needs are made before, as at every boot.
func (h *Heartbeat) services() []node.Service {
	const folders = "systemd-tmpfiles-setup"
	return []node.Service{{
		Name: folders, Args: []string{"/usr/bin/systemd-tmpfiles", "--create", "heartbeat.conf"}, Patience: 10 * time.Second,
		Unit: &node.Unit{Description: "Create Volatile Files and Directories", OneShot: true},
	}, {
		Name: SoftwareHeartbeat, Args: []string{haPrograms + "/heartbeat", "-f"}, Nice: -15,
		Unit: &node.Unit{
			Description: "Heartbeat High Availability Cluster Communication and Membership", Requires: []string{folders},
		},
	}}
}
