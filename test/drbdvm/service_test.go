package drbdvm

import (
	"context"
	_ "embed"
	"encoding/xml"
	"strings"

	"github.com/stretchr/testify/require"
)

// serving: Pacemaker runs the group of drbddisk, Filesystem and IPaddr2 on alfa, and synccheck on both.
const serving = "serving"

//go:embed testdata/service.crm
var service []byte

// serviceAddress is the address that the group has.
const serviceAddress = "10.99.2.10"

// serve starts the cluster on a pair that is in sync, and has it run the group on alfa.
func (r *rig) serve() {
	r.t.Helper()
	r.on(r.Alfa, "drbdadm secondary r0")
	r.both(program + " install --root / --binary " + program)
	r.startCluster()
	require.NoError(r.t, r.Alfa.Push(r.patience(), "/etc/service.crm", service, "0644"))
	r.on(r.Alfa, "crm -F configure load update /etc/service.crm")
	r.serves(r.Alfa)
	r.attribute(r.Bravo, "alfa", "PRIM")
	r.attribute(r.Bravo, "bravo", "SOK")
	r.idle(r.Alfa)
}

// serves waits until the group runs on a guest, and holds that to what the kernels say: primary, mounted and
// addressed there, and nothing of it on the other.
func (r *rig) serves(g *Guest) {
	r.t.Helper()
	r.resources(g, "disk", "files", "address")
	r.awaitRows(g, "ro:Primary/")
	r.on(g, "grep -q '^/dev/drbd0 /mnt/data ext4 rw' /proc/mounts && ip -4 addr show dev eth2 | grep -q ' "+serviceAddress+"/24 '")
	if g.peer().Running() {
		r.unused(g.peer())
	}
}

// unused holds a guest to having nothing of the group, by its kernel.
func (r *rig) unused(g *Guest) {
	r.t.Helper()
	proc, err := r.proc(r.patience(), g)
	require.NoError(r.t, err)
	require.NotContains(r.t, proc, "ro:Primary", g.Name)
	r.on(g, "! grep '^/dev/drbd0 ' /proc/mounts && ! ip -4 addr show dev eth2 | grep ' "+serviceAddress+"/'")
}

// resources waits until the cluster runs these members of the group on a guest.
func (r *rig) resources(g *Guest, names ...string) {
	r.t.Helper()
	r.await("the group runs on "+g.Name, func(ctx context.Context) string {
		seen, text, err := monitored(ctx, g)
		if err != nil {
			return err.Error()
		}
		for _, name := range names {
			if seen.on(name) != g.Name {
				return text
			}
		}
		return ""
	})
}

// stopped waits until no guest runs anything of the group, and the cluster does not mean to.
func (r *rig) stopped(asked *Guest) {
	r.t.Helper()
	r.await("the group is stopped", func(ctx context.Context) string {
		seen, text, err := monitored(ctx, asked)
		if err != nil {
			return err.Error()
		}
		for _, name := range []string{"disk", "files", "address"} {
			if seen.on(name) != "" {
				return text
			}
		}
		return ""
	})
	r.idle(asked)
}

// failed waits until the cluster knows that the start of disk on a guest has failed, and returns the reason.
func (r *rig) failed(asked, where *Guest) (reason string) {
	r.t.Helper()
	r.await("disk does not start on "+where.Name, func(ctx context.Context) string {
		seen, text, err := monitored(ctx, asked)
		if err != nil {
			return err.Error()
		}
		for _, f := range seen.Failures {
			if f.Node == where.Name && strings.HasPrefix(f.Operation, "disk_start_") {
				reason = f.Reason
				return ""
			}
		}
		return text
	})
	r.t.Logf("on %s: %s", where.Name, reason)
	return reason
}

// A cluster is what crm_mon says of the group.
type cluster struct {
	Members []struct {
		ID     string `xml:"id,attr"`
		Role   string `xml:"role,attr"`
		Active bool   `xml:"active,attr"`
		Nodes  []struct {
			Name string `xml:"name,attr"`
		} `xml:"node"`
	} `xml:"resources>group>resource"`
	Failures []struct {
		Operation string `xml:"op_key,attr"`
		Node      string `xml:"node,attr"`
		Reason    string `xml:"exitreason,attr"`
	} `xml:"failures>failure"`
}

func monitored(ctx context.Context, g *Guest) (seen cluster, text string, err error) {
	result, err := g.Run(ctx, "crm_mon", "--one-shot", "--inactive", "--output-as=xml")
	if err == nil {
		err = xml.Unmarshal([]byte(result.Stdout), &seen)
	}
	return seen, result.Stdout + result.Stderr, err
}

// on is the node that runs a member of the group, "" for none.
func (c cluster) on(name string) string {
	for _, member := range c.Members {
		if member.ID == name && member.Active && member.Role == "Started" && len(member.Nodes) == 1 {
			return member.Nodes[0].Name
		}
	}
	return ""
}

// logged waits until the agents of the group have written all of the words to a guest's log.
func (r *rig) logged(g *Guest, words ...string) {
	r.t.Helper()
	r.awaitOutput(g, "grep -E '(drbddisk|Filesystem|IPaddr2)\\(' /var/log/pacemaker/pacemaker.log", words...)
}

// rejoin gives a guest its power back and does what its boot does: DRBD's own service, then the cluster's.
func (r *rig) rejoin(g *Guest) {
	r.t.Helper()
	r.bootAgain(g)
	r.on(g, "modprobe drbd && drbdadm up r0")
	r.on(g, "cluster-start")
	r.clusterSays(g, "Online: [ alfa bravo ]")
}

// move has the cluster prefer a guest for the group above all else but a rule that forbids it.
func (r *rig) move(to *Guest) {
	r.t.Helper()
	r.on(to, "crm_resource --move --resource service --node "+to.Name)
}
