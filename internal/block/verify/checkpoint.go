package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ocfbox/internal/block"
)

// Rules of the checkpoint (section 13).
const (
	checkpointVersion = 1
	// checkpointEvery and checkpointBytes are when what was done is written down, whichever comes first.
	checkpointEvery = 5 * time.Second
	checkpointBytes = 4 << 30
	// checkpointRewrite is the size in bytes beyond which the file is written anew with the sums only.
	checkpointRewrite = 1 << 20
)

// Errors of a checkpoint that cannot be gone on from.
var (
	// ErrDamaged is returned when the first line is not to be read: nothing in the file can be trusted.
	ErrDamaged = errors.New("damaged checkpoint")
	// ErrOther is returned when the checkpoint is another pair's, or another kind of run's.
	ErrOther = errors.New("checkpoint of another comparison")
	// ErrOld is returned when the checkpoint is too old to say anything about the pair of today.
	ErrOld = errors.New("checkpoint too old")
)

// A Header is the first line of a checkpoint: what the run compares, and how.
type Header struct {
	Version int            `json:"version"`
	A       block.Identity `json:"a"`
	B       block.Identity `json:"b"`
	Size    int64          `json:"size"`
	Hash    string         `json:"hash"`
	Seed    [16]byte       `json:"seed"`
	Leaf    int            `json:"leaf"`
	Started time.Time      `json:"started"`
}

// known is what an earlier run has done, or the lines since the last one was written.
type known struct {
	// Time is when the line was written; Oldest when the first of all was. What could not be read is not done: a
	// run that goes on tries it again.
	Time      time.Time    `json:"t"`
	Oldest    time.Time    `json:"oldest"`
	Done      block.Ranges `json:"done,omitempty"`
	Suspected block.Ranges `json:"suspected,omitempty"`
}

// A Checkpoint keeps on disk what a run has done, so that it can be gone on with after an interruption.
type Checkpoint struct {
	path   string
	header Header
	file   *os.File
	// size is the file's, whole what it had when it was last written anew.
	size, whole int64
	all         known
	fresh       known
	dirty       int64
	written     time.Time
	told        bool
	// Dropped tells how many bytes at the end were not to be read: what they told is compared again.
	Dropped int
}

// NewCheckpoint begins a checkpoint, in place of what the file has held.
func NewCheckpoint(path string, h Header) (*Checkpoint, error) {
	h.Version = checkpointVersion
	c := &Checkpoint{path: path, header: h, all: known{Oldest: h.Started}}
	return c, c.rewrite()
}

// Resume goes on from a checkpoint of the same comparison that is not older than maxAge. The header that is wanted
// has no seed and no start: those are the checkpoint's.
func Resume(path string, want Header, maxAge time.Duration, now time.Time) (*Checkpoint, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	h, all, dropped, err := ParseCheckpoint(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	want.Version, want.Seed, want.Started = checkpointVersion, h.Seed, h.Started
	if h != want {
		return nil, fmt.Errorf("%s: %w: %s", path, ErrOther, otherwise(h, want))
	}
	if age := now.Sub(all.Oldest); age > maxAge {
		return nil, fmt.Errorf("%s: %w: begun %v ago", path, ErrOld, age.Round(time.Hour))
	}
	c := &Checkpoint{path: path, header: h, all: all, Dropped: dropped}
	return c, c.rewrite()
}

// otherwise says in what two headers differ.
func otherwise(have, want Header) string {
	switch {
	case have.Version != want.Version:
		return fmt.Sprintf("version %d, not %d", have.Version, want.Version)
	case have.A != want.A:
		return fmt.Sprintf("it has %+v, the device is %+v", have.A, want.A)
	case have.B != want.B:
		return fmt.Sprintf("it has %+v, the device is %+v", have.B, want.B)
	case have.Size != want.Size:
		return fmt.Sprintf("it compares %d bytes, not %d", have.Size, want.Size)
	case have.Hash != want.Hash:
		return fmt.Sprintf("its digest is %s, not %s", have.Hash, want.Hash)
	}
	return "it compares in other blocks"
}

// Header is the first line, with the seed to go on with.
func (c *Checkpoint) Header() Header { return c.header }

// Close gives the file back, Remove also ends its life: the run is complete.
func (c *Checkpoint) Close() error {
	if c == nil || c.file == nil {
		return nil
	}
	err := c.file.Close()
	c.file = nil
	return err
}

// Remove deletes the file.
func (c *Checkpoint) Remove() error {
	if c == nil {
		return nil
	}
	return errors.Join(c.Close(), os.Remove(c.path))
}

// known is what there is to go on from.
func (c *Checkpoint) known() known {
	if c == nil {
		return known{}
	}
	// The run appends to its own.
	k := c.all
	k.Done, k.Suspected = append(block.Ranges(nil), k.Done...), append(block.Ranges(nil), k.Suspected...)
	return k
}

// note takes in what a part has shown; it is written by the next save.
func (c *Checkpoint) note(part block.Range, o Outcome) {
	if c == nil {
		return
	}
	var unread block.Ranges
	for _, failed := range o.Failed {
		unread.Add(failed.Range)
	}
	for _, k := range []*known{&c.all, &c.fresh} {
		for _, done := range unread.Gaps(part) {
			k.Done.Add(done)
		}
		for _, differs := range o.Differ {
			k.Suspected.Add(differs)
		}
		if len(k.Suspected) > maxRanges {
			k.Suspected = k.Suspected.Coarse(Extent, c.header.Size)
		}
	}
	c.dirty += part.Length
}

// save writes what is new, if there is enough of it, or now. told says that the same trouble was returned before.
func (c *Checkpoint) save(now bool) (told bool, err error) {
	if c == nil || c.dirty == 0 {
		return false, nil
	}
	if !now && c.dirty < checkpointBytes && time.Since(c.written) < checkpointEvery {
		return false, nil
	}
	if c.file == nil || c.size > max(checkpointRewrite, 2*c.whole) || c.told {
		err = c.rewrite()
	} else {
		err = c.appendFresh()
	}
	if err != nil {
		told, c.told = c.told, true
		return told, fmt.Errorf("the run goes on, but cannot be resumed from here: %w", err)
	}
	c.told = false
	return false, nil
}

// appendFresh adds one line.
func (c *Checkpoint) appendFresh() error {
	c.fresh.Time, c.fresh.Oldest = time.Now(), c.all.Oldest
	line, err := sealed(c.fresh)
	if err != nil {
		return err
	}
	if _, err := c.file.Write(line); err != nil {
		return err
	}
	if err := c.file.Sync(); err != nil {
		return err
	}
	c.size += int64(len(line))
	c.clean()
	return nil
}

// rewrite replaces the file by one with the header and one line, in one step: a crash leaves the old or the new one.
func (c *Checkpoint) rewrite() error {
	c.all.Time = time.Now()
	head, err := sealed(c.header)
	if err != nil {
		return err
	}
	body, err := sealed(c.all)
	if err != nil {
		return err
	}
	temporary := c.path + ".new"
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(head, body...))
	err = errors.Join(err, file.Sync())
	if err == nil {
		err = os.Rename(temporary, c.path)
	}
	if err != nil {
		file.Close()
		os.Remove(temporary)
		return err
	}
	c.Close()
	c.file, c.size = file, int64(len(head)+len(body))
	c.whole = c.size
	c.clean()
	return syncDir(filepath.Dir(c.path))
}

func (c *Checkpoint) clean() { c.fresh, c.dirty, c.written = known{}, 0, time.Now() }

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// sealed is a line: a digest, a blank, and a JSON document.
func sealed(document any) ([]byte, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s %s\n", seal(text), text), nil
}

// seal tells a line that was written whole from one that was not.
func seal(text []byte) []byte {
	d, _ := block.NewDigester(block.XXH64, [16]byte{}) // a kind that is there
	sum := d.Sum(text)
	return fmt.Appendf(nil, "%x", sum[:8])
}

// unseal reads a line into a document; false says that it is damaged.
func unseal(line []byte, into any) bool {
	sum, text, ok := bytes.Cut(line, []byte(" "))
	return ok && bytes.Equal(sum, seal(text)) && json.Unmarshal(text, into) == nil
}

// ParseCheckpoint reads the text of a checkpoint. A damaged first line is ErrDamaged; from the first damaged line
// on, the others are dropped, and their bytes counted.
func ParseCheckpoint(text []byte) (h Header, all known, dropped int, err error) {
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if !unseal(first, &h) {
		return h, all, 0, ErrDamaged
	}
	all.Oldest = h.Started
	for len(rest) > 0 {
		line, behind, whole := bytes.Cut(rest, []byte("\n"))
		var k known
		if !whole || !unseal(line, &k) || !k.sane(h.Size) {
			return h, all, len(rest), nil
		}
		for _, r := range k.Done {
			all.Done.Add(r)
		}
		for _, r := range k.Suspected {
			all.Suspected.Add(r)
		}
		all.Time = k.Time
		rest = behind
	}
	return h, all, 0, nil
}

// sane reports whether a line speaks of the pair.
func (k known) sane(size int64) bool {
	for _, ranges := range []block.Ranges{k.Done, k.Suspected} {
		if !ranges.IsOrdered() || len(ranges) > 0 && (ranges[0].Offset < 0 || ranges[len(ranges)-1].End() > size) {
			return false
		}
	}
	return true
}
