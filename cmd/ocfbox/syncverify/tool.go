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
	"ocfbox/internal/drbd/metadata"
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
}

// Run compares a pair, and is the exit code of section 13. An error is a *Failure, or that the result could not be
// printed. When ctx ends, what is known is printed, and the cause decides about the code.
func (t *Tool) Run(ctx context.Context, o Options) (int, error) {
	if err := o.check(); err != nil {
		return 0, err
	}
	var sides [2]side
	for i, path := range o.Devices {
		one, err := open(path, o)
		if err != nil {
			return 0, err
		}
		defer one.Close()
		sides[i] = one
	}
	size, tail := extent(sides, o)
	checkpoint, seed, err := t.checkpoint(sides, size, o)
	if err != nil {
		return 0, err
	}
	defer checkpoint.Close()
	pair, err := verify.NewLocal(sides[0], sides[1], sides[0].data, sides[1].data, o.Hash, seed)
	if err != nil {
		return 0, &Failure{Err: err}
	}
	defer pair.Close()
	pace := progress{tool: t}
	result, err := verify.Run(ctx, pair, t.options(o, size, checkpoint, &pace))
	pace.end()
	result.A, result.B = sides[0].Identity(), sides[1].Identity()
	result.Uncompared = tail
	return t.finish(result, err, checkpoint, o)
}

// options are those of the run.
func (t *Tool) options(o Options, size int64, checkpoint *verify.Checkpoint, pace *progress) verify.Options {
	run := verify.Options{
		Size: size, Depth: o.Depth, Checkpoint: checkpoint, Rate: &block.Rate{PerSecond: o.Rate},
		Warn: func(err error) { fmt.Fprintf(t.Stderr, "ocfbox: warning: %v\n", err) },
	}
	if o.Fine {
		run.Fine = 512
	}
	if o.Offline {
		run.Confirmation = verify.Offline()
	}
	if !o.Quiet {
		run.Progress = pace.show
	}
	return run
}

// finish prints the result, and says with what code to exit.
func (t *Tool) finish(result verify.Result, err error, checkpoint *verify.Checkpoint, o Options) (int, error) {
	code := result.Code()
	switch {
	case err != nil && !errors.Is(err, context.Canceled):
		return 0, &Failure{Err: err, Code: verify.ExitReadError}
	case err != nil:
		code = verify.ExitInterrupted
	case result.Complete && len(result.Unread) == 0:
		if err := checkpoint.Remove(); err != nil {
			fmt.Fprintf(t.Stderr, "ocfbox: warning: %v\n", err)
		}
	}
	if o.Quiet {
		return code, nil
	}
	if err := t.print(result, o.Output); err != nil {
		// 0 and 1 would be an answer that nobody has read.
		return 0, &Failure{Err: err, Code: verify.ExitIncomplete}
	}
	return code, nil
}

// A side is a device and how much of it holds data.
type side struct {
	*block.Device
	data int64
}

// drbdMajor is the number of DRBD's own devices.
const drbdMajor = 147

// open opens a side, and finds out where its data end.
func open(path string, o Options) (side, error) {
	d, err := block.Open(path, block.OpenOptions{Direct: o.Direct, Cached: o.Cached, StaleIsFine: o.StaleIsFine})
	switch {
	case errors.Is(err, block.ErrCached):
		return side{}, &Failure{Err: err, Hint: "--i-know-cached-is-stale reads it all the same", Code: verify.ExitRefused}
	case err != nil:
		return side{}, &Failure{Err: err}
	}
	if d.Major() == drbdMajor {
		d.Close()
		return side{}, &Failure{
			Err:  fmt.Errorf("%s is DRBD's own device, which may be served from the other host", path),
			Hint: "compare the backing devices",
		}
	}
	s := side{d, d.Size()}
	if err := s.findEnd(o); err != nil {
		d.Close()
		return side{}, err
	}
	return s, nil
}

// findEnd is where the data end: where the user says, or before DRBD's internal meta data, or at the device's end.
func (s *side) findEnd(o Options) error {
	switch {
	case o.Size > s.Size():
		return &Failure{Err: fmt.Errorf("%s has only %d bytes", s.Path(), s.Size())}
	case o.Size > 0:
		s.data = o.Size
		return nil
	case o.Raw:
		return nil
	}
	super, err := metadata.Find(s.Device, s.Size())
	switch {
	case errors.Is(err, metadata.ErrNone):
		return nil
	case err != nil:
		return &Failure{Err: fmt.Errorf("%s: %w", s.Path(), err), Hint: "say with --size how much of it is data, or --raw to compare all"}
	}
	s.data = super.Effective
	return nil
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
		A: sides[0].Identity(), B: sides[1].Identity(), Size: size, Hash: o.Hash, Leaf: verify.Leaf,
		Seed: block.NewSeed(), Started: time.Now().Round(0).UTC(),
	}
	if o.State == "" {
		return nil, h.Seed, nil
	}
	if o.Resume {
		c, err := verify.Resume(o.State, h, o.MaxAge, time.Now())
		if err != nil {
			return nil, h.Seed, &Failure{Err: err, Hint: "without --resume the comparison begins anew"}
		}
		if c.Dropped > 0 {
			fmt.Fprintf(t.Stderr, "ocfbox: warning: the last %d bytes of %s are damaged; what they told is compared again\n", c.Dropped, o.State)
		}
		return c, c.Header().Seed, nil
	}
	if _, err := os.Lstat(o.State); err == nil {
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
