package compare

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/desk"
)

// drbddisk is the agent whose world this is; it is called as heartbeat calls its script.
const drbddisk = "drbddisk"

const (
	// stageName is the name under which the test binary is started between a rig and the script.
	stageName = "compare-stage"
	// deskSocket is where the tools in a rig ask, deskProc what its kernel says in /proc/drbd.
	deskSocket = "/run/drbd-desk"
	deskProc   = "/run/drbd-proc"
	// realProc is where the rig's processes are while the script has a /proc of its own.
	realProc = "/run/proc"
)

// A drbdWorld is a node of a simulated pair: its tools are programs in /usr/sbin, and its kernel's file is in /proc. What
// is not there in the machine is laid over what is, for the rig alone.
type drbdWorld struct {
	desk     *desk.Desk
	folder   string
	listener net.Listener
}

func newDRBDWorld(o order) (world, error) {
	folder, err := os.MkdirTemp(o.Folder, "rig")
	if err != nil {
		return nil, err
	}
	w := &drbdWorld{folder: folder}
	setting := func(name string) string {
		for _, p := range o.Case.Params {
			if value, ok := strings.CutPrefix(p, name+"="); ok {
				return value
			}
		}
		return ""
	}
	generation := core.Gen84
	if setting("kernel") == "9" {
		generation = core.Gen9
	}
	w.desk, err = desk.Furnish(folder, func(root string) (*desk.Desk, error) {
		return desk.New(generation, root, setting("net"), setting("disk"), setting("handlers"))
	})
	if err != nil {
		return nil, err
	}
	if w.listener, err = net.Listen("unix", deskSocket); err != nil {
		return nil, err
	}
	go w.desk.Serve(w.listener, w.kernel)
	if setting("state") != "unloaded" {
		if err := w.desk.InSync(); err != nil {
			return nil, err
		}
	}
	w.kernel()
	return w, nil
}

// kernel writes what /proc/drbd says now.
func (w *drbdWorld) kernel() {
	text, loaded := w.desk.Proc(desk.Alfa)
	if !loaded {
		_ = os.Remove(deskProc)
		return
	}
	_ = os.WriteFile(deskProc+".new", []byte(text), 0o644)
	_ = os.Rename(deskProc+".new", deskProc)
}

// line does a line of the desk. It may be refused: a device that is not primary cannot be held.
func (w *drbdWorld) line(text string) error {
	a := w.desk.Line(context.Background(), text)
	w.kernel()
	if a.Code == desk.NoProgram {
		return fmt.Errorf("exit %d: %s", a.Code, a.Stderr)
	}
	return nil
}

// command is the script as heartbeat calls it, by way of the stage.
func (w *drbdWorld) command(script, params []string, action string) []string {
	args := append([]string{w.stage()}, script...)
	for _, p := range params {
		if words, ok := strings.CutPrefix(p, "resource="); ok {
			args = append(args, strings.Fields(words)...)
		}
	}
	return append(args, action)
}

// stage is the test binary by the stage's name.
func (w *drbdWorld) stage() string {
	path := filepath.Join(w.folder, stageName)
	if self, err := os.Readlink("/proc/self/exe"); err == nil {
		_ = os.Symlink(self, path)
	}
	return path
}

// environment is heartbeat's: nothing of OCF's.
func (w *drbdWorld) environment() []string {
	return []string{"LC_ALL=C", "HA_LOGFACILITY=none", "HA_RSCTMP=" + stateFolder, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
}

// stage gives a command a /proc with the desk's file in it, and becomes the command. Its process has a mount namespace of
// its own already.
func stage(args []string) int {
	if err := ownProc(); err != nil {
		fmt.Fprintln(os.Stderr, "stage:", err)
		return 1
	}
	err := unix.Exec(args[0], args, os.Environ())
	fmt.Fprintln(os.Stderr, "stage:", err)
	return 1
}

func ownProc() error {
	if err := os.MkdirAll(realProc, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("/proc", realProc, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	names, err := os.ReadDir(realProc)
	if err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", "/proc", "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Symlink(filepath.Join(realProc, name.Name()), filepath.Join("/proc", name.Name())); err != nil {
			return err
		}
	}
	return os.Symlink(deskProc, "/proc/drbd")
}

// look is what the kernels of both nodes have.
func (w *drbdWorld) look() (map[string][]string, error) {
	var all []string
	for _, host := range []string{desk.Alfa, desk.Bravo} {
		if w.desk.Pair.Side(host).Node == nil {
			all = append(all, host+" has no power")
			continue
		}
		for _, name := range []string{"r0", "pair"} {
			if role := w.desk.Role(host, name); role != "" {
				all = append(all, fmt.Sprintf("%s %s %s", host, name, role))
			}
		}
	}
	slices.Sort(all)
	return map[string][]string{"drbd": all}, nil
}

func (w *drbdWorld) heard() string            { return "" }
func (w *drbdWorld) fill(text string) string  { return text }
func (w *drbdWorld) plain(text string) string { return text }

func (w *drbdWorld) close() {
	_ = w.listener.Close()
	desk.Clear(w.folder)
	_ = os.RemoveAll(w.folder)
}
