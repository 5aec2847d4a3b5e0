package account_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab"
	"ocfbox/test/lab/account"
)

// executor is the name under which the test binary calls the agent that it is told of, and prints what processor
// time the kernel says it took.
const executor = "pacemaker-execd"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == executor {
		os.Exit(execute())
	}
	os.Exit(m.Run())
}

func execute() int {
	cmd := exec.Command(os.Args[1], "monitor")
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "OCF_RESOURCE_INSTANCE=thing", "OCF_RESOURCE_TYPE=Thing",
		"OCF_RESKEY_CRM_meta_interval=10000",
	}
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		os.Stderr.WriteString(err.Error())
		return 1
	}
	os.Stdout.WriteString((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).String())
	return 0
}

// A node is a namespace of processes with a scripted agent in a mount namespace of its own, whose process 1 is
// the executor.
type node struct{ cmd *exec.Cmd }

// agent is a script that starts programs of each kind, and works.
const agent = `#!/bin/sh
/bin/true; /bin/true
saphostctrl 0.4
(exec sleep 0.1) & wait
crm_node --version >/dev/null
i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done
exit 3
`

func newNode(t *testing.T) node {
	self, err := os.Executable()
	require.NoError(t, err)
	folder := t.TempDir()
	path := filepath.Join(folder, executor)
	require.NoError(t, os.Symlink(self, path))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Thing"), []byte(agent), 0o755))
	// The agent is made inside a mount namespace: the host has none of it.
	script := `mount -t tmpfs none /usr/lib/ocf && mkdir -p /usr/lib/ocf/resource.d/test &&
		cp "$1/Thing" /usr/lib/ocf/resource.d/test/Thing && ln -s "$(command -v sleep)" "$1/saphostctrl" &&
		read go && exec "$1/pacemaker-execd" /usr/lib/ocf/resource.d/test/Thing`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", folder)
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID, Unshareflags: unix.CLONE_NEWNS}
	return node{cmd}
}

func TestAProcessTreeIsAccounted(t *testing.T) {
	lab.Need(t, "root", "crm_node")
	if _, err := os.Stat("/usr/lib/ocf"); err != nil {
		lab.Missing(t, "this test needs the folder /usr/lib/ocf")
	}
	a, err := account.Watch(t.Context(), nil)
	require.NoError(t, err)
	n := newNode(t)
	input, err := n.cmd.StdinPipe()
	require.NoError(t, err)
	var output strings.Builder
	n.cmd.Stdout = &output
	require.NoError(t, n.cmd.Start())
	fd, err := unix.PidfdOpen(n.cmd.Process.Pid, 0)
	require.NoError(t, err)
	process := os.NewFile(uintptr(fd), "process 1")
	defer process.Close()
	require.NoError(t, a.Node("here", process))
	began := time.Now()
	_, err = input.Write([]byte("go\n"))
	require.NoError(t, err)
	require.NoError(t, n.cmd.Wait())
	took := time.Since(began)

	l, err := a.Stop()
	require.NoError(t, err)
	require.Empty(t, l.Incomplete)
	require.Len(t, l.Ops, 1)
	o := l.Ops[0]
	require.Equal(t, []any{"here", "thing", "Thing", "monitor", 10 * time.Second, 3},
		[]any{o.Node, o.Resource, o.Agent, o.Action, o.Interval, o.Code})
	require.Equal(t, 5, o.Programs)
	require.Less(t, o.Ended.Sub(o.Began), took)
	require.False(t, o.Began.Before(began))
	// On a busy machine its begin is seen a little late.
	require.Greater(t, o.SAPTime(), 350*time.Millisecond)
	require.Less(t, o.SAPTime(), o.Ended.Sub(o.Began)-100*time.Millisecond)
	require.Positive(t, o.ToolTime())

	cpu, err := time.ParseDuration(output.String())
	require.NoError(t, err, output.String())
	t.Logf("CPU: %v sampled, %v by its parent's account, wall %v", o.CPU, cpu, o.Ended.Sub(o.Began))
	require.InDelta(t, cpu.Seconds(), o.CPU.Seconds(), 0.3*cpu.Seconds()+0.02)
}

func TestWithoutTheFirstNamespaceThereIsNoAccount(t *testing.T) {
	lab.Need(t, "root")
	if os.Getpid() == 1 {
		_, err := account.Watch(context.Background(), nil)
		require.ErrorIs(t, err, account.ErrUnavailable)
		return
	}
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "PASS: "+t.Name())
}

func TestListeningCostsLittle(t *testing.T) {
	lab.Need(t, "root")
	var before, after unix.Rusage
	a, err := account.Watch(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, unix.Getrusage(unix.RUSAGE_SELF, &before))
	script := exec.Command("/bin/sh", "-c", "i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i+1)); done")
	require.NoError(t, script.Run())
	require.NoError(t, unix.Getrusage(unix.RUSAGE_SELF, &after))
	_, err = a.Stop()
	require.NoError(t, err)
	spent := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	t.Logf("%v for a program's three events", spent/1000)
	// At 300 events a second that is less than a twentieth of a processor, on a busy machine too.
	require.Less(t, spent, 500*time.Millisecond)
}
