package drbdvm

import (
	"fmt"

	"github.com/stretchr/testify/require"
)

// What the stories do to the guests, in a word each.

// refused runs a command that must fail with this exit status, as it did for the capture.
func (r *rig) refused(g *Guest, code int, command string) {
	r.t.Helper()
	result := r.try(g, command)
	require.Equal(r.t, code, result.Code, "%s: %s: %s%s", g.Name, command, result.Stdout, result.Stderr)
}

// mount mounts the file system, which then has nothing more to write by itself.
func (r *rig) mount(g *Guest) {
	r.t.Helper()
	r.on(g, "drbdadm primary r0 && mount -o noatime,noinit_itable /dev/drbd0 /mnt && sync")
}

// write writes a file of so many MiB through to the disk.
func (r *rig) write(g *Guest, name string, mib int) {
	r.t.Helper()
	r.on(g, fmt.Sprintf("dd if=/dev/urandom of=/mnt/%s bs=1M count=%d conv=fsync 2>&1 && sync", name, mib))
}

// behind runs a script that nobody waits for: it may be held up for as long as DRBD holds up a write.
func (r *rig) behind(g *Guest, script string) {
	r.t.Helper()
	r.on(g, fmt.Sprintf("setsid sh -c '%s' >/dev/null 2>&1 </dev/null &", script))
}

func (r *rig) cut()  { r.t.Helper(); require.NoError(r.t, r.Cut(Replication)) }
func (r *rig) heal() { r.t.Helper(); require.NoError(r.t, r.Heal(Replication)) }
func (r *rig) drop() { r.t.Helper(); require.NoError(r.t, r.Drop(r.patience(), Replication)) }

// slowToNotice gives a busy machine time to look at the moment before a lost link is noticed: half a minute and not
// ten seconds.
func (r *rig) slowToNotice() {
	r.t.Helper()
	r.both("drbdadm net-options --ping-int=30 r0")
	r.inSync()
}

// bootAgain gives a guest its power back, on the disks that it has.
func (r *rig) bootAgain(g *Guest) {
	r.t.Helper()
	require.NoError(r.t, g.Start())
	require.NoError(r.t, g.Wait(r.patience()))
}

// configure changes the configuration on both and has DRBD take it over.
func (r *rig) configure(change string) {
	r.t.Helper()
	r.both(change + " && drbdadm adjust r0")
	r.inSync()
}
