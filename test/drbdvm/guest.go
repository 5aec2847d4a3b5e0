package drbdvm

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A Guest is one of the two virtual machines.
type Guest struct {
	// Name is the host's, alfa or bravo.
	Name string

	id      int
	port    int
	pair    *Pair
	machine *machine
}

// path is that of one of the guest's files on this machine.
func (g *Guest) path(name string) string { return filepath.Join(g.pair.folder, g.Name, name) }

func (g *Guest) peer() *Guest {
	if g == g.pair.Alfa {
		return g.pair.Bravo
	}
	return g.pair.Alfa
}

// Running reports whether the guest has power.
func (g *Guest) Running() bool { return g.machine != nil && g.machine.running() }

// Kill takes the guest's power: what it had not written to its disks is lost.
func (g *Guest) Kill() {
	if g.machine != nil {
		g.machine.kill()
		g.machine = nil
	}
}

// Start boots the guest on the disks it has, and does not wait for it.
func (g *Guest) Start() error { return g.launch("") }

// launch starts qemu; saved is the memory to go on with, "" boots.
func (g *Guest) launch(saved string) error {
	for _, socket := range []string{g.path("qmp.sock"), filepath.Join(g.pair.folder, g.socket(Replication)),
		filepath.Join(g.pair.folder, g.socket(Cluster))} {
		if err := os.RemoveAll(socket); err != nil {
			return err
		}
	}
	var err error
	g.machine, err = launch(filepath.Join(g.pair.folder, g.Name), g.arguments(saved))
	if err != nil {
		g.machine = nil
	}
	return err
}

// Wait waits until the guest runs commands.
func (g *Guest) Wait(ctx context.Context) error {
	var last error
	for {
		once, cancel := context.WithTimeout(ctx, 5*time.Second)
		_, last = g.Read(once, "/proc/uptime")
		cancel()
		if last == nil {
			return nil
		}
		if !g.Running() {
			return fmt.Errorf("%s has ended%s", g.Name, lastWords(g.path("")))
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w; last: %w%s", g.Name, context.Cause(ctx), last, lastWords(g.path("")))
		}
	}
}

// disks are the guest's: the root file system over the image's, and two empty ones.
func disks() map[string]int64 {
	return map[string]int64{"root.qcow2": 0, "data.img": dataMiB << 20, "spare.img": spareMiB << 20}
}

func (g *Guest) emptyDisks() error {
	if err := os.RemoveAll(g.path("")); err != nil {
		return err
	}
	if err := os.MkdirAll(g.path(""), 0o755); err != nil {
		return err
	}
	for name, size := range disks() {
		if size == 0 {
			continue
		}
		file, err := os.Create(g.path(name))
		if err != nil {
			return err
		}
		err = file.Truncate(size)
		file.Close()
		if err != nil {
			return err
		}
	}
	return tool("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", g.pair.image.File("root.ext4"), g.path("root.qcow2"))
}

// tool runs a program of this machine, which must succeed.
func tool(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}
