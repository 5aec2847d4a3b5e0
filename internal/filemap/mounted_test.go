package filemap_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
	"ocfbox/internal/filemap"
	"ocfbox/internal/mount"
	"ocfbox/test/lab"
)

// Row V28: the kernel is asked about what is mounted, whichever copy of the device was compared.
func TestAMountedFileSystemIsAskedThroughItsKernel(t *testing.T) {
	for _, test := range []struct {
		name, kind string
		size       int64
		make       []string
	}{
		{"ext4", "ext4", 48 << 20, []string{"mkfs.ext4", "-q", "-F"}},
		{"ext3", "ext3", 48 << 20, []string{"mkfs.ext4", "-q", "-F", "-t", "ext3", "-b", "1024"}},
		{"xfs that knows owners", "xfs", 320 << 20, []string{"mkfs.xfs", "-q", "-f", "-m", "rmapbt=1"}},
		{"xfs that does not", "xfs", 320 << 20, []string{"mkfs.xfs", "-q", "-f", "-m", "rmapbt=0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			lab.Need(t, "root", test.make[0])
			image := empty(t, test.size)
			command(t, test.make[0], append(test.make[1:], image)...)
			point := mounted(t, test.kind, attached(t, image))
			fill(t, point)
			// Two files that grow in turns lie in many pieces, and what is hidden below another mount is there all the same.
			grow(t, point, "/left", "/right")
			require.NoError(t, mount.Mount(mount.Request{Type: "tmpfs", Source: "tmpfs", Point: filepath.Join(point, "folder")}))
			t.Cleanup(func() { require.NoError(t, unix.Unmount(filepath.Join(point, "folder"), 0)) })
			settle(t, point)

			answer := ask(t, image, filemap.Options{})
			require.Equal(t, []string{point}, answer.Mounts)
			require.Empty(t, answer.Doubts)
			requireWhole(t, answer.Findings, block.Range{Length: test.size})
			requireMarks(t, answer.Findings, marks(t, image))
			require.Positive(t, of(answer.Findings, filemap.Free))
			require.Greater(t, of(answer.Findings, filemap.Journal), int64(1<<20))
			// An xfs that keeps no owners knows only what is free: inodes and folders are nobody's. An ext4 holds space back
			// for files that grow.
			require.Less(t, of(answer.Findings, filemap.Unknown), int64(2<<20))
			if test.name != "xfs that does not" {
				require.Positive(t, of(answer.Findings, filemap.Metadata, "inodes"))
				require.Positive(t, of(answer.Findings, filemap.Metadata, "directory"))
			}
		})
	}
}

// grow writes two files in turns, each part on the disk before the next.
func grow(t *testing.T, point string, names ...string) {
	t.Helper()
	const size, step = 256 << 10, 4096
	for from := 0; from < size; from += step {
		for _, name := range names {
			file, err := os.OpenFile(filepath.Join(point, name), os.O_CREATE|os.O_WRONLY, 0o644)
			require.NoError(t, err)
			_, err = file.WriteAt(marked(name, size)[from:from+step], int64(from))
			require.NoError(t, err)
			require.NoError(t, file.Sync())
			require.NoError(t, file.Close())
		}
	}
}

// settle waits until all that was written is on the device.
func settle(t *testing.T, point string) {
	t.Helper()
	dir, err := os.Open(point)
	require.NoError(t, err)
	defer dir.Close()
	require.NoError(t, unix.Syncfs(int(dir.Fd())))
}

func TestAnXFSThatIsNotMountedIsNotUnderstood(t *testing.T) {
	image := empty(t, 320<<20)
	command(t, "mkfs.xfs", "-q", "-f", image)
	answer := ask(t, image, filemap.Options{}, block.Range{Offset: 1 << 20, Length: 4096})
	require.Equal(t, []filemap.Finding{{
		Range: block.Range{Offset: 1 << 20, Length: 4096}, Kind: filemap.Unknown, Name: "xfs that is not mounted on this host",
	}}, answer.Findings)
}
