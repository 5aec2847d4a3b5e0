package syncverify

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd/record"
)

// What becomes of the part that one side has more than the other.
const (
	TailReport = "report"
	TailIgnore = "ignore"
	TailZero   = "zero"
)

// Options are what the command line says.
type Options struct {
	// Devices are the two sides: paths here, or HOST:PATH.
	Devices []string
	// Output is text or json.
	Output string
	Quiet  bool
	// Size ends what is compared, in bytes, in place of what the devices and DRBD's meta data say; 0 asks them.
	Size int64
	// Raw compares DRBD's internal meta data as well, as if they were data.
	Raw  bool
	Tail string
	// Rate bounds what is read of each side, in bytes a second; 0 does not.
	Rate int64
	// Offline says that nobody writes to the devices.
	Offline bool
	Fine    bool
	Hash    string
	Depth   int
	// Direct reads files past the page cache, Cached devices through it, if StaleIsFine.
	Direct, Cached, StaleIsFine bool
	// State is the file of the checkpoint, empty for none; Resume goes on from it.
	State  string
	Resume bool
	MaxAge time.Duration
	// Record is RESOURCE/VOLUME, whose copies the devices are: what was found is kept on this host. Nobody watches such a
	// run, so it begins anew where it cannot go on.
	Record string
	// Rsh are the words that start a program on another host, empty for ssh. Outage is for how long a lost host is
	// tried to be reached again, Stall how long it may show no sign of life (0 is 30 s).
	Rsh           string
	Outage, Stall time.Duration
	// Resync is what a resync of DRBD does to the run, Freeze how the writers are stopped for what never rests.
	Resync, Freeze string
	// Auto reads with the lowest priority, and steps back when reads become slow; nil is for devices on which DRBD runs.
	Auto *bool
}

// check completes the options, or says what is wrong with them.
func (o *Options) check() error {
	if len(o.Devices) != 2 {
		return &Failure{Err: fmt.Errorf("two devices are to be compared, not %d", len(o.Devices)), Hint: "ocfbox sync verify /dev/a /dev/b"}
	}
	choices := []struct {
		name    string
		value   *string
		allowed []string
	}{
		{"output", &o.Output, []string{"text", "json"}},
		{"tail", &o.Tail, []string{TailReport, TailIgnore, TailZero}},
		{"during-resync", &o.Resync, []string{verify.ResyncPause, verify.ResyncGo, verify.ResyncAbort}},
		{"freeze", &o.Freeze, []string{"", FreezeFS, FreezeIO}},
		{"hash", &o.Hash, []string{block.XXH64, block.SHA256}},
	}
	for _, c := range choices {
		if *c.value == "" {
			*c.value = c.allowed[0]
		}
		if !slices.Contains(c.allowed, *c.value) {
			return &Failure{Err: fmt.Errorf("--%s cannot be %q", c.name, *c.value), Hint: strings.TrimPrefix(strings.Join(c.allowed, " or "), " or ")}
		}
	}
	if o.Record != "" {
		if _, _, err := record.Name(o.Record); err != nil {
			return &Failure{Err: fmt.Errorf("--record: %w", err)}
		}
	}
	switch {
	case o.Resume && o.State == "":
		return &Failure{Err: errors.New("--resume needs the checkpoint"), Hint: "name it with --state FILE"}
	case o.Outage < 0 || o.MaxAge < 0:
		return &Failure{Err: errors.New("a time is not negative")}
	case o.Size < 0 || o.Rate < 0 || o.Depth < 0 || o.Depth > maxDepth:
		return &Failure{Err: fmt.Errorf("a size and a rate are not negative, and a depth is at most %d", maxDepth)}
	}
	if o.MaxAge == 0 {
		o.MaxAge = defaultAge
	}
	return nil
}

const (
	// maxDepth keeps the memory for reading below 32 MiB.
	maxDepth = 16
	// defaultAge is how old a checkpoint may be.
	defaultAge = 7 * 24 * time.Hour
)

// ParseBytes reads a number of bytes with an optional unit: K, M, G or T of 1024.
func ParseBytes(text string) (int64, error) {
	number, shift := text, 0
	if text != "" {
		if at := strings.IndexByte("KMGT", text[len(text)-1]); at >= 0 {
			number, shift = text[:len(text)-1], 10*(at+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)>>shift {
		return 0, fmt.Errorf("%q is no number of bytes, such as 4096, 64K or 50M", text)
	}
	return n << shift, nil
}
