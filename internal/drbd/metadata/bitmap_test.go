package metadata

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// withBitmap is a disk of 64 MiB whose meta data have bitmaps for some peers, with bits set towards one of them.
func withBitmap(format Format, peers, index int, bits []int) ([]byte, *Superblock) {
	const data = 64 << 20
	disk := make([]byte, data+1<<20)
	s := &Superblock{
		Format: format, At: int64(len(disk) - Size), Effective: data, BytesPerBit: 4096, BitmapAt: -512, MaxPeers: uint32(peers),
		Peers: []Peer{{Index: int32(index), Flags: 1}},
	}
	at := s.At + int64(s.BitmapAt)*sector
	for _, bit := range bits {
		word := disk[at+int64(4*(bit/32*peers+index)):]
		binary.LittleEndian.PutUint32(word, binary.LittleEndian.Uint32(word)|1<<(bit%32))
	}
	return disk, s
}

// Row V29: what the bitmap on the disk knows to be out of sync.
func TestBlocksThatTheBitmapKnowsAreTold(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		set := map[int]bool{}
		var bits []int
		for range random.IntN(20) {
			from := random.IntN(16384)
			for bit := from; bit < min(16384, from+1+random.IntN(100)); bit++ {
				set[bit] = true
				bits = append(bits, bit)
			}
		}
		format, peers, index := V08, 1, 0
		if random.IntN(2) == 0 {
			format, peers = V09, 1+random.IntN(7)
			index = random.IntN(peers)
		}
		disk, s := withBitmap(format, peers, index, bits)
		from, end := random.IntN(16384), random.IntN(16385)
		got := map[int]bool{}
		var before int64 = -1
		require.NoError(t, s.OutOfSync(bytes.NewReader(disk), int64(from)*4096, int64(end)*4096, func(first, last int64) {
			require.Greater(t, first, before, "in order, and apart")
			before = last
			for ; first < last; first += 4096 {
				got[int(first/4096)] = true
			}
		}))
		for bit := from; bit < end; bit++ {
			require.Equal(t, set[bit], got[bit], "%s with %d peers, bit %d of %d to %d", format, peers, bit, from, end)
		}
	}
}

func TestOtherMetaDataHaveNoBitmapToRead(t *testing.T) {
	disk, s := withBitmap(V09, 3, 1, nil)
	s.Peers[0].Index = -1
	require.ErrorIs(t, s.OutOfSync(bytes.NewReader(disk), 0, 1<<20, nil), ErrNoBitmap, "no peer was ever known")
	disk, s = withBitmap(V07, 1, 0, nil)
	require.ErrorIs(t, s.OutOfSync(bytes.NewReader(disk), 0, 1<<20, nil), ErrNoBitmap)
	_, s = withBitmap(V08, 1, 0, nil)
	require.ErrorContains(t, s.OutOfSync(bytes.NewReader(nil), 0, 1<<20, nil), "DRBD's bitmap")
}
