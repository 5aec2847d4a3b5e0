package syncverify

import (
	"errors"
	"io/fs"
	"time"

	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd/record"
)

// keep writes down what a run has found of the copies of a volume, if that is wanted. One that was interrupted has found
// nothing, but for what it has seen to differ.
func (t *Tool) keep(r verify.Result, err error, o Options) {
	if o.Record == "" {
		return
	}
	resource, volume, _ := record.Name(o.Record) // checked before
	kept := record.Record{
		Resource: resource, Volume: volume, Oldest: r.Oldest.Round(0), Ended: time.Now().Round(0), Outcome: record.Partial,
		Differing: r.Ranges.Bytes(),
	}
	switch {
	case len(r.Ranges) > 0:
		kept.Outcome = record.Different
	case err == nil && r.Code() == verify.ExitSame:
		kept.Outcome = record.Clean
	}
	folder := t.Records
	if folder == "" {
		folder = record.Folder
	}
	if err := kept.Write(folder); err != nil {
		t.warn(err)
	}
}

// beginsAnew reports whether a run that nobody watches has nothing to go on from: there is no checkpoint, or none of
// this comparison that can be used. The reason is told.
func (t *Tool) beginsAnew(o Options, h verify.Header) bool {
	if o.Record == "" {
		return false
	}
	c, err := verify.Resume(o.State, h, o.MaxAge, time.Now())
	if err == nil {
		_ = c.Close()
		return false
	}
	if !errors.Is(err, fs.ErrNotExist) {
		t.warn(err)
	}
	return true
}
