package drbdvm

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/product"
)

// The states that tests start from.
const (
	// booted: our program is there, nothing has been done, and DRBD's module is not loaded.
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
		r.pushProgram()
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
	case serving:
		r.begin(synced)
		r.serve()
	default:
		r.t.Fatalf("there is no state %q", state)
	}
}

const fillFileSystem = "mkfs.ext4 -q /dev/drbd0 && mount /dev/drbd0 /mnt && " +
	"dd if=/dev/urandom of=/mnt/one bs=1M count=20 conv=fsync 2>&1 && sync"

// program is where ours is in a guest.
const program = "/usr/sbin/ocfbox"

func (r *rig) pushProgram() {
	r.t.Helper()
	binary, err := os.ReadFile(builtProgram(r.t))
	require.NoError(r.t, err)
	for _, g := range r.Guests() {
		require.NoError(r.t, g.Push(r.patience(), program, binary, "0755"))
	}
}

// builtProgram is our program, built once for a processor as old as the guests'. It goes when all tests have ended.
func builtProgram(t *testing.T) string {
	t.Helper()
	if onePair.program == "" {
		t.Setenv("GOAMD64", "v1")
		folder, err := os.MkdirTemp("", "ocfbox-drbd-")
		require.NoError(t, err)
		onePair.built = folder
		onePair.program = product.Build(t, folder, "ocfbox")
	}
	return onePair.program
}
