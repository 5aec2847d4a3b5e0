package hook

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// output runs a program, which must succeed, and returns what it printed.
func output(t testing.TB, dir, name string, args ...string) string {
	t.Helper()
	text, code := answerOf(t, dir, name, args...)
	require.Zero(t, code, "%s %q: %s", name, args, text)
	return text
}

// answerOf runs a program and returns all that it printed, and its exit code.
func answerOf(t testing.TB, dir, name string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	require.NotNil(t, cmd.ProcessState, "%s: %v", cmd, err)
	return string(out), cmd.ProcessState.ExitCode()
}
