package repair

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"ocfbox/internal/block"
)

// Rules of a plan.
const (
	planVersion = 1
	// Lifetime is how long a plan may be carried out.
	Lifetime = 24 * time.Hour
	// Leaf is the block in which devices are compared, and Extent the most that is written in one step, in bytes.
	Leaf   = 4 << 10
	Extent = 1 << 20
	// maxPlan bounds a plan's file, in bytes.
	maxPlan = 1 << 30
)

// ErrPlan is returned for a file that is no plan, or none that can be carried out.
var ErrPlan = errors.New("not a plan of a repair")

// A Digest is what contents are recognised by: SHA-256 with the plan's seed, cut to 128 bits.
type Digest block.Sum

// MarshalText is the digest in hexadecimal digits.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads it.
func (d *Digest) UnmarshalText(text []byte) error {
	if hex.DecodedLen(len(text)) != len(d) {
		return fmt.Errorf("digest %.40q: %w", text, ErrPlan)
	}
	_, err := hex.Decode(d[:], text)
	return err
}

// A Plan is what will be copied from where to where. Its JSON is a promise.
type Plan struct {
	Version int            `json:"version"`
	Source  block.Identity `json:"source"`
	Target  block.Identity `json:"target"`
	// Size is how much of both devices holds data, in bytes.
	Size    int64     `json:"size"`
	Seed    Digest    `json:"seed"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
	Pieces  []Piece   `json:"pieces"`
}

// A Piece is a part that is written in one step, and what both sides had there when the plan was made.
type Piece struct {
	block.Range
	Source Digest `json:"source"`
	Target Digest `json:"target"`
}

// Bytes is how much the plan writes.
func (p Plan) Bytes() int64 {
	var sum int64
	for _, piece := range p.Pieces {
		sum += piece.Length
	}
	return sum
}

// Ranges are the parts that the plan writes.
func (p Plan) Ranges() block.Ranges {
	var all block.Ranges
	for _, piece := range p.Pieces {
		all.Add(piece.Range)
	}
	return all
}

// A Disk is one side, as package block opens it.
type Disk interface {
	io.ReaderAt
	Size() int64
	Identity() block.Identity
}

// Draw makes a plan: of the ranges, what differs now. size ends the data of both. Nothing is written.
func Draw(ctx context.Context, source, target Disk, ranges block.Ranges, size int64, now time.Time) (Plan, error) {
	p := Plan{
		Version: planVersion, Source: source.Identity(), Target: target.Identity(), Size: size,
		Seed: Digest(block.NewSeed()), Made: now.UTC().Round(0), Expires: now.Add(Lifetime).UTC().Round(0),
	}
	if size <= 0 || size > source.Size() || size > target.Size() {
		return p, fmt.Errorf("%d bytes are to be repaired of devices with %d and %d", size, source.Size(), target.Size())
	}
	d, err := p.desk()
	if err != nil {
		return p, err
	}
	defer d.free()
	for _, r := range ranges.Coarse(Leaf, size) {
		for from := r.Offset; from < r.End(); from += Extent {
			if err := ctx.Err(); err != nil {
				return p, err
			}
			if err := p.draw(d, source, target, block.Between(from, min(from+Extent, r.End(), size))); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// draw adds what differs in a range of at most one extent.
func (p *Plan) draw(d *desk, source, target Disk, r block.Range) error {
	if r.Length <= 0 {
		return nil
	}
	a, b := d.a[:r.Length], d.b[:r.Length]
	if _, err := source.ReadAt(a, r.Offset); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	if _, err := target.ReadAt(b, r.Offset); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	var differ block.Ranges
	block.Differ(a, b, r.Offset, Leaf, &differ)
	for _, one := range differ {
		from, end := one.Offset-r.Offset, one.End()-r.Offset
		p.Pieces = append(p.Pieces, Piece{one, d.sum(a[from:end]), d.sum(b[from:end])})
	}
	return nil
}

// desk is memory for both sides, aligned for direct input and output.
type desk struct {
	a, b   []byte
	digest *block.Digester
}

func (p *Plan) desk() (*desk, error) { return newDesk(p.Seed, Extent) }

func newDesk(seed Digest, size int) (*desk, error) {
	digest, err := block.NewDigester(block.SHA256, seed)
	if err != nil {
		return nil, err
	}
	a, err := block.NewBuffer(size)
	if err != nil {
		return nil, err
	}
	b, err := block.NewBuffer(size)
	if err != nil {
		block.FreeBuffer(a)
		return nil, err
	}
	return &desk{a, b, digest}, nil
}

func (d *desk) free() {
	block.FreeBuffer(d.a)
	block.FreeBuffer(d.b)
}

func (d *desk) sum(content []byte) Digest { return Digest(d.digest.Sum(content)) }

// Write keeps the plan in a file, which must not be there yet.
func (p Plan) Write(path string) error {
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// ReadPlan reads a plan from a file. The error is ErrPlan where it is none.
func ReadPlan(path string) (Plan, error) {
	file, err := os.Open(path)
	if err != nil {
		return Plan{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxPlan))
	if err != nil {
		return Plan{}, err
	}
	p, err := ParsePlan(text)
	if err != nil {
		return p, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// ParsePlan reads a plan's text.
func ParsePlan(text []byte) (Plan, error) {
	var p Plan
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	if p.Version != planVersion {
		return p, fmt.Errorf("%w: version %d, not %d", ErrPlan, p.Version, planVersion)
	}
	var end int64
	for _, piece := range p.Pieces {
		if piece.Offset < end || piece.Length <= 0 || piece.Length > Extent || piece.Offset%Leaf != 0 ||
			piece.End() < piece.Offset || piece.End() > p.Size || piece.Length%Leaf != 0 && piece.End() != p.Size {
			return p, fmt.Errorf("%w: a piece of %d bytes at byte %d of %d", ErrPlan, piece.Length, piece.Offset, p.Size)
		}
		end = piece.End()
	}
	return p, nil
}
