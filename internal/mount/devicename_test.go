package mount

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDeviceName(t *testing.T) {
	t.Parallel()
	sys, dev := t.TempDir(), t.TempDir()
	for _, name := range []string{"sda1", "dm-3", "dm-x", "dm-4"} {
		require.NoError(t, os.WriteFile(filepath.Join(dev, name), nil, 0o600))
	}
	for from, to := range map[string]string{"by-label": "sda1", "vg-data": "dm-3", "twice": "by-label", "nowhere": "sdb1"} {
		require.NoError(t, os.Symlink(to, filepath.Join(dev, from)))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(sys, "dm-3/dm"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(sys, "dm-3/dm/name"), []byte("vg-data\n"), 0o600))
	for name, want := range map[string]string{
		"sda1": "sda1", "by-label": "sda1", "twice": "sda1", "vg-data": "mapper/vg-data", "dm-3": "mapper/vg-data",
		"dm-4": "dm-4", "dm-x": "dm-x", "nowhere": "nowhere", "sdc": "sdc",
	} {
		require.Equal(t, filepath.Join(dev, want), deviceName(sys, filepath.Join(dev, name)), name)
	}
	require.Equal(t, "srv:/x", DeviceName("srv:/x"))
}
