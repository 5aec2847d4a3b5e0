package node

import (
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestLogLine(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 2, 3, 4e6, time.UTC)
	tests := []struct{ name, message, want string }{
		{"a priority is removed", "<13>Nov 22 01:02:03 IPaddr2: hello", "2026-11-22T01:02:03.004 Nov 22 01:02:03 IPaddr2: hello\n"},
		{"a message without one stays", "hello\n", "2026-11-22T01:02:03.004 hello\n"},
		{"an open bracket alone is text", "<hello", "2026-11-22T01:02:03.004 <hello\n"},
		{"the zero that syslog(3) may send goes", "<13>hello\x00", "2026-11-22T01:02:03.004 hello\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, logLine(at, tt.message)) })
	}
}

func TestExitCode(t *testing.T) {
	code := func(args ...string) int {
		code, ran := ExitCode(exec.Command(args[0], args[1:]...).Run())
		require.True(t, ran)
		return code
	}
	require.Equal(t, 0, code("true"))
	require.Equal(t, 7, code("sh", "-c", "exit 7"))
	require.Equal(t, 128+9, code("sh", "-c", "kill -9 $$"))
	_, ran := ExitCode(errors.New("node is off"))
	require.False(t, ran)
}

// The list of granted capabilities must not grow by one of those that reach the kernel or the host.
func TestNoCapabilityReachesTheHost(t *testing.T) {
	for _, c := range []int{
		unix.CAP_SYS_ADMIN, unix.CAP_SYS_MODULE, unix.CAP_SYS_RAWIO, unix.CAP_SYS_TIME, unix.CAP_MKNOD, unix.CAP_SYSLOG,
		unix.CAP_BPF, unix.CAP_PERFMON, unix.CAP_SYS_RESOURCE, unix.CAP_DAC_READ_SEARCH, unix.CAP_MAC_ADMIN, unix.CAP_WAKE_ALARM,
	} {
		require.NotContains(t, granted(false), c)
	}
}
