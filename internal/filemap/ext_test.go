package filemap_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/filemap"
)

// extImage is a file system that was never mounted.
func extImage(t *testing.T, size int64, options ...string) string {
	t.Helper()
	folder, image := t.TempDir(), empty(t, size)
	fill(t, folder)
	command(t, "mkfs.ext4", append(append([]string{"-q", "-F", "-d", folder}, options...), image)...)
	return image
}

// figure is a number that dumpe2fs prints.
func figure(t *testing.T, image, name string) int64 {
	t.Helper()
	found := regexp.MustCompile(name + `: +([0-9]+)`).FindStringSubmatch(command(t, "dumpe2fs", "-h", image))
	require.NotNil(t, found, name)
	n, err := strconv.ParseInt(found[1], 10, 64)
	require.NoError(t, err)
	return n
}

func TestRowV28AnExtThatIsNotMountedIsReadFromTheDevice(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]string{
		"as it is made":            nil,
		"small blocks":             {"-b", "1024"},
		"without extents":          {"-O", "^extents,^64bit,^huge_file", "-b", "1024"},
		"ext2":                     {"-t", "ext2"},
		"ext3":                     {"-t", "ext3"},
		"clusters":                 {"-O", "bigalloc", "-C", "16384"},
		"groups of descriptors":    {"-O", "meta_bg,^resize_inode", "-b", "1024", "-g", "1024"},
		"sparse superblocks":       {"-O", "sparse_super2,^resize_inode", "-b", "1024", "-g", "2048"},
		"contents in inodes":       {"-O", "inline_data", "-I", "256"},
		"all superblocks":          {"-O", "^sparse_super,^resize_inode", "-b", "1024"},
		"without descriptor sums":  {"-O", "^metadata_csum,^uninit_bg"},
		"without a journal":        {"-O", "^has_journal"},
		"types of entries missing": {"-O", "^filetype"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const size = 48 << 20
			image := extImage(t, size, options...)
			answer := ask(t, image, filemap.Options{Mounted: unmounted})
			require.Empty(t, answer.Doubts)
			requireWhole(t, answer.Findings, block.Range{Length: size})
			requireMarks(t, answer.Findings, marks(t, image))
			require.Zero(t, of(answer.Findings, filemap.Unknown), "%+v", answer.Findings)
			require.Equal(t, figure(t, image, "Free blocks")*figure(t, image, "Block size"), of(answer.Findings, filemap.Free, ""))
			require.Equal(t, name != "without a journal" && name != "ext2", of(answer.Findings, filemap.Journal) > 0)
			require.Positive(t, of(answer.Findings, filemap.Metadata, "directory"))
			require.Positive(t, of(answer.Findings, filemap.Metadata, "inodes"))
			require.Equal(t, "/link", path(answer.Findings, "symbolic link"))
			require.Contains(t, []string{"/many", "/folder", "/lost+found", "/"}, path(answer.Findings, "directory"))
		})
	}
}

// path is that of the first finding with a name.
func path(all []filemap.Finding, name string) string {
	for _, f := range all {
		if f.Name == name {
			return f.Path
		}
	}
	return ""
}

func TestAPartOfAFileIsNamedWithItsPlaceInTheFile(t *testing.T) {
	t.Parallel()
	image := extImage(t, 32<<20)
	for offset, want := range marks(t, image) {
		if want.path != "/folder/deep/er/three" || want.at != 1<<20 {
			continue
		}
		answer := ask(t, image, filemap.Options{Mounted: unmounted}, block.Range{Offset: offset + 512, Length: 512})
		require.Len(t, answer.Findings, 1)
		found := answer.Findings[0]
		require.NotZero(t, found.Inode)
		found.Inode = 0
		require.Equal(t, filemap.Finding{
			Range: block.Range{Offset: offset + 512, Length: 512}, Kind: filemap.File, Path: want.path, FileOffset: 1<<20 + 512,
		}, found)
		return
	}
	require.Fail(t, "the file is not on the device")
}

// What differs between two copies may be the file system's own description, so the damaged one may be asked.
func TestADamagedFileSystemEndsNeitherTheProgramNorItsPatience(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(extImage(t, 8<<20, "-b", "1024", "-N", "512", "-O", "^has_journal"))
	require.NoError(t, err)
	dice := rand.New(rand.NewPCG(1, 2))
	understood := 0
	for range 200 {
		damaged := bytes.Clone(content)
		for range 1 + dice.IntN(40) {
			// Most of what describes the file system is at its beginning.
			damaged[1024+dice.IntN(200<<10)] = byte(dice.Uint32())
		}
		all, err := mapped(t, t.Context(), bytes.NewReader(damaged), int64(len(damaged)))
		require.NoError(t, err)
		var last int64
		for _, f := range all {
			require.GreaterOrEqual(t, f.Offset, int64(0))
			last = max(last, f.End())
		}
		require.Equal(t, int64(len(damaged)), last)
		if of(all, filemap.Free) > 0 {
			understood++
		}
	}
	require.Greater(t, understood, 50, "the damage was not such that nothing was read at all")
}

func TestADeviceThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	_, err := mapped(t, t.Context(), broken{}, 1<<20)
	require.ErrorContains(t, err, "the disk is broken")
	content, err := os.ReadFile(extImage(t, 16<<20))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = mapped(t, ctx, bytes.NewReader(content), int64(len(content)))
	require.ErrorIs(t, err, context.Canceled)
}
