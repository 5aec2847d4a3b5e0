// Package syncverify is the command ocfbox sync verify: it opens a pair of devices, has package verify compare
// them, and prints what was found (docs/spec/replication-checker.md, sections 7 to 13).
package syncverify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/block/wire"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/run"
)

// A Failure is what kept the devices from being compared, what to try, and the exit code (0 is a mistake on the
// command line).
type Failure struct {
	Err  error
	Hint string
	Code int
}

// Error is what went wrong.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

// ExitCode is the code to exit with.
func (f *Failure) ExitCode() int {
	if f.Code == 0 {
		return verify.ExitUsage
	}
	return f.Code
}

// A Tool compares and prints. The result goes to Stdout, everything else to Stderr.
type Tool struct {
	Stdout, Stderr io.Writer
	// Terminal says that Stderr is one: progress is then one line that changes every second.
	Terminal bool
	// Runner starts the program that reaches another host, with Env added to its environment.
	Runner run.Runner
	Env    []string
	// Version is this program's.
	Version string
	// Source is how DRBD is asked here, nil for not at all.
	Source *feed.Source
	// Records is the folder for what runs have found, record.Folder where it is empty.
	Records string
}

// Run compares a pair, and is the exit code of section 13. An error is a *Failure, or that the result could not be
// printed. When ctx ends, what is known is printed, and the cause decides about the code.
func (t *Tool) Run(ctx context.Context, o Options) (int, error) {
	if err := o.check(); err != nil {
		return 0, err
	}
	code, err := t.compare(ctx, o)
	if errors.Is(err, context.Canceled) {
		// Before anything was compared.
		return verify.ExitInterrupted, nil
	}
	return code, err
}

// compare opens the sides, and has them compared.
func (t *Tool) compare(ctx context.Context, o Options) (int, error) {
	var sides [2]side
	for i, word := range o.Devices {
		one, err := t.open(ctx, word, o)
		if err != nil {
			return 0, err
		}
		defer one.Close()
		sides[i] = one
	}
	for i, s := range sides {
		if s.device != nil {
			sides[i].replica = t.replicaOf(ctx, s.device, sides[1-i].peerName())
		}
	}
	state := states(sides)
	size, tail := extent(sides, o)
	checkpoint, seed, err := t.checkpoint(sides, size, o)
	if err != nil {
		return 0, err
	}
	defer checkpoint.Close()
	gentle := state != nil
	if o.Auto != nil {
		gentle = *o.Auto
	}
	pair, depth, free, err := pairOf(ctx, sides, o, seed, gentle)
	if err != nil {
		return 0, err
	}
	defer free()
	pace := progress{tool: t}
	how := t.options(o, size, checkpoint, &pace)
	how.Depth, how.State = depth, state
	how.Freeze = t.freezer(sides, o)
	if gentle {
		beGentle()
		if sides[0].link == nil && sides[1].link == nil {
			how.Pace = &block.Pace{Most: depth}
		}
	}
	result, err := verify.Run(ctx, pair, how)
	pace.end()
	result.A, result.B = sides[0].identity(), sides[1].identity()
	result.Uncompared = tail
	if err == nil {
		t.label(ctx, &result, sides, state)
	}
	t.keep(result, err, o)
	return t.finish(result, err, checkpoint, o)
}

// warn tells what does not end the run.
func (t *Tool) warn(err error) { fmt.Fprintf(t.Stderr, "ocfbox: warning: %v\n", err) }

// options are those of the run.
func (t *Tool) options(o Options, size int64, checkpoint *verify.Checkpoint, pace *progress) verify.Options {
	all := verify.Options{
		Size: size, Depth: o.Depth, Resync: o.Resync, Checkpoint: checkpoint, Rate: &block.Rate{PerSecond: o.Rate},
		Warn: t.warn,
	}
	if o.Fine {
		all.Fine = 512
	}
	if o.Offline {
		all.Confirmation = verify.Offline()
	}
	if !o.Quiet {
		all.Progress = pace.show
	}
	return all
}

// finish prints the result, and says with what code to exit.
func (t *Tool) finish(result verify.Result, err error, checkpoint *verify.Checkpoint, o Options) (int, error) {
	code := result.Code()
	var lost error
	var peer *wire.PeerError
	switch {
	case errors.As(err, &peer):
		// What was compared until then is told, and kept.
		failed := hinted(err, peer.Host)
		if failed.Code == verify.ExitPeer && checkpoint != nil {
			failed.Hint = "--resume --state " + o.State + " goes on"
		}
		lost = failed
	case errors.Is(err, verify.ErrResync):
		lost = &Failure{Err: err, Hint: "the comparison can go on when it has ended", Code: verify.ExitIncomplete}
	case err != nil && !errors.Is(err, context.Canceled):
		return 0, &Failure{Err: err, Code: verify.ExitReadError}
	case err != nil:
		code = verify.ExitInterrupted
	case result.Complete && len(result.Unread) == 0:
		if err := checkpoint.Remove(); err != nil {
			t.warn(err)
		}
	}
	if !o.Quiet {
		if err := t.print(result, o.Output); err != nil {
			// 0 and 1 would be an answer that nobody has read.
			return 0, &Failure{Err: err, Code: verify.ExitIncomplete}
		}
	}
	if lost != nil {
		return 0, lost
	}
	return code, nil
}

// extent is how much is compared, and what one side has more that is not.
func extent(sides [2]side, o Options) (int64, *block.Range) {
	least, most := min(sides[0].data, sides[1].data), max(sides[0].data, sides[1].data)
	switch {
	case o.Tail == TailZero:
		return most, nil
	case least < most && o.Tail == TailReport:
		tail := block.Between(least, most)
		return least, &tail
	}
	return least, nil
}

// checkpoint opens the file that remembers the run, if one is wanted, and is the seed of the run's digests.
func (t *Tool) checkpoint(sides [2]side, size int64, o Options) (*verify.Checkpoint, [16]byte, error) {
	h := verify.Header{
		A: sides[0].identity(), B: sides[1].identity(), Size: size, Hash: o.Hash, Leaf: verify.Leaf,
		Seed: block.NewSeed(), Started: time.Now().Round(0).UTC(),
	}
	if o.State == "" {
		return nil, h.Seed, nil
	}
	if o.Resume && !t.beginsAnew(o, h) {
		c, err := verify.Resume(o.State, h, o.MaxAge, time.Now())
		if err != nil {
			return nil, h.Seed, &Failure{Err: err, Hint: "without --resume the comparison begins anew"}
		}
		if c.Dropped > 0 {
			t.warn(fmt.Errorf("the last %d bytes of %s are damaged; what they told is compared again", c.Dropped, o.State))
		}
		return c, c.Header().Seed, nil
	}
	if _, err := os.Lstat(o.State); err == nil && !(o.Resume && o.Record != "") {
		return nil, h.Seed, &Failure{
			Err:  fmt.Errorf("%s is there already", o.State),
			Hint: "--resume goes on from it; remove it to begin anew",
		}
	}
	c, err := verify.NewCheckpoint(o.State, h)
	if err != nil {
		return nil, h.Seed, &Failure{Err: err}
	}
	return c, h.Seed, nil
}
