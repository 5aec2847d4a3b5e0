package syncverify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
)

// printed is how many ranges the text names; the JSON has all.
const printed = 100

// print writes the result to standard output.
func (t *Tool) print(r verify.Result, output string) error {
	if output == "json" {
		if r.Ranges == nil {
			r.Ranges = block.Ranges{}
		}
		text, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.Stdout, "%s\n", text)
		return err
	}
	_, err := fmt.Fprint(t.Stdout, text(r))
	return err
}

// text is the result for a reader.
func text(r verify.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", verdict(r), sum(r))
	list := func(what string, ranges block.Ranges) {
		for i, one := range ranges {
			if i == printed {
				fmt.Fprintf(&b, "%s: %d ranges more; --output json names all\n", what, len(ranges)-printed)
				return
			}
			fmt.Fprintf(&b, "%s: offset=%d length=%d\n", what, one.Offset, one.Length)
		}
	}
	list("differs", r.Ranges)
	if r.KnownBy != "" {
		fmt.Fprintf(&b, "known to DRBD as out of sync: %d bytes; believed by DRBD to be equal: %d bytes (by its %s)\n",
			r.Known.Bytes(), r.Unknown.Bytes(), r.KnownBy)
	}
	list("writes reach one side only", r.OneSided)
	list("changes all the time", r.Unstable)
	for _, failed := range r.Errors {
		fmt.Fprintf(&b, "unread: offset=%d length=%d: %s\n", failed.Offset, failed.Length, failed.Error)
	}
	if r.Suspected > 0 {
		fmt.Fprintf(&b, "interrupted: %d bytes more were seen to differ, and not looked at again\n", r.Suspected)
	}
	if r.Uncompared != nil {
		fmt.Fprintf(&b, "only one side has it: offset=%d length=%d\n", r.Uncompared.Offset, r.Uncompared.Length)
	}
	if r.Coarse > 0 {
		fmt.Fprintf(&b, "too many differences: some are rounded to %d bytes\n", r.Coarse)
	}
	return b.String()
}

func verdict(r verify.Result) string {
	switch r.Code() {
	case verify.ExitSame:
		return "IDENTICAL"
	case verify.ExitDifferent:
		return "DIFFERENT"
	case verify.ExitReadError:
		return "UNREADABLE"
	}
	return "INCOMPLETE"
}

func sum(r verify.Result) string {
	return fmt.Sprintf("%d of %d bytes compared (%d in holes), %d differ in %d ranges, %d blocks were in flight, %d passes",
		r.Compared, r.Size, r.Holes, r.Ranges.Bytes(), len(r.Ranges), r.InFlight, r.Passes)
}

// progress is the line that tells how far a run is.
type progress struct {
	tool  *Tool
	shown time.Time
}

// quietFor is how often a line is written where no terminal shows it.
const quietFor = time.Minute

func (p *progress) show(now verify.Progress) {
	line := progressLine(now)
	if p.tool.Terminal {
		fmt.Fprintf(p.tool.Stderr, "\r%s\x1b[K", line)
		p.shown = time.Now()
		return
	}
	if p.shown.IsZero() {
		p.shown = time.Now()
	}
	if time.Since(p.shown) >= quietFor {
		fmt.Fprintln(p.tool.Stderr, line)
		p.shown = time.Now()
	}
}

// end leaves the terminal's line as if it had not been there.
func (p *progress) end() {
	if p.tool.Terminal && !p.shown.IsZero() {
		fmt.Fprint(p.tool.Stderr, "\r\x1b[K")
	}
}

func progressLine(p verify.Progress) string {
	const mib = 1 << 20
	percent, left := 100.0, "--"
	if p.Size > 0 {
		percent = float64(p.Done) / float64(p.Size) * 100
	}
	if p.Left > 0 {
		seconds := int(p.Left.Seconds())
		left = fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("verify %.1f %% %d/%d MiB %.0f MiB/s ETA %s pass %d suspicious %d KiB confirmed %d KiB",
		percent, p.Done/mib, p.Size/mib, p.Rate/mib, left, p.Pass, p.Suspected>>10, p.Confirmed>>10)
}
