package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/run"
)

func TestAProgramGetsExactlyWhatTheCommandSays(t *testing.T) {
	t.Setenv("SECRET_OF_THE_AGENT", "1")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	// A descriptor that was inherited, as a trace's is: it has no close-on-exec flag.
	inherited, err := unix.FcntlInt(os.Stderr.Fd(), unix.F_DUPFD, 20)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(inherited) })

	words := []string{"two words", "", `quo"te`, "-x", "*", "$HOME", "line\nbreak", "ümlaut"}
	c := program("show", words...)
	base := []string{"LC_ALL=C", "LANG=C", "PATH=" + run.SystemPath, c.Env[0]}
	for _, test := range []struct {
		name   string
		system run.System
		change func(*run.Cmd)
		want   shown
	}{
		{"by default: no input, the root directory, a minimal environment", run.System{}, func(*run.Cmd) {},
			shown{Env: base, Dir: "/"}},
		{"input and a directory", run.System{},
			func(c *run.Cmd) { c.Stdin, c.Dir = []byte("select 1;\n"), "/usr" },
			shown{Env: base, Dir: "/usr", Stdin: "select 1;\n"}},
		{"the command's variables win over the base's, the last of a name wins", run.System{},
			func(c *run.Cmd) { c.Env = append(c.Env, "A=1", "LC_ALL=de_DE", "A=2") },
			shown{Env: []string{"LANG=C", "PATH=" + run.SystemPath, c.Env[0], "LC_ALL=de_DE", "A=2"}, Dir: "/"}},
		{"an empty base is empty", run.System{Env: []string{}}, func(*run.Cmd) {},
			shown{Env: c.Env, Dir: "/"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := program("show", words...)
			test.change(&c)
			result, err := test.system.Run(t.Context(), c)
			require.NoError(t, err)
			var got shown
			require.NoError(t, json.Unmarshal(result.Stdout, &got))
			test.want.Args = append([]string{c.Path}, words...)
			test.want.Descriptors = []string{"0", "1", "2"}
			require.Equal(t, test.want, got)
		})
	}
}

func TestAnExitCodeIsAnAnswer(t *testing.T) {
	for _, test := range []struct {
		name string
		cmd  run.Cmd
		want int
	}{
		{"success", program("exit", "0"), 0},
		{"a cluster tool's no", program("exit", "102"), 102},
		{"a usage error", program("exit", "64"), 64},
		{"a program ended by a signal is 128 and its number", program("die", "15"), 143},
		{"so is a kill that was not ours", program("die", "9"), 137},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result, err := new(run.System).Run(t.Context(), test.cmd)
			require.NoError(t, err)
			require.Equal(t, test.want, result.Code)
			require.Equal(t, test.want == 0, result.OK())
			if test.want < 128 {
				require.Equal(t, "out", result.Text())
				require.Equal(t, "err", result.FirstError())
				require.False(t, result.Truncated)
			}
			require.Positive(t, result.Took)
		})
	}
}

func TestAProgramThatCannotBeStartedIsAnError(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		return path
	}
	plain := write("plain", "", 0o644)
	garbage := write("garbage", "\x00\x01", 0o755)
	script := write("script", "#!/no/such/interpreter\n", 0o755)
	for _, test := range []struct {
		name   string
		system run.System
		cmd    run.Cmd
		is     error
		says   string
	}{
		{"a name that is nowhere", run.System{}, run.Cmd{Path: "no-such-program"}, run.ErrNotFound,
			"run no-such-program: program not found"},
		{"a path that is not there", run.System{}, run.Cmd{Path: dir + "/none"}, run.ErrNotFound, ""},
		{"a path through a file", run.System{}, run.Cmd{Path: plain + "/none"}, run.ErrNotFound, ""},
		{"a script without its interpreter", run.System{}, run.Cmd{Path: script}, run.ErrNotFound, ""},
		{"a relative path is never looked for", run.System{Path: []string{"/"}}, run.Cmd{Path: "bin/true"}, run.ErrNotFound, ""},
		{"an empty name", run.System{}, run.Cmd{}, run.ErrNotFound, ""},
		{"a name whose only file cannot be executed", run.System{Path: []string{dir}}, run.Cmd{Path: "plain"}, run.ErrNotFound, ""},
		{"everything, when ocf-tester hides the programs", run.System{Missing: true}, run.Cmd{Path: "/bin/true"}, run.ErrNotFound, ""},
		{"a file that is not executable", run.System{}, run.Cmd{Path: plain}, unix.EACCES,
			"run " + plain + ": permission denied"},
		{"a file that is no program", run.System{}, run.Cmd{Path: garbage}, unix.ENOEXEC, ""},
		{"a directory", run.System{}, run.Cmd{Path: dir}, unix.EACCES, ""},
		{"a working directory that is not there", run.System{}, run.Cmd{Path: "true", Dir: "/none"}, fs.ErrNotExist,
			"run true: working directory: stat /none: no such file or directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := test.system.Run(t.Context(), test.cmd)
			require.ErrorIs(t, err, test.is)
			require.NotErrorIs(t, err, run.ErrTimeout)
			if test.says != "" {
				require.EqualError(t, err, test.says)
			}
			var failed *run.Error
			require.ErrorAs(t, err, &failed)
			require.Equal(t, test.cmd, failed.Cmd)
		})
	}
}

func TestHasTellsWhatRunWouldFind(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	require.NoError(t, os.WriteFile(plain, nil, 0o644))
	system := new(run.System)
	for name, want := range map[string]bool{
		"true": true, "/bin/true": true, "no-such-program": false, "/no/such/program": false, plain: false, "/bin": false, "": false,
	} {
		require.Equal(t, want, system.Has(name), "%q", name)
	}
	require.False(t, (&run.System{Missing: true}).Has("true"))
}

func TestOutputIsBoundedAndTheProgramIsNotHeldUp(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c := program("flood")
	c.MaxOutput = 1 << 20
	result, err := new(run.System).Run(t.Context(), c)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.True(t, result.OK(), "1 GiB written to the end")
	require.Len(t, result.Stdout, 1<<20)
	require.True(t, result.Truncated)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
}

func TestAProgramThatHangsIsKilledWithItsChildren(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pids")
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := new(run.System).Run(ctx, program("family", file))
		failed <- err
	}()
	pids := readPIDs(t, file)
	cancel()
	err := <-failed
	require.ErrorIs(t, err, run.ErrTimeout)
	require.NotErrorIs(t, err, run.ErrNotFound)
	require.ErrorContains(t, err, ": no answer in time after ")
	for _, pid := range pids {
		eventually(t, "the process is gone", func() bool { return !alive(pid) })
	}
}

func TestTheDeadlineEndsTheCall(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := new(run.System).Run(ctx, program("forever"))
	require.ErrorIs(t, err, run.ErrTimeout)
	require.Less(t, time.Since(began), patience)

	_, err = new(run.System).Run(ctx, run.Cmd{Path: "true"})
	require.ErrorIs(t, err, run.ErrTimeout, "nothing is started after the deadline")
}

func TestAnAnswerCountsThoughTheContextEndsBeforeTheOutput(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pids")
	ctx, cancel := context.WithCancel(t.Context())
	codes := make(chan int, 1)
	go func() {
		// The daemon keeps the call waiting for output after the program's own end.
		result, err := new(run.System).Run(ctx, program("daemon", file))
		if err != nil {
			result.Code = -1
		}
		codes <- result.Code
	}()
	pids := readPIDs(t, file)
	eventually(t, "the program has ended", func() bool { return !alive(pids[1]) })
	cancel()
	require.Equal(t, 3, <-codes)
}

func TestADaemonThatKeepsTheOutputDelaysNobodyAndLivesOn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pids")
	began := time.Now()
	result, err := new(run.System).Run(t.Context(), program("daemon", file))
	require.NoError(t, err)
	require.Equal(t, 3, result.Code)
	require.Equal(t, "started", result.Text(), "what the program itself wrote is all there")
	require.Less(t, time.Since(began), patience)
	require.True(t, alive(readPIDs(t, file)[0]))
}

func TestAProgramThatCannotDieIsGivenUp(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "pids")
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := new(run.System).Run(ctx, program("stuck", file))
		failed <- err
	}()
	pids := readPIDs(t, file)
	cancel()
	select {
	case err := <-failed:
		require.ErrorIs(t, err, run.ErrTimeout)
		stat := statOf(pids[0])
		require.NotEmpty(t, stat, "its remains are still there: nobody could wait for it")
	case <-time.After(patience):
		t.Fatal("the call waits for a program that does not end")
	}
}

// The kernel sends the parent-death signal when a thread ends, not a process: a call must keep its
// thread, whatever happens to those around it.
func TestThreadsThatEndTakeNoProgramWithThem(t *testing.T) {
	t.Parallel()
	system := new(run.System)
	var calls sync.WaitGroup
	codes := make(chan run.Result, 200)
	for range cap(codes) {
		calls.Go(func() {
			result, err := system.Run(t.Context(), run.Cmd{Path: "sleep", Args: []string{"0.05"}})
			if err != nil {
				result.Code = -1
			}
			codes <- result
		})
		// A goroutine that ends locked takes its thread with it.
		calls.Go(runtime.LockOSThread)
	}
	calls.Wait()
	close(codes)
	for result := range codes {
		require.Equal(t, 0, result.Code, result.FirstError())
	}
}

func TestAProgramRunsInTheNamespaceOfItsCallersThread(t *testing.T) {
	readlink := run.Cmd{Path: "readlink", Args: []string{"/proc/self/ns/net"}}
	var inside run.Result
	var want string
	var err error
	left := make(chan struct{})
	go func() {
		defer close(left)
		// Ending locked throws the thread away, and the namespace with it.
		runtime.LockOSThread()
		if err = unix.Unshare(unix.CLONE_NEWNET); err == nil {
			want, _ = os.Readlink("/proc/thread-self/ns/net")
			inside, err = new(run.System).Run(t.Context(), readlink)
		}
	}()
	<-left
	if errors.Is(err, unix.EPERM) {
		if os.Getenv("OCFBOX_STRICT") == "1" {
			t.Fatal("OCFBOX_STRICT=1: a network namespace of its own needs root")
		}
		t.Skip("skipped: a network namespace of its own needs root")
	}
	require.NoError(t, err)
	require.Equal(t, want, inside.Text())
	outside, err := new(run.System).Run(t.Context(), readlink)
	require.NoError(t, err)
	require.NotEqual(t, outside.Text(), inside.Text())
}

func TestAWorkerOutlivesItsCallerAndHoldsNothingOfIt(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report")
	c := program("detach", file)
	c.Env = append(c.Env, "SECRET_OF_THE_AGENT=1")
	result, err := new(run.System).Run(t.Context(), c)
	require.NoError(t, err)
	require.True(t, result.OK(), result.Text())
	var report []byte
	eventually(t, "the worker reports", func() bool {
		report, err = os.ReadFile(file)
		return err == nil
	})
	require.Equal(t, "leader=true dir=/ stdout=/dev/null descriptors=[0 1 2] env=["+
		strings.Join(run.BaseEnv(), " ")+"]", string(report))
}

func TestACommandReadsLikeOne(t *testing.T) {
	for want, c := range map[string]run.Cmd{
		"crm_mon -1 -X":         {Path: "crm_mon", Args: []string{"-1", "-X"}},
		`sh "two words" "" "'"`: {Path: "sh", Args: []string{"two words", "", "'"}},
	} {
		require.Equal(t, want, c.String())
	}
}
