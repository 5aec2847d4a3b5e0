package drbdvm

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The group drbddisk, Filesystem, IPaddr2 under Pacemaker, on DRBD's own kernel module. The cluster has no fencing: what
// keeps the data is drbddisk, and the rule on what synccheck publishes.

// On purpose: the group leaves alfa from its end, and begins on bravo with the data that were written on alfa.
func TestTheGroupSwitchesOver(t *testing.T) {
	r := newRig(t, serving)
	r.on(r.Alfa, "head -c 100000 /dev/urandom >/mnt/data/late && sha256sum /mnt/data/late >/mnt/data/sum && sync")
	r.move(r.Bravo)
	r.serves(r.Bravo)
	r.logged(r.Alfa, "ACT: r0 is no longer primary: ")
	r.logged(r.Bravo, begun...)
	r.on(r.Bravo, "sha256sum -c /mnt/data/sum")
	r.on(r.Alfa, "ping -c 1 -W 10 "+serviceAddress)
	r.attribute(r.Alfa, "bravo", "PRIM")
	r.attribute(r.Alfa, "alfa", "SOK")
	r.inSync()
}

// Alfa loses its power while a client writes. Bravo has every record that the client was promised, alfa is brought up to
// date when it is back, is no place for the group until then, and has every record too when the group returns.
func TestNoPromisedWriteIsLostWithThePower(t *testing.T) {
	r := newRig(t, serving)
	client := r.writes(r.Alfa)
	r.Alfa.Kill()
	promised := client.promised(r)
	r.serves(r.Bravo)
	r.awaitRows(r.Bravo, "ro:Primary/Unknown")
	r.logged(r.Bravo, begun...)
	r.kept(r.Bravo, promised)
	r.attribute(r.Bravo, "bravo", "PRIM")

	r.on(r.Bravo, "dd if=/dev/urandom of=/mnt/data/more bs=1M count=24 conv=fsync 2>&1 && sha256sum /mnt/data/more >/mnt/data/sum && sync")
	r.bootAgain(r.Alfa)
	r.on(r.Alfa, "modprobe drbd && drbdadm up r0 && drbdadm pause-sync r0")
	r.awaitRows(r.Alfa, "cs:PausedSyncT", "ro:Secondary/Primary", "ds:Inconsistent/UpToDate")
	refusal := r.try(r.Alfa, "OCF_ROOT=/usr/lib/ocf OCF_RESKEY_drbd_resource=r0 /usr/lib/ocf/resource.d/ocfbox/drbddisk start")
	require.Equal(t, 1, refusal.Code)
	require.Contains(t, refusal.Stderr, "ocf-exit-reason:r0 is not promoted: r0/0 is being overwritten by a resync from ")
	r.awaitRows(r.Alfa, "cs:PausedSyncT", "ro:Secondary/Primary")
	r.on(r.Alfa, "cluster-start")
	r.attribute(r.Bravo, "alfa", "SWAIT")
	r.move(r.Alfa)
	r.stays(20*time.Second, "alfa is no place for the group before it is up to date", r.secondary(r.Alfa))
	r.awaitRows(r.Alfa, "cs:PausedSyncT")
	r.serves(r.Bravo)

	r.on(r.Alfa, "drbdadm resume-sync r0")
	r.attribute(r.Bravo, "alfa", "SOK")
	r.serves(r.Alfa)
	r.inSync()
	r.kept(r.Alfa, promised)
	r.on(r.Alfa, "sha256sum -c /mnt/data/sum")
}

// Somebody has promoted bravo by hand while the link was cut. Both have written: neither side is begun with, whoever
// asks for it, until an operator has chosen one.
func TestASplitBrainIsRefusedOnBothSides(t *testing.T) {
	r := newRig(t, serving)
	r.cut()
	r.on(r.Alfa, "echo alfa >/mnt/data/side && sync")
	r.awaitRows(r.Bravo, "cs:WFConnection")
	r.on(r.Bravo, "drbdadm primary r0 && mount /dev/drbd0 /mnt && echo bravo >/mnt/side && sync && umount /mnt && drbdadm secondary r0")
	r.heal()
	r.awaitRows(r.Alfa, "ro:Primary/Unknown", "cs:StandAlone")
	r.attribute(r.Alfa, "bravo", "SBRAIN")

	r.move(r.Bravo)
	r.stays(20*time.Second, "the rule keeps the group from bravo", r.secondary(r.Bravo))
	r.on(r.Alfa, "crm -F configure delete data")
	for _, g := range []*Guest{r.Bravo, r.Alfa} {
		// Pacemaker cuts a long reason off: its end is in the log.
		require.Contains(t, r.failed(r.Alfa, g), "r0 is not promoted: the kernel detected a split brain of r0/0 at ")
		r.logged(g, "; choose a side: ocfbox sync status r0")
	}
	r.stopped(r.Alfa)
	for _, g := range r.Guests() {
		r.unused(g)
		r.awaitRows(g, "ro:Secondary/Unknown", "ds:UpToDate/DUnknown")
	}

	r.on(r.Bravo, "drbdadm disconnect r0; drbdadm connect --discard-my-data r0")
	r.on(r.Alfa, "drbdadm connect r0")
	r.inSync()
	r.on(r.Alfa, "crm_resource --clear --resource service && crm_resource --cleanup --resource service")
	r.serves(r.Alfa)
	require.Equal(t, "alfa\n", r.on(r.Alfa, "cat /mnt/data/side"))
	r.move(r.Bravo)
	r.serves(r.Bravo)
	require.Equal(t, "alfa\n", r.on(r.Bravo, "cat /mnt/data/side"))
}

// The link is cut, alfa goes on writing and loses its power: what bravo has is older than what was promised. The rule
// keeps the group away from it, drbddisk does where the copy is known to be out of date, and nothing is lost when alfa
// is back.
func TestAStaleCopyIsRefused(t *testing.T) {
	r := newRig(t, serving)
	r.cut()
	client := r.writes(r.Alfa)
	r.attribute(r.Alfa, "bravo", "SFAIL")
	r.Alfa.Kill()
	promised := client.promised(r)
	r.clusterSays(r.Bravo, "OFFLINE: [ alfa ]")
	r.stopped(r.Bravo)
	r.stays(30*time.Second, "bravo is passed over", r.secondary(r.Bravo))

	r.on(r.Bravo, "drbdadm outdate r0")
	r.on(r.Bravo, "crm -F configure delete data")
	require.Contains(t, r.failed(r.Bravo, r.Bravo), "r0 is not promoted: r0/0 is Outdated here: the peer has newer data")
	r.stopped(r.Bravo)
	r.unused(r.Bravo)
	r.awaitRows(r.Bravo, "ro:Secondary/Unknown", "ds:Outdated/DUnknown")

	r.heal()
	r.rejoin(r.Alfa)
	r.serves(r.Alfa)
	r.inSync()
	r.kept(r.Alfa, promised)
	r.on(r.Bravo, "crm_resource --cleanup --resource service")
	r.move(r.Bravo)
	r.serves(r.Bravo)
	r.kept(r.Bravo, promised)
}

// begun are lines of the group's agents that have started it.
var begun = []string{"DEC: promote r0 because here 0 is Secondary UpToDate", "ACT: r0 is primary: here 0 is Primary UpToDate",
	"mount /dev/drbd0 on /mnt/data", "add " + serviceAddress + "/24 to eth2"}

// secondary is what stays asks: a guest's DRBD never becomes primary.
func (r *rig) secondary(g *Guest) func() string {
	return func() string {
		proc, err := r.proc(r.patience(), g)
		require.NoError(r.t, err)
		if row := deviceRows(proc); len(row) != 1 || !strings.Contains(row[0], "ro:Secondary/") {
			return proc
		}
		return ""
	}
}
