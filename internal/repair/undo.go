package repair

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"

	"ocfbox/internal/block"
)

// Rules of the file that keeps what is overwritten. It begins with a line of JSON; each record is a head and the old
// contents. A record is on the medium before the first byte of its piece is written, so a last record that is not whole
// is of a piece that was not begun.
const (
	undoVersion = 1
	undoMark    = "OCFUNDO1"
	undoHead    = 64
	// maxUndoLine bounds the first line, in bytes.
	maxUndoLine = 64 << 10
)

// ErrUndo is returned for a file that does not keep what a repair has overwritten, or that of another one.
var ErrUndo = errors.New("not the undo file of this repair")

// undoHeader is the first line: the plan without its pieces.
type undoHeader struct {
	Version int  `json:"version"`
	Plan    Plan `json:"plan"`
}

// A record is one piece that was, or was about to be, overwritten.
type record struct {
	block.Range
	// before and after are digests of the old and the new contents; at is where the file has the old ones.
	before, after Digest
	at            int64
}

// An Undo keeps what a repair overwrites.
type Undo struct {
	file    *os.File
	plan    Plan
	end     int64
	records map[int64]record
	order   []int64
}

// OpenUndo begins an undo file for a plan, or goes on with the one that is there. resumed says that it was there.
func OpenUndo(path string, p Plan) (u *Undo, resumed bool, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false, err
	}
	u = &Undo{file: file, records: make(map[int64]record)}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.Size() == 0:
		err = u.begin(path, p)
	default:
		resumed = true
		if err = u.read(); err == nil && !samePlan(u.plan, p) {
			err = fmt.Errorf("%w: it is of the plan of %s for %s", ErrUndo, u.plan.Made, u.plan.Target.Path)
		}
		if err == nil {
			// What is behind the last whole record was never relied on.
			err = file.Truncate(u.end)
		}
	}
	if err != nil {
		file.Close()
		return nil, resumed, fmt.Errorf("%s: %w", path, err)
	}
	return u, resumed, nil
}

// ReadUndo reads an undo file, to put back what it has.
func ReadUndo(path string) (*Undo, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	u := &Undo{file: file, records: make(map[int64]record)}
	if err := u.read(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return u, nil
}

// samePlan compares two plans but for their pieces.
func samePlan(a, b Plan) bool {
	return a.Source == b.Source && a.Target == b.Target && a.Size == b.Size && a.Seed == b.Seed && a.Made.Equal(b.Made)
}

// Plan is the plan that was carried out, without its pieces.
func (u *Undo) Plan() Plan { return u.plan }

// Close gives the file back.
func (u *Undo) Close() error { return u.file.Close() }

func (u *Undo) begin(path string, p Plan) error {
	u.plan = p
	u.plan.Pieces = nil
	line, err := json.Marshal(undoHeader{undoVersion, u.plan})
	if err != nil {
		return err
	}
	if _, err := u.file.Write(append(line, '\n')); err != nil {
		return err
	}
	u.end = int64(len(line)) + 1
	return errors.Join(u.file.Sync(), syncDir(filepath.Dir(path)))
}

// read reads the first line and all whole records.
func (u *Undo) read() error {
	head := make([]byte, maxUndoLine)
	n, err := u.file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	line, _, whole := bytes.Cut(head[:n], []byte("\n"))
	var h undoHeader
	if !whole || json.Unmarshal(line, &h) != nil || h.Version != undoVersion || h.Plan.Size <= 0 {
		return ErrUndo
	}
	u.plan, u.end = h.Plan, int64(len(line))+1
	info, err := u.file.Stat()
	if err != nil {
		return err
	}
	for {
		r, ok := u.readHead(info.Size())
		if !ok {
			return nil
		}
		// A piece is kept once more only where the first record of it did not reach the medium whole.
		if _, there := u.records[r.Offset]; !there {
			u.order = append(u.order, r.Offset)
		}
		u.records[r.Offset] = r
		u.end = r.at + r.Length
	}
}

// readHead reads the head of the record at the end of those that were read; false says that there is no whole record.
func (u *Undo) readHead(size int64) (r record, ok bool) {
	b := make([]byte, undoHead)
	if _, err := u.file.ReadAt(b, u.end); err != nil || string(b[:8]) != undoMark {
		return r, false
	}
	if xxhash.Sum64(b[:56]) != binary.LittleEndian.Uint64(b[56:]) {
		return r, false
	}
	r.Range = block.Range{Offset: int64(binary.LittleEndian.Uint64(b[8:])), Length: int64(binary.LittleEndian.Uint64(b[16:]))}
	copy(r.before[:], b[24:40])
	copy(r.after[:], b[40:56])
	r.at = u.end + undoHead
	return r, r.Length > 0 && r.Length <= Extent && r.Offset >= 0 && r.End() <= u.plan.Size && r.at+r.Length <= size
}

// keep adds what a piece has held. It is safe after Sync only.
func (u *Undo) keep(p Piece, old []byte) error {
	b := make([]byte, undoHead, undoHead+len(old))
	copy(b, undoMark)
	binary.LittleEndian.PutUint64(b[8:], uint64(p.Offset))
	binary.LittleEndian.PutUint64(b[16:], uint64(p.Length))
	copy(b[24:], p.Target[:])
	copy(b[40:], p.Source[:])
	binary.LittleEndian.PutUint64(b[56:], xxhash.Sum64(b[:56]))
	if _, err := u.file.WriteAt(append(b, old...), u.end); err != nil {
		return fmt.Errorf("keep what is overwritten: %w", err)
	}
	if _, there := u.records[p.Offset]; !there {
		u.order = append(u.order, p.Offset)
	}
	u.records[p.Offset] = record{p.Range, p.Target, p.Source, u.end + undoHead}
	u.end += undoHead + p.Length
	return nil
}

// sync waits until all that was kept is on the medium.
func (u *Undo) sync() error {
	if err := u.file.Sync(); err != nil {
		return fmt.Errorf("keep what is overwritten: %w", err)
	}
	return nil
}

// old reads what a record has kept; false says that it was not kept whole.
func (u *Undo) old(r record, into []byte, d *desk) bool {
	_, err := u.file.ReadAt(into[:r.Length], r.at)
	return err == nil && d.sum(into[:r.Length]) == r.before
}
