package block_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/mount"
	"ocfbox/test/lab"
)

func TestRowV9ABlockDeviceIsReadPastTheCache(t *testing.T) {
	lab.Need(t, "root")
	path := filepath.Join(t.TempDir(), "image")
	before, after := bytes.Repeat([]byte("a"), 1<<20), bytes.Repeat([]byte("b"), 4096)
	require.NoError(t, os.WriteFile(path, before, 0o600))
	loop, err := mount.Attach(mount.Image{Path: path}, "")
	require.NoError(t, err)
	defer loop.Close()

	_, err = block.Open(loop.Path, block.OpenOptions{Cached: true})
	require.ErrorIs(t, err, block.ErrCached)
	cached, err := block.Open(loop.Path, block.OpenOptions{Cached: true, StaleIsFine: true})
	require.NoError(t, err)
	defer cached.Close()
	direct, err := block.Open(loop.Path, block.OpenOptions{})
	require.NoError(t, err)
	defer direct.Close()
	require.True(t, direct.IsDirect() && !cached.IsDirect())
	require.Equal(t, int64(len(before)), direct.Size())
	require.Equal(t, uint32(7), direct.Major())
	require.NotEmpty(t, direct.Identity().ID)

	got := make([]byte, 4096)
	_, err = cached.ReadAt(got, 8192)
	require.NoError(t, err)
	// The contents change below the device, as DRBD changes its backing device.
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer file.Close()
	_, err = file.WriteAt(after, 8192)
	require.NoError(t, err)

	_, err = direct.ReadAt(got, 8192)
	require.NoError(t, err)
	require.Equal(t, after, got)
	_, err = cached.ReadAt(got, 8192)
	require.NoError(t, err)
	require.Equal(t, before[:4096], got, "the trap: a cached read still has the old contents")
}
