// Package syncmap is the command ocfbox sync map: it reads which parts of a device a comparison has found to differ,
// has package filemap say what lies there, and prints it (docs/spec/replication-checker.md, section 14).
package syncmap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd/metadata"
	"ocfbox/internal/filemap"
	"ocfbox/internal/mount"
)

// Options are what the command line says.
type Options struct {
	// Device is what the parts lie on: either side of the pair, or DRBD's own device of a primary.
	Device string
	// Result is the file with the JSON of a comparison, - for standard input, "" for none; Ranges are further parts.
	Result string
	Ranges block.Ranges
	// Mount is where the device's file system is mounted, "" to look for it.
	Mount  string
	Output string
	// Raw takes DRBD's internal meta data for data.
	Raw bool
}

// A Tool maps and prints. The answer goes to Stdout, everything else to Stderr.
type Tool struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Answer is what the JSON says. Its fields are a promise.
type Answer struct {
	Device   string            `json:"device"`
	Findings []filemap.Finding `json:"findings"`
	// Bytes are how many bytes there are of each kind, and Files how many of each file.
	Bytes  map[filemap.Kind]int64 `json:"bytes"`
	Files  map[string]int64       `json:"files"`
	Mounts []string               `json:"mounts,omitempty"`
	Doubts []string               `json:"doubts,omitempty"`
}

// Run maps, and is the exit code: 0, or 3 when something is not known. An error is a *syncverify.Failure, or that the
// answer could not be printed.
func (t *Tool) Run(ctx context.Context, o Options) (int, error) {
	if o.Output == "" {
		o.Output = "text"
	}
	if o.Output != "text" && o.Output != "json" {
		return 0, &syncverify.Failure{Err: fmt.Errorf("--output cannot be %q", o.Output), Hint: "text or json"}
	}
	ranges, err := t.ranges(o)
	if err != nil {
		return 0, &syncverify.Failure{Err: err, Hint: "ocfbox sync verify --output json writes one"}
	}
	found, err := t.look(ctx, o, ranges)
	if err != nil {
		return 0, err
	}
	answer := sum(o.Device, found)
	if err := t.print(answer, o.Output); err != nil {
		return 0, &syncverify.Failure{Err: err, Code: verify.ExitIncomplete}
	}
	if answer.Bytes[filemap.Unknown] > 0 {
		return verify.ExitIncomplete, nil
	}
	return verify.ExitSame, nil
}

// maxResult bounds the JSON of a comparison, in bytes.
const maxResult = 256 << 20

// ranges are the parts to look at: what a comparison does not call equal, and those of the command line.
func (t *Tool) ranges(o Options) (block.Ranges, error) {
	var all block.Ranges
	for _, r := range o.Ranges {
		all.Add(r)
	}
	if o.Result == "" {
		return all, nil
	}
	r, err := ReadResult(o.Result, t.Stdin)
	if err != nil {
		return nil, err
	}
	for _, list := range []block.Ranges{r.Ranges, r.Unstable, r.Unread} {
		for _, one := range list {
			all.Add(one)
		}
	}
	return all, nil
}

// ReadResult reads the JSON of a comparison from a file, or from stdin for the name -.
func ReadResult(path string, stdin io.Reader) (r verify.Result, err error) {
	from := stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return r, err
		}
		defer file.Close()
		from = file
	}
	text, err := io.ReadAll(io.LimitReader(from, maxResult))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s is no result of a comparison: %w", path, err)
	}
	for name, list := range map[string]block.Ranges{"ranges": r.Ranges, "unstable": r.Unstable, "unread": r.Unread} {
		if !list.IsOrdered() || len(list) > 0 && list[0].Offset < 0 {
			return r, fmt.Errorf("%s: its %s are not in order", path, name)
		}
	}
	return r, nil
}

// look opens the device and asks.
func (t *Tool) look(ctx context.Context, o Options, ranges block.Ranges) (filemap.Answer, error) {
	device, err := block.Open(o.Device, block.OpenOptions{})
	if err != nil {
		return filemap.Answer{}, &syncverify.Failure{Err: err}
	}
	defer device.Close()
	ask := filemap.Options{}
	if o.Mount != "" {
		ask.Mounted = func(mount.Superblock) (filemap.Mount, error) { return mountedAt(o.Mount) }
	}
	if !o.Raw {
		super, err := metadata.Find(device, device.Size())
		switch {
		case err == nil:
			ask.Data = super.Effective
		case !errors.Is(err, metadata.ErrNone):
			fmt.Fprintf(t.Stderr, "ocfbox: warning: %s: %v\n", o.Device, err)
		}
	}
	found, err := filemap.Map(ctx, device, device.Size(), ranges, ask)
	switch {
	case errors.Is(err, context.Canceled):
		return found, &syncverify.Failure{Err: errors.New("interrupted"), Code: verify.ExitInterrupted}
	case err != nil:
		return found, &syncverify.Failure{Err: err, Code: verify.ExitReadError}
	}
	return found, nil
}

// mountedAt is the file system that is mounted at a directory.
func mountedAt(point string) (filemap.Mount, error) {
	table, err := mount.Read()
	if err != nil {
		return filemap.Mount{}, err
	}
	e, ok := table.Visible(table.Canonical(point))
	if !ok {
		return filemap.Mount{}, fmt.Errorf("nothing is mounted at %s", point)
	}
	return filemap.Mount{Point: e.Point, Device: e.Device}, nil
}

// sum counts what was found.
func sum(device string, found filemap.Answer) Answer {
	a := Answer{
		Device: device, Findings: found.Findings, Mounts: found.Mounts, Doubts: found.Doubts,
		Bytes: make(map[filemap.Kind]int64), Files: make(map[string]int64),
	}
	if a.Findings == nil {
		a.Findings = []filemap.Finding{}
	}
	for _, f := range found.Findings {
		a.Bytes[f.Kind] += f.Length
		if f.Kind == filemap.File && f.Path != "" {
			a.Files[strings.TrimPrefix(f.In+":"+f.Path, ":")] += f.Length
		}
	}
	return a
}
