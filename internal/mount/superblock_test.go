package mount

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

// made is a file that a program has made a file system in.
func made(t *testing.T, megabytes int64, program string, args ...string) *os.File {
	t.Helper()
	lab.Need(t, program)
	path := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Truncate(path, megabytes<<20))
	out, err := exec.Command(program, append(args, path)...).CombinedOutput()
	require.NoError(t, err, string(out))
	file, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { file.Close() })
	return file
}

func TestFileSystemsAreToldByTheirSuperblocks(t *testing.T) {
	t.Parallel()
	const uuid = "01234567-89ab-cdef-0123-456789abcdef"
	for fstype, args := range map[string][]string{
		"ext2": {"-t", "ext2"}, "ext3": {"-t", "ext3"}, "ext4": {"-t", "ext4"},
	} {
		t.Run(fstype, func(t *testing.T) {
			t.Parallel()
			file := made(t, 8, "mke2fs", append(args, "-q", "-F", "-U", uuid, "-L", "a label")...)
			super, err := ReadSuperblock(file)
			require.NoError(t, err)
			require.Equal(t, Superblock{Type: fstype, UUID: uuid, Label: "a label"}, super)
		})
	}
}

// The places of the magic numbers are those of filesystem.md 6.6.
func TestMagicNumbers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		offset int
		magic  string
		want   Superblock
	}{
		"xfs":      {0, "XFSB", Superblock{Type: "xfs"}},
		"btrfs":    {65600, "_BHRfS_M", Superblock{Type: "btrfs"}},
		"gfs2":     {65536, "\x01\x16\x19\x70", Superblock{Type: "gfs2"}},
		"f2fs":     {1024, "\x10\x20\xf5\xf2", Superblock{Type: "f2fs"}},
		"squashfs": {0, "hsqs", Superblock{Type: "squashfs"}},
		"iso9660":  {32769, "CD001", Superblock{Type: "iso9660"}},
		"LUKS":     {0, "LUKS\xba\xbe", Superblock{Member: "LUKS"}},
		"LVM2":     {512, "LABELONE\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00LVM2 001", Superblock{Member: "LVM2"}},
		"MD":       {4096, "\xfc\x4e\x2b\xa9", Superblock{Member: "MD"}},
		"nothing":  {5, "hsqs", Superblock{}},
	} {
		head := make([]byte, superSize)
		copy(head[test.offset:], test.magic)
		super, err := ReadSuperblock(bytes.NewReader(head))
		require.NoError(t, err, name)
		require.Equal(t, test.want, super, name)
	}
}

func TestAPartOfSomethingElseIsNoFileSystem(t *testing.T) {
	t.Parallel()
	head := make([]byte, superSize)
	copy(head[1080:], "\x53\xef")
	copy(head[4096:], "\xfc\x4e\x2b\xa9")
	super, err := ReadSuperblock(bytes.NewReader(head))
	require.NoError(t, err)
	require.Equal(t, Superblock{Member: "MD"}, super)
}

func TestADeviceThatIsTooShortHoldsNothing(t *testing.T) {
	t.Parallel()
	super, err := ReadSuperblock(bytes.NewReader([]byte("XFS")))
	require.NoError(t, err)
	require.Equal(t, Superblock{}, super)
}

func FuzzSuperblock(f *testing.F) {
	head := make([]byte, 4096)
	binary.LittleEndian.PutUint16(head[1080:], 0xef53)
	f.Add(head)
	f.Fuzz(func(t *testing.T, head []byte) {
		_, err := ReadSuperblock(bytes.NewReader(head))
		require.NoError(t, err)
	})
}

func TestNamesOfPartitions(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"sda", "sda1", "cciss/c0d0"}, partitions(
		"major minor  #blocks  name\n\n   8        0  125829120 sda\n   8        1    1048576 sda1\n 104        0  1 cciss!c0d0\n"))
}

func TestUdevsEscapes(t *testing.T) {
	t.Parallel()
	require.Equal(t, `a\x20b\x2fc\x25한.-_`, escapeTag("a b/c%한.-_"))
}

func TestTypesInTheKernelsList(t *testing.T) {
	t.Parallel()
	const list = "nodev\tsysfs\nnodev\ttmpfs\n\text4\n\txfs\n"
	require.True(t, TypeListed(list, "ext4"))
	require.True(t, TypeListed(list, "tmpfs"))
	require.False(t, TypeListed(list, "nodev"))
	require.False(t, TypeListed(list, "ext"))
}
