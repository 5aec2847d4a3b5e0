package process

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ocfbox/test/hanasim/core"
)

// A journal keeps a volume on disk: every change of the log is a line, flushed before it counts.
type journal struct {
	path string
	file *os.File
	// lazy holds entries that are in memory only: syncmem acknowledges them so.
	lazy []core.Entry
}

// A record is a line of a journal.
type record struct {
	Turns   []core.Turn  `json:"turns,omitempty"`
	Entry   *core.Entry  `json:"entry,omitempty"`
	Cut     *uint64      `json:"cut,omitempty"`
	Loading *bool        `json:"loading,omitempty"`
	InSync  map[int]bool `json:"in_sync,omitempty"`
}

// openJournal reads a volume from disk.
func openJournal(path string) (*journal, *core.Log, map[int]bool, error) {
	log, inSync, good, err := readJournal(path)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, nil, nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, nil, nil, err
	}
	// What follows must not be written behind half a line.
	if err := file.Truncate(good); err != nil {
		return nil, nil, nil, err
	}
	return &journal{path: path, file: file}, log, inSync, nil
}

// ReadJournal returns what a volume held, and which sites were in sync. What follows a torn line, which
// a loss of power can leave, was never acknowledged.
func ReadJournal(path string) (*core.Log, map[int]bool, error) {
	log, inSync, _, err := readJournal(path)
	return log, inSync, err
}

// readJournal also returns how long the good part of the file is.
func readJournal(path string) (log *core.Log, inSync map[int]bool, good int64, err error) {
	log, inSync = &core.Log{}, map[int]bool{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return log, inSync, 0, nil
	}
	if err != nil {
		return nil, nil, 0, err
	}
	for line := range bytes.Lines(text) {
		var r record
		if !bytes.HasSuffix(line, []byte("\n")) || json.Unmarshal(line, &r) != nil {
			break
		}
		if err := r.apply(log, inSync); err != nil {
			return nil, nil, 0, fmt.Errorf("read %s: %w", path, err)
		}
		good += int64(len(line))
	}
	return log, inSync, good, nil
}

func (r record) apply(log *core.Log, inSync map[int]bool) error {
	if r.Turns != nil {
		log.Turns = r.Turns
	}
	if r.Cut != nil {
		log.Truncate(*r.Cut)
	}
	if r.Loading != nil {
		log.Loading = *r.Loading
	}
	for id, yes := range r.InSync {
		inSync[id] = yes
	}
	if r.Entry != nil {
		return log.Add(*r.Entry)
	}
	return nil
}

// write makes records durable.
func (j *journal) write(records ...record) error {
	var text []byte
	for _, r := range records {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		text = append(append(text, line...), '\n')
	}
	if _, err := j.file.Write(text); err != nil {
		return fmt.Errorf("write %s: %w", j.path, err)
	}
	return j.file.Sync()
}

// entries makes rows durable.
func (j *journal) entries(list []core.Entry) error {
	records := make([]record, len(list))
	for i := range list {
		records[i].Entry = &list[i]
	}
	return j.write(records...)
}

// flush makes durable what is in memory only.
func (j *journal) flush() error {
	list := j.lazy
	j.lazy = nil
	if len(list) == 0 {
		return nil
	}
	return j.entries(list)
}

// restart begins anew with a log whose data is being replaced.
func (j *journal) restart(turns []core.Turn) error {
	j.lazy = nil
	if err := j.file.Truncate(0); err != nil {
		return err
	}
	yes := true
	return j.write(record{Turns: turns, Loading: &yes})
}
