package lab

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab/fuse"
)

// MountDead mounts a file system on the directory whose server is there and does not answer, in one of the ways Silent
// and Mute. It is a stand-in for one of a network, with the source "srv:/x". When the test ends the server does too, and
// nobody waits any more.
func MountDead(t testing.TB, point string, how fuse.Mode) {
	t.Helper()
	MountDeadFrom(t, "srv:/x", point, "fuse.hang", how)
}

// MountDeadFrom is MountDead with a source and a type of its own.
func MountDeadFrom(t testing.TB, source, point, fstype string, how fuse.Mode) {
	t.Helper()
	fd, err := fuse.Open()
	if err != nil {
		Missing(t, fmt.Sprintf("no FUSE here: %v", err))
	}
	t.Cleanup(func() { fuse.Abort(point); unix.Close(fd) })
	require.NoError(t, fuse.Mount(fd, source, point, fstype, 0))
	// A server that never reads need not even be there.
	if how == fuse.Mute {
		go func() { _ = fuse.Server{Mode: func() fuse.Mode { return fuse.Mute }}.Serve(fd) }()
	}
}
