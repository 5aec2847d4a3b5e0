package block

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// A Sum is the digest of a block. A digest of 64 bits fills the first 8 bytes.
type Sum [16]byte

// Kinds of digests. XXH64 is fast and is fed with the run's seed first, so that another run re-rolls what may have
// collided by accident. SHA256, cut to 128 bits, is for contents that somebody may have chosen to collide.
const (
	XXH64  = "xxh64"
	SHA256 = "sha256"
)

// A Digester computes digests of one kind. It is not for several goroutines.
type Digester struct {
	kind string
	seed [16]byte
	fast xxhash.Digest
}

// NewDigester is a digester of a kind, with the seed of the run. An unknown kind is an error.
func NewDigester(kind string, seed [16]byte) (*Digester, error) {
	if kind != XXH64 && kind != SHA256 {
		return nil, fmt.Errorf("no digest is called %q", kind)
	}
	return &Digester{kind: kind, seed: seed}, nil
}

// NewSeed is a seed for a run.
func NewSeed() (seed [16]byte) {
	_, _ = rand.Read(seed[:]) // never fails
	return seed
}

// Sum is the digest of a block.
func (d *Digester) Sum(block []byte) (sum Sum) {
	if d.kind == SHA256 {
		h := sha256.New()
		h.Write(d.seed[:])
		h.Write(block)
		var whole [sha256.Size]byte
		copy(sum[:], h.Sum(whole[:0]))
		return sum
	}
	d.fast.ResetWithSeed(binary.LittleEndian.Uint64(d.seed[:8]))
	_, _ = d.fast.Write(d.seed[8:])
	_, _ = d.fast.Write(block)
	binary.LittleEndian.PutUint64(sum[:8], d.fast.Sum64())
	return sum
}
