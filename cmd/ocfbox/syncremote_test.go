package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asSSH as the first argument makes the test binary a stand-in for ssh, whose next words are how it behaves, the
// host, and the command for it.
const asSSH = "stand-in-for-ssh"

// How the stand-in behaves: as it should; as one whose key is not accepted; as a host without ocfbox; as one whose
// login prints something; as one that dies a moment after it has begun, the first time;
// as one that never answers.
const (
	sshWorks   = "works"
	sshDenied  = "denied"
	sshMissing = "missing"
	sshGreets  = "greets"
	sshDies    = "dies:"
	sshHangs   = "hangs:"
)

// ssh is the stand-in. It hands the command to a shell, as a login does.
func ssh(args []string) int {
	how, host, command := args[0], args[1], args[2:]
	switch {
	case how == sshDenied:
		fmt.Fprintf(os.Stderr, "%s: Permission denied (publickey).\r\n", host)
		return 255
	case how == sshMissing:
		fmt.Fprintln(os.Stderr, "bash: line 1: ocfbox: command not found")
		return 127
	case strings.HasPrefix(how, sshHangs):
		_ = os.WriteFile(strings.TrimPrefix(how, sshHangs), nil, 0o600)
		time.Sleep(time.Minute)
	case how == sshGreets:
		fmt.Println("Welcome to", host)
	}
	shell := exec.Command("/bin/sh", "-c", "exec "+strings.Join(append([]string{os.Args[0]}, command[1:]...), " "))
	shell.Env = append(os.Environ(), asProgram+"=1")
	shell.Stdin, shell.Stdout, shell.Stderr = os.Stdin, os.Stdout, os.Stderr
	shell.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := shell.Start(); err != nil {
		return 1
	}
	if mark, dies := strings.CutPrefix(how, sshDies); dies {
		if _, err := os.Stat(mark); err != nil {
			_ = os.WriteFile(mark, nil, 0o600)
			time.Sleep(500 * time.Millisecond)
			_ = shell.Process.Kill()
			return 255
		}
	}
	_ = shell.Wait()
	return shell.ProcessState.ExitCode()
}

// rsh is the flag that reaches bravo by the stand-in.
func rsh(t *testing.T, how string) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return "--rsh=" + strings.Join([]string{self, asSSH, how}, " ")
}

// really runs the program as a process.
func really(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := process(t, "", args...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &failed)
	}
	return cmd.ProcessState.ExitCode(), out.String(), complaints.String()
}

// remote is the command line that compares a file here with one there.
func remote(t *testing.T, how, a, b string, more ...string) []string {
	return append([]string{"sync", "verify", rsh(t, how), "--offline", a, "bravo:" + b}, more...)
}

func TestAnotherHostIsComparedOverSSH(t *testing.T) {
	a, b := two(t)
	code, stdout, stderr := really(t, remote(t, sshWorks, a, b)...)
	require.Equal(t, 1, code, stderr)
	require.Contains(t, stdout, "differs: offset=5242880 length=4096\n")
	code, stdout, stderr = really(t, remote(t, sshWorks, a, a, "--hash=sha256", "--output=json")...)
	require.Equal(t, 0, code, stderr)
	var result struct {
		B struct{ Path string }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &result))
	require.Equal(t, "bravo:"+a, result.B.Path)
	// A name that a shell would take for something else.
	odd := filepath.Join(t.TempDir(), "it's $HOME; a file")
	content, err := os.ReadFile(a)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(odd, content, 0o600))
	code, _, stderr = really(t, remote(t, sshWorks, a, odd)...)
	require.Equal(t, 0, code, stderr)
	// Both sides may be on other hosts.
	code, _, stderr = really(t, "sync", "verify", "--offline", rsh(t, sshWorks), "alpha:"+a, "bravo:"+b)
	require.Equal(t, 1, code, stderr)
}

func TestAHostThatCannotBeReachedIsToldWithAWayOut(t *testing.T) {
	a, b := two(t)
	for _, test := range []struct {
		how, a, b  string
		code       int
		said, hint string
	}{
		{sshDenied, a, b, 6, "has ended with exit code 255: bravo: Permission denied (publickey).", "ssh -oBatchMode=yes bravo has to work without a question"},
		{sshMissing, a, b, 6, "command not found", "ocfbox has to be there too"},
		{sshGreets, a, b, 6, "no frame of the protocol", "a login there must print nothing"},
		{sshWorks, a, b + "x", 2, "no such file or directory", ""},
		{sshWorks, a, "relative", 2, `"bravo:relative" does not name a device of another host`, "./bravo:relative"},
	} {
		code, stdout, stderr := really(t, remote(t, test.how, test.a, test.b)...)
		require.Equal(t, test.code, code, "%s: %s", test.how, stderr)
		require.Empty(t, stdout)
		require.Contains(t, stderr, test.said)
		require.Contains(t, stderr, test.hint)
	}
	code, _, stderr := really(t, "sync", "verify", "--rsh=/no/such/ssh", a, "bravo:"+b)
	require.Equal(t, 6, code)
	require.Contains(t, stderr, "--rsh")
}

func TestAHostThatDoesNotAnswerCanBeInterrupted(t *testing.T) {
	a, b := two(t)
	mark := filepath.Join(t.TempDir(), "called")
	cmd := process(t, "", remote(t, sshHangs+mark, a, b)...)
	require.NoError(t, cmd.Start())
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(mark); err == nil {
			break
		}
		require.True(t, time.Now().Before(deadline), "ssh was not started")
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	var failed *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &failed)
	require.Equal(t, 130, failed.ExitCode())
}

// Row V18: ssh dies in the middle. It is started again, and the run goes on where it was.
func TestSSHThatDiesIsStartedAgain(t *testing.T) {
	a, b := two(t)
	mark := filepath.Join(t.TempDir(), "died")
	code, stdout, stderr := really(t, remote(t, sshDies+mark, a, b, "--rate=4M")...)
	require.Equal(t, 1, code, stderr)
	require.FileExists(t, mark)
	require.Contains(t, stdout, "8388608 of 8388608 bytes compared")
	require.Contains(t, stdout, "differs: offset=5242880 length=4096\n")
	require.Contains(t, stderr, "trying again for 10m0s")
	require.Contains(t, stderr, "warning: bravo: connected again")
}

// Row V18: without a time to try again, what was done is kept, and the run can be gone on with.
func TestALostHostLeavesACheckpoint(t *testing.T) {
	a, b := two(t)
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	code, stdout, stderr := really(t, remote(t, sshDies+filepath.Join(dir, "died"), a, b, "--rate=4M", "--state="+state, "--max-outage=0")...)
	require.Equal(t, 6, code, stderr)
	require.Contains(t, stdout, "INCOMPLETE: ")
	require.Contains(t, stderr, "ocfbox: bravo: ")
	require.Contains(t, stderr, "hint: --resume --state "+state+" goes on")
	require.FileExists(t, state)
	code, stdout, stderr = really(t, remote(t, sshWorks, a, b, "--resume", "--state="+state)...)
	require.Equal(t, 1, code, stderr)
	require.Contains(t, stdout, "differs: offset=5242880 length=4096\n")
	require.NoFileExists(t, state)
}

// Row V19: what the command that is forced on a key allows is all that may be opened.
func TestAHelperOpensWhatItsOwnCommandLineAllows(t *testing.T) {
	a, b := two(t)
	config := filepath.Join(t.TempDir(), "sync.conf")
	require.NoError(t, os.WriteFile(config, []byte("# the pair of r0\nallow "+b+" # its backing file\n"), 0o600))
	self, err := os.Executable()
	require.NoError(t, err)
	// The words behind are those of the caller: the forced command takes no notice of them.
	forced := func(words string) string {
		script := filepath.Join(t.TempDir(), "forced")
		text := "#!/bin/sh\n" + asProgram + "=1 exec " + self + " sync serve " + words + "\n"
		require.NoError(t, os.WriteFile(script, []byte(text), 0o700))
		return "--rsh=" + script
	}
	for words, want := range map[string]int{
		"--allow " + b: 1, "--allow " + a: 6, "--config " + config: 1, "--config /no/such/file": 6,
	} {
		code, _, stderr := really(t, "sync", "verify", "--offline", forced(words), a, "bravo:"+b)
		require.Equal(t, want, code, "%s: %s", words, stderr)
		if want == 6 {
			require.Contains(t, stderr, b+" may not be read from another host")
			require.Contains(t, stderr, "allow it in /etc/ocfbox/sync.conf")
		}
	}
	require.NoError(t, os.WriteFile(config, []byte("permit everything\n"), 0o600))
	code, _, stderr := really(t, "sync", "verify", forced("--config "+config), a, "bravo:"+b)
	require.Equal(t, 6, code)
	require.Contains(t, stderr, `line 1: "permit everything" is not allow PATH`)
}

// Row V16: the coordinator is killed; what it had done is in the file, with the seed.
func TestRowV16AKilledRunGoesOnFromItsCheckpoint(t *testing.T) {
	a, b := two(t)
	state := filepath.Join(t.TempDir(), "state")
	for _, line := range [][]string{
		{"sync", "verify", "--offline", "--rate=1M", "--state=" + state, a, b},
		remote(t, sshWorks, a, b, "--rate=1M", "--state="+state),
	} {
		cmd := process(t, "", line...)
		require.NoError(t, cmd.Start())
		before := int64(-1)
		// The file grows when the first parts are written down.
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if info, err := os.Stat(state); err == nil {
				if before >= 0 && info.Size() > before {
					break
				}
				if before < 0 {
					before = info.Size()
				}
			}
			require.True(t, time.Now().Before(deadline), "nothing is written down in %s", state)
		}
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		kept, err := os.ReadFile(state)
		require.NoError(t, err)
		require.True(t, bytes.Contains(kept, []byte(`"done":[`)), string(kept))
		var resumed []string
		for _, word := range line {
			if word != "--rate=1M" {
				resumed = append(resumed, word)
			}
		}
		code, stdout, stderr := really(t, append(resumed, "--resume")...)
		require.Equal(t, 1, code, stderr)
		require.Contains(t, stdout, "differs: offset=5242880 length=4096\n")
		require.NoFileExists(t, state)
	}
}
