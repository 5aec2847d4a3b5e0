package filemap_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/filemap"
)

const mib = 1 << 20

// gpt is a disk with a partition from the second mebibyte on.
func gpt(size int64, contents []byte) []byte {
	disk := make([]byte, size)
	disk[450], disk[510], disk[511] = 0xee, 0x55, 0xaa
	head := disk[512:]
	copy(head, "EFI PART")
	put := binary.LittleEndian.PutUint64
	put(head[40:], 34)
	put(head[48:], uint64(size/512-34))
	put(head[72:], 2)
	binary.LittleEndian.PutUint32(head[80:], 128)
	binary.LittleEndian.PutUint32(head[84:], 128)
	// The third entry: its number is not its place in the list of those in use.
	entry := disk[1024+2*128:]
	copy(entry, bytes.Repeat([]byte{7}, 32))
	put(entry[32:], 2048)
	put(entry[40:], uint64(mib+len(contents))/512-1)
	copy(disk[mib:], contents)
	return disk
}

// mbr writes entries of an old partition table into a sector: type, first sector, number of sectors.
func mbr(at []byte, entries ...[3]uint32) {
	at[510], at[511] = 0x55, 0xaa
	for i, e := range entries {
		b := at[446+16*i:]
		b[4] = byte(e[0])
		binary.LittleEndian.PutUint32(b[8:], e[1])
		binary.LittleEndian.PutUint32(b[12:], e[2])
	}
}

func swapSpace(size int) []byte {
	b := make([]byte, size)
	copy(b[4086:], "SWAPSPACE2")
	return b
}

func readImage(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return content
}

func TestRowV28PartitionsOfAGPT(t *testing.T) {
	t.Parallel()
	disk := gpt(24*mib, readImage(t, extImage(t, 16*mib)))
	all, err := mapped(t, t.Context(), bytes.NewReader(disk), int64(len(disk)))
	require.NoError(t, err)
	requireWhole(t, all, block.Range{Length: 24 * mib})
	require.Equal(t, filemap.PartitionTable, at(t, all, 0).Kind)
	require.Equal(t, filemap.PartitionTable, at(t, all, 1024).Kind)
	require.Equal(t, filemap.PartitionTable, at(t, all, 24*mib-512).Kind)
	require.Equal(t, filemap.Outside, at(t, all, mib-1).Kind)
	require.Equal(t, filemap.Outside, at(t, all, 17*mib).Kind)
	super := at(t, all, mib+1024)
	require.Equal(t, "partition 3", super.In)
	require.Equal(t, "superblock", super.Name)
	require.Equal(t, int64(5*mib), fileBytes(all, "/folder/deep/er/three"))
}

func fileBytes(all []filemap.Finding, path string) int64 {
	var bytes int64
	for _, f := range all {
		if f.Kind == filemap.File && f.Path == path {
			bytes += f.Length
		}
	}
	return bytes
}

func TestPartitionsOfAnMBRAndTheChainOfAnExtendedOne(t *testing.T) {
	t.Parallel()
	disk := make([]byte, 40*mib)
	mbr(disk, [3]uint32{0x83, 2048, 16 * mib / 512}, [3]uint32{0x0f, 17 * 2048, 20 * 2048})
	copy(disk[mib:], readImage(t, extImage(t, 16*mib)))
	mbr(disk[17*mib:], [3]uint32{0x82, 2048, 4 * 2048}, [3]uint32{0x05, 8 * 2048, 6 * 2048})
	copy(disk[18*mib:], swapSpace(4*mib))
	mbr(disk[25*mib:], [3]uint32{0x82, 2048, 2 * 2048})
	copy(disk[26*mib:], swapSpace(2*mib))
	all, err := mapped(t, t.Context(), bytes.NewReader(disk), int64(len(disk)))
	require.NoError(t, err)
	requireWhole(t, all, block.Range{Length: 40 * mib})
	require.Equal(t, "partition 1", at(t, all, mib).In)
	for offset, want := range map[int64]filemap.Finding{
		0:                {Kind: filemap.PartitionTable},
		17 * mib:         {Kind: filemap.PartitionTable},
		25 * mib:         {Kind: filemap.PartitionTable},
		18 * mib:         {Kind: filemap.Swap, In: "partition 5"},
		26*mib + 5:       {Kind: filemap.Swap, In: "partition 6"},
		39 * mib:         {Kind: filemap.Outside},
		17*mib + 512:     {Kind: filemap.Outside},
		28*mib + 512<<10: {Kind: filemap.Outside},
	} {
		got := at(t, all, offset)
		got.Range = block.Range{}
		require.Equal(t, want, got, "byte %d", offset)
	}
}

// physicalVolume is a disk that LVM 2.03.16 has made: 64 MiB with extents of 1 MiB from the second mebibyte on. The
// volume "first" has the extents 0 to 9 and 18 to 22, and "second" 10 to 17.
func physicalVolume(t *testing.T) []byte {
	t.Helper()
	packed, err := os.Open("testdata/lvm-2.03.16-two-volumes.gz")
	require.NoError(t, err)
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	require.NoError(t, err)
	head, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	return append(head, make([]byte, 64*mib-len(head))...)
}

func TestRowV28VolumesOfLVM(t *testing.T) {
	t.Parallel()
	disk := physicalVolume(t)
	image := readImage(t, extImage(t, 15*mib))
	copy(disk[mib:], image[:10*mib])
	copy(disk[19*mib:], image[10*mib:])
	copy(disk[11*mib:], swapSpace(8*mib))
	all, err := mapped(t, t.Context(), bytes.NewReader(disk), int64(len(disk)))
	require.NoError(t, err)
	requireWhole(t, all, block.Range{Length: 64 * mib})
	require.Equal(t, filemap.VolumeLabel, at(t, all, 512).Kind)
	require.Equal(t, "vgdata", at(t, all, 4096).Name)
	require.Equal(t, "vgdata/first", at(t, all, mib).In)
	require.Equal(t, "superblock", at(t, all, mib+1024).Name)
	require.Equal(t, int64(5*mib), fileBytes(all, "/folder/deep/er/three"), "in both pieces of the volume")
	require.Equal(t, filemap.Finding{Range: block.Range{Offset: 11 * mib, Length: 8 * mib}, Kind: filemap.Swap, In: "vgdata/second"}, at(t, all, 15*mib))
	require.Equal(t, filemap.Finding{Range: block.Range{Offset: 24 * mib, Length: 40 * mib}, Kind: filemap.Free, Name: "no volume of vgdata"}, at(t, all, 60*mib))

	// A partition can be a physical volume.
	inside := gpt(80*mib, disk)
	all, err = mapped(t, t.Context(), bytes.NewReader(inside), int64(len(inside)))
	require.NoError(t, err)
	require.Equal(t, "partition 3 vgdata/second", at(t, all, 12*mib).In)
}

func TestLabelsOfWhatIsNotLookedInto(t *testing.T) {
	t.Parallel()
	oracle, luks := make([]byte, mib), make([]byte, mib)
	copy(oracle[28:], "\x7d\x7c\x7b\x7a")
	copy(luks, "LUKS\xba\xbe")
	for _, test := range []struct {
		disk []byte
		want filemap.Finding
	}{
		{swapSpace(mib), filemap.Finding{Kind: filemap.Swap}},
		{oracle, filemap.Finding{Kind: filemap.Unknown, Name: "data file of Oracle"}},
		{luks, filemap.Finding{Kind: filemap.Unknown, Name: "inside of LUKS"}},
		{make([]byte, mib), filemap.Finding{Kind: filemap.Unknown, Name: "nothing known is on it"}},
		{make([]byte, 100), filemap.Finding{Kind: filemap.Unknown, Name: "nothing known is on it"}},
	} {
		all, err := mapped(t, t.Context(), bytes.NewReader(test.disk), int64(len(test.disk)))
		require.NoError(t, err)
		test.want.Range = block.Range{Length: int64(len(test.disk))}
		require.Equal(t, []filemap.Finding{test.want}, all)
	}
}

func TestWhatIsBehindTheDataIsNotTheFileSystems(t *testing.T) {
	t.Parallel()
	answer, err := filemap.Map(t.Context(), zeros(2*mib), 2*mib, block.Ranges{{Offset: mib, Length: 4 * mib}},
		filemap.Options{Data: mib + 4096, Mounted: unmounted})
	require.NoError(t, err)
	require.Equal(t, []filemap.Finding{
		{Range: block.Range{Offset: mib, Length: 4096}, Kind: filemap.Unknown, Name: "nothing known is on it"},
		{Range: block.Between(mib+4096, 2*mib), Kind: filemap.Metadata, Name: "drbd"},
		{Range: block.Between(2*mib, 5*mib), Kind: filemap.Outside, Name: "behind the device's end"},
	}, answer.Findings)
}

// Tables and labels are read from disks that may be damaged.
func TestDamagedTablesEndNothing(t *testing.T) {
	t.Parallel()
	chain := make([]byte, 4*mib)
	mbr(chain, [3]uint32{0x83, 2048, 2048}, [3]uint32{0x0f, 4096, 4096})
	mbr(chain[2*mib:], [3]uint32{0x82, 2, 4}, [3]uint32{0x05, 16, 6})
	dice := rand.New(rand.NewPCG(3, 4))
	for _, disk := range [][]byte{physicalVolume(t)[:4*mib], gpt(4*mib, swapSpace(2*mib)), chain} {
		for range 300 {
			damaged := bytes.Clone(disk)
			for range 1 + dice.IntN(30) {
				damaged[dice.IntN(16<<10)] = byte(dice.Uint32())
			}
			all, err := mapped(t, t.Context(), bytes.NewReader(damaged), int64(len(damaged)))
			require.NoError(t, err)
			require.NotEmpty(t, all)
		}
	}
}
