package drbdsim

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"ocfbox/test/drbdsim/command"
	"ocfbox/test/drbdsim/core"
)

// A hand is the program drbdsim: what applications, disks and operators do to a device, which the tools cannot.
type hand struct {
	kernel   command.Kernel
	out, err io.Writer
}

const handUsage = `usage: drbdsim write RESOURCE[/VOLUME] KIB [EVERY]    write through the device, once or all the time
       drbdsim open|close RESOURCE[/VOLUME]          hold the device open, as a mount does
       drbdsim corrupt RESOURCE[/VOLUME] BLOCK...    change blocks below DRBD
       drbdsim break|mend RESOURCE[/VOLUME]          let the backing device fail, or work
       drbdsim digest RESOURCE[/VOLUME]              a number for the data below
`

// run carries out a command line and returns the exit code.
func (h hand) run(ctx context.Context, args []string) int {
	if len(args) < 2 {
		fmt.Fprint(h.err, handUsage)
		return core.CodeUsage
	}
	name, number, _ := strings.Cut(args[1], "/")
	volume, err := strconv.Atoi(number)
	if number != "" && err != nil {
		fmt.Fprint(h.err, handUsage)
		return core.CodeUsage
	}
	c := core.Command{Verb: args[0], Resource: name, Volume: volume}
	switch args[0] {
	case core.Open, core.Close, core.Break, core.Mend:
		return h.do(ctx, c)
	case core.Corrupt:
		for _, text := range args[2:] {
			block, err := strconv.Atoi(text)
			if err != nil {
				fmt.Fprintf(h.err, "block %q is no number\n", text)
				return core.CodeUsage
			}
			c.Blocks = append(c.Blocks, block)
		}
		return h.do(ctx, c)
	case core.Write:
		return h.write(ctx, c, args[2:])
	case "digest":
		return h.digest(ctx, c)
	}
	fmt.Fprint(h.err, handUsage)
	return core.CodeUsage
}

func (h hand) do(ctx context.Context, c core.Command) int {
	r, err := h.kernel.Do(ctx, c)
	if err != nil {
		fmt.Fprintln(h.err, err)
		return core.CodeUsage
	}
	if r.Code != 0 {
		fmt.Fprintf(h.err, "%s %s: %s\n", c.Verb, c.Resource, r.Error)
	}
	return r.Code
}

// write writes blocks at places that move on, and tells when each is safe.
func (h hand) write(ctx context.Context, c core.Command, args []string) int {
	kib, every := core.BlockKiB, time.Duration(0)
	var err error
	if len(args) > 0 {
		if kib, err = strconv.Atoi(args[0]); err != nil || kib <= 0 {
			fmt.Fprint(h.err, handUsage)
			return core.CodeUsage
		}
	}
	if len(args) > 1 {
		if every, err = time.ParseDuration(args[1]); err != nil {
			fmt.Fprint(h.err, handUsage)
			return core.CodeUsage
		}
	}
	blocks := (kib + core.BlockKiB - 1) / core.BlockKiB
	// Each call begins where no other does, so that what it writes adds up.
	for at := int(time.Now().UnixMilli()/100) % 8192; ; at = (at + blocks) % 16384 {
		c.Blocks, c.ID = nil, 0
		for i := range blocks {
			c.Blocks = append(c.Blocks, at+i)
		}
		if code := h.do(ctx, c); code != 0 || every == 0 {
			return code
		}
		fmt.Fprintf(h.out, "%d KiB at %d\n", kib, at)
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return 0
		}
	}
}

// digest prints a number that is the same on two nodes when the data are.
func (h hand) digest(ctx context.Context, c core.Command) int {
	v, err := h.kernel.View(ctx)
	if err != nil {
		fmt.Fprintln(h.err, err)
		return core.CodeUsage
	}
	digest, ok := v.Digests[core.BackingName(c.Resource, c.Volume)]
	if !ok {
		fmt.Fprintf(h.err, "%s has no volume %d\n", c.Resource, c.Volume)
		return core.CodeConfig
	}
	fmt.Fprintf(h.out, "%016x\n", digest)
	return 0
}
