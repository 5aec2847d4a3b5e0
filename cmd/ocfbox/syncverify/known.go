package syncverify

import (
	"context"
	"errors"
	"fmt"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd/metadata"
)

// What tells which differences DRBD knows of.
const (
	byCounter = "counter"
	byBitmap  = "bitmap"
	byHint    = "bitmap-hint"
)

// label says which of the differences DRBD knows to be out of sync. Its counter is believed while it is 0: then it
// knows of none. Else the bitmaps on the disks here are read, which are current only while DRBD is down.
func (t *Tool) label(ctx context.Context, result *verify.Result, sides [2]side, state func(context.Context) verify.State) {
	if len(result.Ranges) == 0 {
		return
	}
	by := byBitmap
	if state != nil {
		now := state(ctx)
		if now.OutOfSync == 0 && now.Connected {
			result.Unknown, result.KnownBy = result.Ranges, byCounter
			return
		}
		by = byHint
	}
	var marked block.Ranges
	for _, s := range sides {
		if s.super == nil {
			continue
		}
		err := inBitmap(s, result.Ranges, &marked)
		switch {
		case errors.Is(err, metadata.ErrNoBitmap):
		case err != nil:
			t.warn(fmt.Errorf("%s: %w", s, err))
		default:
			result.KnownBy = by
		}
	}
	if result.KnownBy == "" {
		return
	}
	for _, differs := range result.Ranges {
		for _, known := range marked.Within(differs) {
			result.Known.Add(known)
		}
		for _, unknown := range marked.Gaps(differs) {
			result.Unknown.Add(unknown)
		}
	}
}

// inBitmap adds what a side's bitmap has marked in the ranges.
func inBitmap(s side, ranges block.Ranges, marked *block.Ranges) error {
	for _, r := range ranges {
		err := s.super.OutOfSync(s.device, r.Offset, r.End(), func(from, end int64) { marked.Add(block.Between(from, end)) })
		if err != nil {
			return err
		}
	}
	return nil
}
