package script

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Lines for syslog go to the journal with fields, where there is one. Here it is a socket in the /run
// that these tests have for themselves.
func TestLogLinesReachTheJournal(t *testing.T) {
	t.Run("F30 with their fields", journalFields)
}

func journalFields(t *testing.T) {
	const socket = "/run/systemd/journal/socket"
	require.NoError(t, os.MkdirAll(filepath.Dir(socket), 0o755))
	journal, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	require.NoError(t, err)
	defer os.Remove(socket)
	defer journal.Close()

	cmd := exec.Command(filepath.Join(build(t), ocfDir, "IPaddr2"), "start")
	cmd.Env = []string{"HA_LOGFACILITY=daemon", "OCF_RESOURCE_INSTANCE=vip", "OCF_RESKEY_ip=10.0.0.256"}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	require.Error(t, cmd.Run())
	require.NotContains(t, stderr.String(), "INFO")

	require.NoError(t, journal.SetReadDeadline(time.Now().Add(5*time.Second)))
	entry := make([]byte, 4096)
	n, err := journal.Read(entry)
	require.NoError(t, err)
	for _, field := range []string{"PRIORITY=6", "SYSLOG_FACILITY=3", "OCF_AGENT=IPaddr2", "OCF_RESOURCE=vip",
		"OCF_ACTION=start", "MESSAGE=INFO: begin action start"} {
		require.Contains(t, string(entry[:n]), field+"\n")
	}
	require.Regexp(t, `SYSLOG_IDENTIFIER=IPaddr2\(vip\)\[[0-9]+\]\n`, string(entry[:n]))
}
