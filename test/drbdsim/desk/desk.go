// Package desk is a pair of simulated nodes on one desk: both in the memory of a test, with their configuration in a
// folder, and their tools either called as functions or, over a socket, as programs. It needs no laboratory, no
// root and no time of its own: the pair's clock moves when it is told to.
package desk

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"ocfbox/test/drbdsim/command"
	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/pair"
	"ocfbox/test/drbdsim/text"
)

// The nodes.
const (
	Alfa  = "alfa"
	Bravo = "bravo"
)

// A Desk is the pair: r0 with one volume, and pair with two.
type Desk struct {
	Pair *pair.Pair
	// Handler is the exit code of the fence-peer handler, where one is configured; 1 is a handler that fails.
	Handler int

	mu     sync.Mutex
	config string
	loaded map[string]bool
	faults map[string]*fault
}

// A fault is a command of drbdadm that fails with a code so many times; below 0 is always.
type fault struct{ code, times int }

// sizeKiB is that of each volume: large enough for a resync to be seen.
const sizeKiB = 64 * 1024

// New makes a pair whose configuration is below folder/etc. The resources have meta data and nothing is up. net and disk
// are further lines of those sections in the common configuration, handlers likewise.
func New(g core.Generation, folder, net, disk, handlers string) (*Desk, error) {
	sizes := map[string]int64{}
	for _, name := range []string{"r0/0", "pair/0", "pair/1"} {
		sizes[name] = sizeKiB
	}
	d := &Desk{Pair: pair.New(g, [2]string{Alfa, Bravo}, sizes), Handler: 1, config: filepath.Join(folder, "etc/drbd.conf"), loaded: map[string]bool{},
		faults: map[string]*fault{}}
	d.Pair.Handler = func(string) int { return d.Handler }
	if err := os.MkdirAll(filepath.Join(folder, "etc/drbd.d"), 0o755); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{
		d.config: "include \"drbd.d/common.conf\";\ninclude \"drbd.d/*.res\";\n",
		filepath.Join(folder, "etc/drbd.d/common.conf"): fmt.Sprintf(
			"common {\n  net { protocol C; verify-alg crc32c; %s }\n  disk { resync-rate 100M; %s }\n  handlers { %s }\n}\n", net, disk, handlers),
		filepath.Join(folder, "etc/drbd.d/r0.res"):   resource("r0", 0, 7788, 1),
		filepath.Join(folder, "etc/drbd.d/pair.res"): resource("pair", 5, 7789, 2),
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"r0", "pair"} {
		for _, host := range []string{Alfa, Bravo} {
			if a := d.Run(context.Background(), host, "drbdadm", "create-md", "--force", name); a.Code != 0 {
				return nil, fmt.Errorf("create-md %s on %s: %s", name, host, a.Stderr)
			}
		}
	}
	d.loaded = map[string]bool{}
	return d, nil
}

func resource(name string, minor, port, volumes int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "resource %s {\n", name)
	for v := range volumes {
		fmt.Fprintf(&b, "  volume %d { device /dev/drbd%d; disk /dev/vd%c; meta-disk internal; }\n", v, minor+v, 'b'+minor+v)
	}
	for i, host := range []string{Alfa, Bravo} {
		fmt.Fprintf(&b, "  on %s { node-id %d; address 10.99.1.%d:%d; }\n", host, i, i+1, port)
	}
	return b.String() + "}\n"
}

// InSync brings both resources up on both nodes, secondary and in sync.
func (d *Desk) InSync() error {
	for _, line := range []string{
		"alfa drbdadm up all", "bravo drbdadm up all", "wait 5", "alfa drbdadm primary --force r0", "alfa drbdadm primary --force pair",
		"wait 10", "alfa drbdadm secondary all", "wait 1",
	} {
		if a := d.Line(context.Background(), line); a.Code != 0 {
			return fmt.Errorf("%s: exit %d: %s", line, a.Code, a.Stderr)
		}
	}
	return nil
}

// NoProgram is the exit code of a word that is no program.
const NoProgram = 127

// An Answer is what a program said, and how it ended.
type Answer struct {
	Stdout, Stderr string
	Code           int
}

// Line carries out a line: "wait SECONDS", "cut", "heal", "crash HOST", "boot HOST", or a host and a command of one of
// its programs: "alfa drbdadm primary r0", "bravo hold r0", which opens the device as a mount does, "bravo release r0",
// "bravo write r0 BLOCKS", "bravo outdate r0", "alfa fail r0", which breaks the backing device. "fault primary 11 3" lets
// alfa's next three calls of drbdadm primary end with 11, without doing anything.
func (d *Desk) Line(ctx context.Context, line string) Answer {
	words := strings.Fields(line)
	switch words[0] {
	case "wait":
		seconds, _ := strconv.Atoi(words[1])
		d.locked(func() { d.Pair.Advance(time.Duration(seconds) * time.Second) })
	case "cut":
		d.locked(d.Pair.Cut)
	case "heal":
		d.locked(d.Pair.Heal)
	case "crash":
		d.locked(func() { d.Pair.Side(words[1]).Crash(); d.loaded[words[1]] = false })
	case "fault":
		code, _ := strconv.Atoi(words[2])
		times, _ := strconv.Atoi(words[3])
		d.locked(func() { d.faults[words[1]] = &fault{code, times} })
	case "boot":
		d.locked(func() { d.Pair.Side(words[1]).Boot() })
	default:
		return d.Run(ctx, words[0], words[1:]...)
	}
	return Answer{}
}

func (d *Desk) locked(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
}

// Run runs a program on a node: a tool, or a hand.
func (d *Desk) Run(ctx context.Context, host string, words ...string) Answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.faults[words[1]]; f != nil && host == Alfa && words[0] == command.Adm && f.times != 0 {
		f.times--
		return Answer{Stderr: fmt.Sprintf("%s: this fails\n", words[1]), Code: f.code}
	}
	var out, errs bytes.Buffer
	switch words[0] {
	case command.Adm, command.Setup:
		d.loaded[host] = true
		t := command.Tool{Kernel: d.Pair.Side(host), Host: host, Config: d.config, In: strings.NewReader(""), Out: &out, Err: &errs}
		code := t.Run(ctx, words[0], words[1:])
		return Answer{out.String(), errs.String(), code}
	}
	c := core.Command{Resource: words[1]}
	switch words[0] {
	case "hold":
		c.Verb = core.Open
	case "release":
		c.Verb = core.Close
	case "fail":
		c.Verb = core.Break
	case "write":
		blocks, _ := strconv.Atoi(words[2])
		c.Verb = core.Write
		for i := range blocks {
			c.Blocks = append(c.Blocks, 100+i)
		}
	case "outdate":
		c.Verb = core.Outdate
		c.Volume = core.AllVolumes
	default:
		return Answer{Stderr: "no program " + words[0], Code: NoProgram}
	}
	result, err := d.Pair.Side(host).Do(ctx, c)
	if err != nil {
		return Answer{Stderr: err.Error(), Code: 1}
	}
	return Answer{Stderr: result.Error, Code: result.Code}
}

// Proc is the text of /proc/drbd on a node, false where its module is not loaded.
func (d *Desk) Proc(host string) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.loaded[host] {
		return "", false
	}
	view, err := d.Pair.Side(host).View(context.Background())
	if err != nil {
		return "", false
	}
	return text.ProcFile(view, text.ProcOf(view.Generation), true), true
}

// Log is what the node's kernel has said since its boot.
func (d *Desk) Log(host string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.Pair.Side(host).Log, "\n") + "\n"
}

// Role is a node's role, as its kernel has it: empty where the resource is not up.
func (d *Desk) Role(host, name string) core.Role {
	d.mu.Lock()
	defer d.mu.Unlock()
	view, err := d.Pair.Side(host).View(context.Background())
	if err != nil {
		return ""
	}
	if i := slices.IndexFunc(view.Resources, func(r core.ResourceView) bool { return r.Name == name }); i >= 0 {
		return view.Resources[i].Role
	}
	return ""
}
