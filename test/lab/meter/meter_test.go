package meter_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/lab/meter"
)

// busy is the name under which the test binary uses the processor for as long as its argument says, and
// prints how long the kernel says that it did.
const busy = "busy"

func TestMain(m *testing.M) {
	switch os.Args[0] {
	case meter.Name:
		os.Exit(meter.Main(os.Args[1:]))
	case busy:
		os.Exit(work(os.Args[1]))
	}
	os.Exit(m.Run())
}

func work(duration string) int {
	limit, err := time.ParseDuration(duration)
	if err != nil {
		return 1
	}
	var used unix.Rusage
	for own := time.Duration(0); own < limit; own = time.Duration(used.Utime.Nano() + used.Stime.Nano()) {
		if unix.Getrusage(unix.RUSAGE_SELF, &used) != nil {
			return 1
		}
	}
	os.Stdout.WriteString(time.Duration(used.Utime.Nano() + used.Stime.Nano()).String())
	return 0
}

func measure(t *testing.T, args ...string) meter.Reading {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Args = append([]string{meter.Name}, args...)
	cmd.Env = append(os.Environ(), "SELF="+self)
	output, err := cmd.Output()
	require.NoError(t, err, string(output))
	reading, err := meter.Parse(output)
	require.NoError(t, err)
	return reading
}

func TestAChildsTimeIsNotTheProgramsOwn(t *testing.T) {
	r := measure(t, meter.Time, "bash", "-c", `(exec -a busy "$SELF" 300ms); exit 7`)
	require.Equal(t, 7, r.Code)
	require.Less(t, r.Own, 100*time.Millisecond)
	require.Greater(t, r.Own, time.Duration(0))
	require.Greater(t, r.All, 300*time.Millisecond)
	require.GreaterOrEqual(t, r.Wall, 300*time.Millisecond)
}

func TestTheTimeIsThatWhichTheKernelCounts(t *testing.T) {
	r := measure(t, meter.Time, "bash", "-c", `exec -a busy "$SELF" 300ms`)
	require.Zero(t, r.Code, r.Output)
	says, err := time.ParseDuration(r.Output)
	require.NoError(t, err, r.Output)
	require.InDelta(t, says.Seconds(), r.Own.Seconds(), 0.05)
	require.InDelta(t, r.All.Seconds(), r.Own.Seconds(), 0.05)
}

func TestEachExecutionIsCounted(t *testing.T) {
	r := measure(t, meter.Programs, "sh", "-c", `/bin/true one
		/bin/sh -c '/bin/true two; (exec env /bin/true three) & wait'
		kill -USR1 $$ 2>/dev/null; exit 3`)
	require.Equal(t, 128+int(unix.SIGUSR1), r.Code, "a signal is passed on")
	var lines []string
	for _, p := range r.Programs {
		line := strings.Join(p.Args[:min(len(p.Args), 2)], " ")
		if p.Child {
			line = "child " + line
		}
		require.Positive(t, p.Own, line)
		lines = append(lines, line)
	}
	require.Equal(t, []string{
		"child /bin/true one", "child /bin/sh -c", "/bin/true two", "env /bin/true", "/bin/true three",
	}, lines)
}

func TestAMeterWithoutAProgramSaysHowItIsUsed(t *testing.T) {
	var stderr bytes.Buffer
	cmd := exec.Cmd{Path: "/proc/self/exe", Args: []string{meter.Name, "weight"}, Stderr: &stderr}
	require.Error(t, cmd.Run())
	require.Contains(t, stderr.String(), "usage: "+meter.Name)
}
