package filesystem

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/lab"
)

// A world is the laboratory of filesystem.md 15: a folder with the mount points a and b, and the state folder of a
// node. What is mounted below the folder goes with the test. All worlds are in the tests' own mount namespace.
type world struct {
	t testing.TB
	// dir is the folder, "/m" in the specification.
	dir   string
	state string
}

// row runs one row of the matrix, or another fact of the specification, in a world of its own, beside others.
func row(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		test(newWorld(t))
	})
}

func newWorld(t testing.TB) *world {
	t.Helper()
	lab.Need(t, "root", "mkfs.ext4")
	// A name that says nothing: the tests' own are long and odd, and the names here matter.
	dir, err := os.MkdirTemp("", "fs")
	require.NoError(t, err)
	dir, err = filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	w := &world{t: t, dir: dir, state: t.TempDir()}
	t.Cleanup(w.clear)
	w.mkdir("a")
	w.mkdir("b")
	return w
}

// clear unmounts all that a test has left, and removes the folder.
func (w *world) clear() {
	table, err := mount.Read()
	require.NoError(w.t, err)
	for _, e := range slices.Backward(table.Below(w.dir)) {
		_ = unix.Unmount(e.Point, unix.MNT_DETACH)
	}
	require.Empty(w.t, w.mounts(""), "the test leaves mounts")
	require.NoError(w.t, os.RemoveAll(w.dir))
}

// path is a path in the world's folder.
func (w *world) path(name string) string { return w.dir + "/" + name }

func (w *world) mkdir(name string) string {
	w.t.Helper()
	require.NoError(w.t, os.MkdirAll(w.path(name), 0o755))
	return w.path(name)
}

func (w *world) write(name, text string) string {
	w.t.Helper()
	require.NoError(w.t, os.WriteFile(w.path(name), []byte(text), 0o644))
	return w.path(name)
}

// command runs a program that a test needs, and returns what it prints.
func (w *world) command(name string, args ...string) string {
	w.t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	require.NoError(w.t, err, "%s %s: %s", name, strings.Join(args, " "), out)
	return string(out)
}

// image is a file with an ext4 file system.
func (w *world) image(name string, options ...string) string {
	w.t.Helper()
	path := w.path(name)
	file, err := os.Create(path)
	require.NoError(w.t, err)
	require.NoError(w.t, file.Truncate(8<<20))
	require.NoError(w.t, file.Close())
	w.command("mkfs.ext4", append([]string{"-q", "-F"}, append(options, path)...)...)
	return path
}

// disk is a loop device with an ext4 file system: L0 and L1 of the specification. It stays attached until the test
// ends.
func (w *world) disk(name string, options ...string) string {
	w.t.Helper()
	return w.attach(w.image(name, options...))
}

// attach makes a loop device of a file.
func (w *world) attach(image string) string {
	w.t.Helper()
	device, err := mount.Attach(mount.Image{Path: image}, "")
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, device.Close()) })
	return device.Path
}

// mount mounts something by other means than the agent.
func (w *world) mount(source, name, fstype string, options string) string {
	w.t.Helper()
	point := w.mkdir(name)
	o := mount.ParseOptions(options)
	require.NoError(w.t, mount.Mount(mount.Request{Type: fstype, Source: source, Point: point, Options: o}))
	return point
}

func (w *world) tmpfs(name string) string { w.t.Helper(); return w.mount("tmpfs", name, "tmpfs", "") }

func (w *world) unmount(name string) {
	w.t.Helper()
	require.NoError(w.t, mount.Unmount(w.path(name), false))
}

// mounts are the mounts at a path in the world's folder and below.
func (w *world) mounts(name string) []mount.Entry {
	w.t.Helper()
	table, err := mount.Read()
	require.NoError(w.t, err)
	base := strings.TrimSuffix(w.path(name), "/")
	return slices.DeleteFunc(slices.Clone(table), func(e mount.Entry) bool { return !mount.Within(e.Point, base) })
}

// has is the one mount at a path in the world's folder.
func (w *world) has(name string) mount.Entry {
	w.t.Helper()
	all := slices.DeleteFunc(w.mounts(name), func(e mount.Entry) bool { return e.Point != w.path(name) })
	require.Len(w.t, all, 1, "mounts at %s", name)
	return all[0]
}

// lacks makes sure that nothing is mounted at a path in the world's folder, nor below.
func (w *world) lacks(name string) {
	w.t.Helper()
	require.Empty(w.t, w.mounts(name), "mounts at %s", name)
}

// p makes parameters of pairs.
func p(pairs ...string) map[string]string {
	params := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return params
}

// A resource is one that lives in the world.
type resource struct {
	*ocftest.Resource
	w *world
}

// resource configures a resource named t. Programs that the agent starts are real.
func (w *world) resource(pairs ...string) *resource {
	return &resource{&ocftest.Resource{
		Agent: &Agent, Params: p(pairs...), State: w.state, Runner: new(run.System),
		Env: p("OCF_RESOURCE_INSTANCE", "t"),
	}, w}
}

// standard is the resource P of the specification.
func (w *world) standard(device string, more ...string) *resource {
	return w.resource(append([]string{"device", device, "directory", w.path("a"), "fstype", "ext4"}, more...)...)
}

// does calls an action and requires its code. "probe" is the one-shot monitor.
func (r *resource) does(action string, want ocf.Code) ocftest.Result {
	r.w.t.Helper()
	return r.doesWith(action, want)
}

// at calls an action at a check level.
func (r *resource) at(level int, action string, want ocf.Code) ocftest.Result {
	r.w.t.Helper()
	return r.doesWith(action, want, "OCF_CHECK_LEVEL", fmt.Sprint(level))
}

// doesWith calls an action with further variables.
func (r *resource) doesWith(action string, want ocf.Code, pairs ...string) ocftest.Result {
	r.w.t.Helper()
	extra := p(pairs...)
	if action == "probe" {
		action, extra["OCF_RESKEY_CRM_meta_interval"] = "monitor", "0"
	}
	got := r.CallWith(r.w.t, action, extra)
	require.Equal(r.w.t, want, got.Code, "%s: want %v, got %v\n%s", action, want, got.Code, got.Stderr)
	return got
}

// with is the same resource after a change of its configuration.
func (r *resource) with(pairs ...string) *resource {
	params := maps.Clone(r.Params)
	maps.Copy(params, p(pairs...))
	copied := *r.Resource
	copied.Params = params
	return &resource{&copied, r.w}
}

// under is the same resource with further variables of Pacemaker's.
func (r *resource) under(pairs ...string) *resource {
	copied := *r.Resource
	copied.Env = maps.Clone(r.Env)
	maps.Copy(copied.Env, p(pairs...))
	return &resource{&copied, r.w}
}

// programs lets the resource's node have one program, and returns what records the calls.
func (r *resource) programs(name string, program runtest.Program) *runtest.Script {
	script := &runtest.Script{Programs: map[string]runtest.Program{name: program}}
	r.Runner = script
	return script
}

// cycle starts the resource, monitors it and stops it, and requires that all went well and nothing is left.
func (r *resource) cycle() {
	r.w.t.Helper()
	r.does("start", ocf.Success)
	r.does("monitor", ocf.Success)
	r.does("stop", ocf.Success)
}

// noPrograms is a runner that must not be called.
type noPrograms struct{ t testing.TB }

func (n noPrograms) Run(_ context.Context, c run.Cmd) (run.Result, error) {
	n.t.Errorf("a program was started: %s", c)
	return run.Result{}, &run.Error{Cmd: c, Err: run.ErrNotFound}
}
