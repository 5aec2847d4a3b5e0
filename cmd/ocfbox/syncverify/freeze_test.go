package syncverify

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/mount"
	"ocfbox/internal/run"
	"ocfbox/test/lab"
)

// The test binary is what starts itself again to stop writers.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == FreezerName {
		os.Exit(Freezer(os.Stdin, os.Stdout, new(run.System)))
	}
	lab.Main(m, lab.Mount)
}

// mounted is a side whose file system is mounted, and where.
func mounted(t *testing.T) (side, string) {
	t.Helper()
	lab.Need(t, "root", "mkfs.ext4")
	image, point := filepath.Join(t.TempDir(), "image"), t.TempDir()
	require.NoError(t, os.WriteFile(image, make([]byte, 16<<20), 0o600))
	output, err := exec.Command("mkfs.ext4", "-q", "-F", image).CombinedOutput()
	require.NoError(t, err, "%s", output)
	loop, err := mount.Attach(mount.Image{Path: image}, "")
	require.NoError(t, err)
	t.Cleanup(func() { loop.Close() })
	require.NoError(t, mount.Mount(mount.Request{Type: "ext4", Source: loop.Path, Point: point}))
	t.Cleanup(func() { require.NoError(t, unix.Unmount(point, unix.MNT_DETACH)) })
	device, err := block.Open(loop.Path, block.OpenOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { device.Close() })
	return side{device: device, data: device.Size()}, point
}

// Row V14: a file system is frozen and let go, by the one who froze it or by time.
func TestAFileSystemIsFrozenForASideThatIsMounted(t *testing.T) {
	s, point := mounted(t)
	_, err := toFreeze(t.Context(), [2]side{{}, s}, FreezeIO)
	require.Error(t, err, "there is no DRBD")
	what, err := toFreeze(t.Context(), [2]side{{}, s}, FreezeFS)
	require.NoError(t, err)
	require.Equal(t, point, what)
	for name, let := range map[string]func(thaw func() error) error{
		"it is let go":          func(thaw func() error) error { return thaw() },
		"nobody lets it go":     func(func() error) error { return nil },
		"it is let go too late": func(thaw func() error) error { time.Sleep(verify.MaxFrozen + time.Second); return thaw() },
	} {
		began := time.Now()
		thaw, err := freeze(t.Context(), FreezeFS+" "+point)
		require.NoError(t, err, name)
		written := make(chan error, 1)
		go func() { written <- os.WriteFile(filepath.Join(point, "file"), []byte(name), 0o600) }()
		select {
		case <-written:
			t.Fatal("something was written meanwhile")
		case <-time.After(100 * time.Millisecond):
		}
		require.NoError(t, let(thaw), name)
		select {
		case err := <-written:
			require.NoError(t, err)
		case <-time.After(2 * verify.MaxFrozen):
			t.Fatal("the writer still waits")
		}
		require.Less(t, time.Since(began), 3*verify.MaxFrozen)
	}
}

// Row V14: a run freezes what it compares, and what cannot be frozen is a warning.
func TestARunThatMayFreezeKnowsWhat(t *testing.T) {
	s, _ := mounted(t)
	tool := &Tool{Stderr: new(bytes.Buffer)}
	require.Nil(t, tool.freezer([2]side{s, {}}, Options{}))
	thaw, err := tool.freezer([2]side{s, {}}, Options{Freeze: FreezeFS})(t.Context())
	require.NoError(t, err)
	require.NoError(t, thaw())
	_, err = tool.freezer([2]side{}, Options{Freeze: FreezeFS})(context.Background())
	require.Error(t, err)
}
