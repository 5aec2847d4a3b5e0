package daemon

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/drbdsim/config"
	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/text"
)

// beat is how often time passes for the node.
const beat = 100 * time.Millisecond

// A daemon is a node with its connections.
type daemon struct {
	plan Plan
	host string

	mu     sync.Mutex
	node   *core.Node
	loaded bool
	// everUp: a resource was up since the module was loaded, and so 9 has loaded its transport.
	everUp bool
	// version counts changes that events2 would tell of; changed is closed at the next.
	version uint64
	changed chan struct{}
	// stirred is closed whenever something happened that may end a wait.
	stirred chan struct{}
	// said is what version stands for, kept what is on the disk.
	said, proc string
	kept       []byte
	saved      time.Time
	sequence   int
	links      map[string]*link
	listeners  map[string]net.Listener
	dialing    map[string]bool
	fencing    map[string]bool
}

// Main is the process. It returns only when it cannot go on.
func Main() int {
	err := run()
	fmt.Fprintln(os.Stderr, "drbdsim:", err)
	return 1
}

func run() error {
	plan, err := readPlan()
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	d := &daemon{
		plan: plan, host: host, changed: make(chan struct{}), stirred: make(chan struct{}), links: map[string]*link{},
		listeners: map[string]net.Listener{}, dialing: map[string]bool{}, fencing: map[string]bool{},
	}
	d.node = &core.Node{Name: host, Generation: plan.Generation, NewID: newID}
	for _, folder := range []string{Folder, RunFolder, filepath.Dir(LogFile)} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	if err := d.load(); err != nil {
		return err
	}
	if plan.State == Up {
		if err := d.bringUp(); err != nil {
			return err
		}
	}
	socket, err := net.Listen("unix", "@"+Socket+strings.Repeat("\x00", len(unix.RawSockaddrUnix{}.Path)-1-len(Socket)))
	if err != nil {
		return err
	}
	go d.tick()
	for {
		conn, err := socket.Accept()
		if err != nil {
			return err
		}
		go d.serve(conn)
	}
}

func newID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:]) &^ 1
}

func stateFile() string { return filepath.Join(Folder, "disks.json") }

// load reads the disks, or makes them.
func (d *daemon) load() error {
	text, err := os.ReadFile(stateFile())
	if err == nil {
		return json.Unmarshal(text, &d.node.Backings)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	d.node.Backings = map[string]*core.Backing{}
	all, err := config.Read(config.File, d.host)
	if err != nil {
		return err
	}
	for _, s := range all {
		for _, v := range s.Volumes {
			d.node.Backings[core.BackingName(s.Name, v.Number)] = &core.Backing{Size: d.plan.SizeKiB, Data: map[int]uint64{}}
		}
		if d.plan.State == Unloaded {
			continue
		}
		d.node.Do(time.Now(), &core.Command{Verb: core.CreateMD, Resource: s.Name, Settings: &s, Force: true})
		if d.plan.State == Up {
			d.equal(s)
		}
	}
	return d.save(true)
}

// equal makes the data those that all nodes have.
func (d *daemon) equal(s core.Settings) {
	for _, v := range s.Volumes {
		m := d.node.Backings[core.BackingName(s.Name, v.Number)].Meta
		m.GI = core.GI{Current: d.plan.Sync + uint64(v.Minor)<<8}
		m.Consistent, m.WasUpToDate, m.PeerSeen = true, true, true
		m.Bitmaps = map[string]*core.Bits{}
	}
}

// bringUp is what drbd's service does at boot.
func (d *daemon) bringUp() error {
	all, err := config.Read(config.File, d.host)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loadModule()
	for _, s := range all {
		if r := d.node.Do(time.Now(), &core.Command{Verb: core.Up, Resource: s.Name, Settings: &s}); r.Code != 0 {
			return fmt.Errorf("bring up %s: %s %v", s.Name, r.Error, r.Output)
		}
	}
	d.settle(true)
	return nil
}

// loadModule is modprobe. The lock is held.
func (d *daemon) loadModule() {
	if d.loaded {
		return
	}
	d.loaded = true
	version := "8.4.11 (api:1/proto:86-101)"
	if d.plan.Generation == core.Gen9 {
		version = "9.2.14 (api:2/proto:118-123)"
	}
	d.logLines([]string{"drbd: initialized. Version: " + version})
}

// tick lets time pass.
func (d *daemon) tick() {
	for range time.Tick(beat) {
		d.mu.Lock()
		d.node.Tick(time.Now())
		d.settle(false)
		d.mu.Unlock()
	}
}

// settle does what follows from a change: it sends, connects, writes and tells. The lock is held. urgent says that the disk must
// have it before anybody hears of it.
func (d *daemon) settle(urgent bool) {
	now := time.Now()
	view := d.node.View(now)
	d.everUp = d.everUp || len(view.Resources) > 0
	if err := d.save(urgent); err != nil {
		// A kernel whose disk does not answer is of no use.
		fmt.Fprintln(os.Stderr, "drbdsim:", err)
		os.Exit(1)
	}
	for _, e := range d.node.Outbox() {
		if l := d.links[e.Resource+" "+e.Peer]; l != nil {
			l.send(frame{Message: &e.Message})
		}
	}
	d.connect()
	d.handlers(view)
	d.logLines(d.node.Log())
	d.publish(view)
}

// publish writes /proc/drbd and wakes those who wait.
func (d *daemon) publish(view core.View) {
	if d.loaded {
		proc := text.ProcFile(view, text.ProcOf(view.Generation), d.everUp)
		if proc != d.proc {
			d.proc = proc
			_ = replace(procPath(), []byte(proc))
		}
	}
	said := strings.Join(text.Dump(view, false), "\n")
	if said != d.said {
		d.said = said
		d.version++
		close(d.changed)
		d.changed = make(chan struct{})
	}
	close(d.stirred)
	d.stirred = make(chan struct{})
}

func procPath() string { return cmp.Or(os.Getenv("OCFBOX_PROC_DRBD"), Proc) }

// saving is how often a resync's progress goes to the disk.
const saving = 500 * time.Millisecond

// save writes the disks, if they changed.
func (d *daemon) save(urgent bool) error {
	if !urgent && time.Since(d.saved) < saving {
		return nil
	}
	text, err := json.Marshal(d.node.Backings)
	if err != nil {
		return err
	}
	d.saved = time.Now()
	if string(text) == string(d.kept) {
		return nil
	}
	d.kept = text
	return replace(stateFile(), text)
}

// replace writes a file whole or not at all.
func replace(path string, text []byte) error {
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// logLines writes to the kernel's log: records as /dev/kmsg has them, and a file that stays.
func (d *daemon) logLines(lines []string) {
	if len(lines) == 0 {
		return
	}
	var stamp unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &stamp)
	var records, log strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&records, "6,%d,%d,-;%s\n", d.sequence, stamp.Nano()/1000, line)
		fmt.Fprintf(&log, "%s kernel: %s\n", time.Now().Format("2006-01-02T15:04:05.000000-07:00"), line)
		d.sequence++
	}
	appendTo(Kmsg, records.String())
	appendTo(LogFile, log.String())
}

// appendTo is for logs: one that cannot be written is not worth more than the line.
func appendTo(path, text string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	_, _ = f.WriteString(text)
}

// do carries out a command to its end, or to that of ctx.
func (d *daemon) do(ctx context.Context, c core.Command) core.Result {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loadModule()
	for {
		result := d.node.Do(time.Now(), &c)
		d.settle(true)
		if result.Fence {
			program := d.settings(c.Resource).FencePeer
			d.mu.Unlock()
			c.Fenced = runHandler(ctx, program, "fence-peer", d.environment(c.Resource))
			d.mu.Lock()
			continue
		}
		if !result.Wait {
			return result
		}
		stirred := d.stirred
		d.mu.Unlock()
		select {
		case <-stirred:
		case <-ctx.Done():
		}
		d.mu.Lock()
		if ctx.Err() != nil {
			return core.Result{Code: core.CodeUsage, Error: "interrupted"}
		}
	}
}
