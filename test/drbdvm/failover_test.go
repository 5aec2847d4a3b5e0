package drbdvm

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

//go:embed testdata/failover.crm
var failover []byte

// Alfa has the file system. The replication link is lost, alfa goes on writing, and then it dies: what bravo has is
// older than what alfa has promised. Nothing may run there, and it is our attribute that keeps it from it: once the
// rule is taken away the cluster promotes the old copy.
func TestAStaleNodeIsPassedOver(t *testing.T) {
	r := newRig(t, clustered)
	r.attribute(r.Alfa, "alfa", "PRIM")
	r.attribute(r.Alfa, "bravo", "SOK")
	r.cut()
	r.on(r.Alfa, "dd if=/dev/urandom of=/mnt/data/late bs=64k count=16 conv=fsync 2>&1")
	r.attribute(r.Alfa, "bravo", "SFAIL")
	r.Alfa.Kill()
	r.clusterSays(r.Bravo, "OFFLINE: [ alfa ]")
	r.idle(r.Bravo)
	r.stays(time.Minute, "bravo is passed over", func() string {
		if proc, err := r.proc(r.patience(), r.Bravo); err != nil || strings.Contains(proc, "ro:Primary") {
			return fmt.Sprint(proc, err)
		}
		return ""
	})
	r.attribute(r.Bravo, "bravo", "SFAIL")
	r.clusterSays(r.Bravo, "Unpromoted: [ bravo ]")

	r.on(r.Bravo, "crm -F configure delete l_fresh")
	r.awaitRows(r.Bravo, "ro:Primary/Unknown")
}

// The same with a link that was whole: the service goes on, with all that was promised.
func TestAFreshNodeTakesOver(t *testing.T) {
	r := newRig(t, clustered)
	r.on(r.Alfa, "dd if=/dev/urandom of=/mnt/data/late bs=64k count=16 conv=fsync 2>&1 && sha256sum /mnt/data/late >/mnt/data/sum && sync")
	r.attribute(r.Alfa, "bravo", "SOK")
	r.Alfa.Kill()
	r.awaitRows(r.Bravo, "ro:Primary/Unknown")
	r.clusterSays(r.Bravo, "OFFLINE: [ alfa ]", "Started bravo")
	r.on(r.Bravo, "sha256sum -c /mnt/data/sum")
	r.attribute(r.Bravo, "bravo", "PRIM")
}

// clustering starts the cluster on a pair that is in sync, and has it run the file system on alfa.
func (r *rig) clustering() {
	r.t.Helper()
	r.on(r.Alfa, "drbdadm secondary r0")
	r.both(program + " install --root / --binary " + program)
	r.startCluster()
	require.NoError(r.t, r.Alfa.Push(r.patience(), "/etc/failover.crm", failover, "0644"))
	r.on(r.Alfa, "crm -F configure load update /etc/failover.crm")
	r.clusterSays(r.Alfa, "Promoted: [ alfa ]", "Unpromoted: [ bravo ]", "Started: [ alfa bravo ]", "Started alfa")
	r.attribute(r.Alfa, "alfa", "PRIM")
	r.attribute(r.Alfa, "bravo", "SOK")
	r.idle(r.Alfa)
}

// startCluster starts corosync and Pacemaker on both at the same time.
func (r *rig) startCluster() {
	r.t.Helper()
	ended := make(chan error, 2)
	ctx := r.patience()
	for _, g := range r.Guests() {
		go func() {
			result, err := g.Run(ctx, "cluster-start")
			if err == nil && result.Code != 0 {
				err = fmt.Errorf("%s: cluster-start: %s", g.Name, result.Stderr)
			}
			ended <- err
		}()
	}
	for range r.Guests() {
		require.NoError(r.t, <-ended)
	}
	r.clusterSays(r.Alfa, "Online: [ alfa bravo ]")
}

// clusterSays waits until crm_mon of a guest has all of the words.
func (r *rig) clusterSays(g *Guest, words ...string) {
	r.t.Helper()
	r.awaitOutput(g, "crm_mon -1rf", words...)
}

// attribute waits until the cluster knows the value of a node's synccheck attribute.
func (r *rig) attribute(g *Guest, node, value string) {
	r.t.Helper()
	r.awaitOutput(g, "attrd_updater --query --all --name ocfbox-drbd-r0", fmt.Sprintf("host=%q value=%q", node, value))
}

// idle waits until the cluster has nothing to do, as the designated controller knows.
func (r *rig) idle(g *Guest) {
	r.t.Helper()
	r.awaitOutput(g, `crmadmin --status "$(crmadmin --dc_lookup | sed -n 's/.*is: \([a-z]*\).*/\1/p')" 2>&1`, "S_IDLE")
}

// awaitOutput waits until a script says all of the words.
func (r *rig) awaitOutput(g *Guest, script string, words ...string) {
	r.t.Helper()
	r.await(fmt.Sprintf("%s: %s says %q", g.Name, script, words), func(ctx context.Context) string {
		result, err := g.Sh(ctx, script)
		if err != nil {
			return err.Error()
		}
		for _, word := range words {
			if !strings.Contains(result.Stdout, word) {
				return result.Stdout + result.Stderr
			}
		}
		return ""
	})
}

// stays holds something to be true for a while; broken says "" or what it has seen.
func (r *rig) stays(long time.Duration, what string, broken func() string) {
	r.t.Helper()
	for until := time.Now().Add(long); time.Now().Before(until); time.Sleep(500 * time.Millisecond) {
		require.Empty(r.t, broken(), what)
	}
	r.t.Logf("for %s: %s", long, what)
}
