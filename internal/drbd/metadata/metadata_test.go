package metadata

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// The test disk of the specification, section 7: 256 MiB with internal meta data of 88 sectors.
const (
	diskSize = 268435456
	usable   = 268390400
)

// superblock is one of a layout, with the numbers of the specification's disk.
func superblock(format Format) []byte {
	b := make([]byte, Size)
	put, put32 := binary.BigEndian.PutUint64, binary.BigEndian.PutUint32
	if format == V07 {
		put(b, (diskSize-fixed)/1024)
		for i := range 5 {
			put32(b[8+4*i:], uint32(i+1))
		}
		put32(b[28:], magic07)
		return b
	}
	put(b, usable/sector)
	put(b[8:], 0xc0)
	put32(b[56:], Consistent|WasUpToDate)
	put32(b[60:], map[Format]uint32{V08: magic08, V08Unclean: magic08Unclean, V09: magic09}[format])
	put32(b[64:], 88)
	put32(b[68:], 0xfffffff8)
	put32(b[76:], 0xffffffb0)
	put32(b[80:], 4096)
	if format == V09 {
		put(b[48:], 0xdd)
		put32(b[88:], 1)
		put32(b[92:], 1)
		put(b[112+32*3:], 0xb3)
		put32(b[112+32*3+20:], 0xffffffff)
		put(b[112+32*32:], 0x11)
		return b
	}
	put(b[16:], 0xb0)
	put(b[24:], 0x11)
	put(b[40:], 0xdd)
	return b
}

// disk is a reader in which a superblock lies at a byte, and zeros elsewhere.
type disk struct {
	at    int64
	block []byte
	// torn makes every look see another block.
	torn  bool
	looks int
}

func (d *disk) ReadAt(p []byte, offset int64) (int, error) {
	clear(p)
	if offset == d.at {
		copy(p, d.block)
		if d.looks++; d.torn {
			p[100] = byte(d.looks)
		}
	}
	return len(p), nil
}

func TestRowV6InternalMetaDataTellHowMuchIsData(t *testing.T) {
	for _, format := range []Format{V08, V08Unclean, V09} {
		s, err := Find(&disk{at: diskSize - Size, block: superblock(format)}, diskSize)
		require.NoError(t, err, format)
		require.Equal(t, format, s.Format)
		require.Equal(t, int64(usable), s.Effective)
		require.Equal(t, int64(diskSize-Size), s.At)
		require.Equal(t, uint64(0xc0), s.Current)
		require.Equal(t, uint64(0xdd), s.Device)
		require.Equal(t, uint64(0x11), s.History[0])
		require.Equal(t, int32(-8), s.ActivityAt)
		require.Equal(t, int32(-80), s.BitmapAt)
		require.Equal(t, uint32(4096), s.BytesPerBit)
		require.Equal(t, uint32(Consistent|WasUpToDate), s.Flags)
	}
	s, err := Find(&disk{at: diskSize - fixed, block: superblock(V07)}, diskSize+511)
	require.NoError(t, err)
	require.Equal(t, V07, s.Format)
	require.Equal(t, int64(diskSize-fixed), s.Effective)
	require.Equal(t, [5]uint32{1, 2, 3, 4, 5}, s.Generations)
}

func TestPeersOfNineHaveTheirSlots(t *testing.T) {
	s, err := Parse(superblock(V09))
	require.NoError(t, err)
	require.Equal(t, []Peer{{Slot: 3, Bitmap: 0xb3, Index: -1}}, s.Peers)
	require.Equal(t, int32(1), s.NodeID)
	require.Len(t, s.History, 32)
}

func TestADiskWithoutMetaDataSaysSo(t *testing.T) {
	for _, size := range []int64{0, 512, 4096, 8192, diskSize} {
		_, err := Find(&disk{at: -1}, size)
		require.ErrorIs(t, err, ErrNone)
	}
}

func TestASuperblockThatCannotBeTrueIsRefused(t *testing.T) {
	for what, change := range map[string]func([]byte){
		"data behind the superblock": func(b []byte) { binary.BigEndian.PutUint64(b, diskSize/sector) },
		"no data":                    func(b []byte) { binary.BigEndian.PutUint64(b, 0) },
		"more than any disk":         func(b []byte) { binary.BigEndian.PutUint64(b, 1<<63) },
	} {
		block := superblock(V08)
		change(block)
		_, err := Find(&disk{at: diskSize - Size, block: block}, diskSize)
		require.ErrorContains(t, err, "DRBD meta data", what)
		require.False(t, errors.Is(err, ErrNone), what)
	}
}

func TestASuperblockUnderWayIsReadAgain(t *testing.T) {
	d := &disk{at: diskSize - Size, block: superblock(V09), torn: true}
	_, err := Find(d, diskSize)
	require.ErrorIs(t, err, ErrChanging)
	require.Equal(t, looks, d.looks)
}

func FuzzParse(f *testing.F) {
	for _, format := range []Format{V07, V08, V08Unclean, V09} {
		f.Add(superblock(format))
	}
	f.Add(bytes.Repeat([]byte{0xff}, Size))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err == nil {
			require.GreaterOrEqual(t, s.Effective, int64(0))
		}
	})
}
