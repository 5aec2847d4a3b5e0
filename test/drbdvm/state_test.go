package drbdvm

import "github.com/stretchr/testify/require"

// The states that tests start from.
const (
	// booted: nothing has been done, DRBD's module is not loaded.
	booted = "booted"
	// synced: r0 is in sync, alfa is primary and has an unmounted file system with a file of 20 MiB.
	synced = "synced"
	// clustered: Pacemaker runs r0 and its file system, on alfa, and synccheck on both.
	clustered = "clustered"
)

// begin loads a state, made from the one before if it has not been saved.
func (r *rig) begin(state string) {
	r.t.Helper()
	if !r.Saved(state) {
		r.make(state)
		require.NoError(r.t, r.Save(r.patience(), state))
	}
	require.NoError(r.t, r.Load(r.patience(), state))
}

func (r *rig) make(state string) {
	r.t.Helper()
	switch state {
	case booted:
		require.NoError(r.t, r.Boot(r.patience()))
	case synced:
		r.begin(booted)
		r.both("modprobe drbd && drbdadm create-md r0 && drbdadm up r0")
		r.awaitRows(r.Alfa, "cs:Connected")
		// Two empty disks are alike: nothing has to be copied.
		r.on(r.Alfa, "drbdsetup new-current-uuid --clear-bitmap 0")
		r.inSync()
		r.on(r.Alfa, "drbdadm primary r0 && "+fillFileSystem+" && umount /mnt")
		r.inSync()
	case clustered:
		r.begin(synced)
		r.clustering()
	default:
		r.t.Fatalf("there is no state %q", state)
	}
}

const fillFileSystem = "mkfs.ext4 -q /dev/drbd0 && mount /dev/drbd0 /mnt && " +
	"dd if=/dev/urandom of=/mnt/one bs=1M count=20 conv=fsync 2>&1 && sync"
