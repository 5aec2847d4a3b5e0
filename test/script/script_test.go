// Package script runs the program itself, under its real names, as Pacemaker, heartbeat and people call
// it. The scripts in testdata say what they show; numbers such as F17 are rows of the test matrix in
// docs/spec/ocf-framework.md. All of them run in a network of their own.
package script

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
	"ocfbox/test/product"
)

func TestMain(m *testing.M) { lab.Main(m, lab.Net, lab.Mount) }

// The folders in which the program has its names: Pacemaker's and heartbeat's.
const (
	ocfDir       = "ocf/resource.d/ocfbox"
	heartbeatDir = "ha.d/resource.d"
)

func TestScripts(t *testing.T) { runScripts(t, "testdata") }

// In an ordinary user's sandbox there is no other user.
func TestScriptsOfUserNobody(t *testing.T) {
	lab.Need(t, "root")
	runScripts(t, filepath.Join("testdata", "nobody"))
}

func runScripts(t *testing.T, dir string) {
	top := build(t)
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"call":      call,
			"nobody":    nobody,
			"pacemaker": pacemaker,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", top+":"+env.Getenv("PATH"))
			env.Setenv("OCF", filepath.Join(top, ocfDir))
			env.Setenv("HA", filepath.Join(top, heartbeatDir))
			env.Setenv("BOX", filepath.Join(top, "ocfbox"))
			return nil
		},
	})
}

// build makes the program and its links in a folder that anybody may enter.
func build(t *testing.T) string {
	top := product.Folder(t)
	binary := product.Build(t, top, "ocfbox")
	for dir, names := range map[string][]string{
		ocfDir:       {"IPaddr2", "IPadr2", "drbddisk"},
		heartbeatDir: {"IPaddr2", "IPaddr", "drbddisk", "drbddisk-r0"},
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(top, dir), 0o755))
		for _, name := range names {
			require.NoError(t, os.Symlink(binary, filepath.Join(top, dir, name)))
		}
	}
	return top
}

// call CODE [NAME=VALUE]... PROGRAM [ARG]... runs a program with exactly this environment; it must exit
// with CODE.
func call(ts *testscript.TestScript, neg bool, args []string) {
	expect(ts, neg, args, nil, nil)
}

// nobody is call as the user of that name.
func nobody(ts *testscript.TestScript, neg bool, args []string) {
	const id = 65534
	expect(ts, neg, args, nil, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}})
}

// pacemaker CODE [NAME=VALUE]... PROGRAM [ARG]... is call with what Pacemaker sets for a recurring
// operation besides.
func pacemaker(ts *testscript.TestScript, neg bool, args []string) {
	expect(ts, neg, args, []string{
		"OCF_ROOT=/usr/lib/ocf", "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1", "OCF_RESOURCE_INSTANCE=t",
		"OCF_RESKEY_CRM_meta_timeout=20000", "OCF_RESKEY_CRM_meta_interval=10000",
	}, nil)
}

func expect(ts *testscript.TestScript, neg bool, args, env []string, attr *syscall.SysProcAttr) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: CODE [NAME=VALUE]... PROGRAM [ARG]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	args = args[1:]
	for len(args) > 1 && strings.Contains(args[0], "=") {
		env, args = append(env, args[0]), args[1:]
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.SysProcAttr = "/", attr
	cmd.Env = append([]string{}, env...)
	cmd.Stdout, cmd.Stderr = ts.Stdout(), ts.Stderr()
	if err := cmd.Run(); cmd.ProcessState == nil {
		ts.Fatalf("%s: %v", cmd, err)
	}
	if code := cmd.ProcessState.ExitCode(); code != want {
		ts.Fatalf("%s exits with %d, not %d", cmd, code, want)
	}
}
