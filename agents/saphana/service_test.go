package saphana

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

// sysv is a host whose sapstartsrv systemd does not know.
func (w *world) sysv() {
	w.noFile("/etc/systemd/system/SAPHA1_10.service")
	w.file("/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01", "")
	w.file("/tmp/x", "")
	w.cluster.Override("saphostctrl", runtest.Says(0, " Inst Info : HA1 - 10 - suse01 - 753, patch 1010, changelist 2124070\n"))
	w.cluster.Override("sapstartsrv", runtest.Says(0, ""))
	w.cluster.Override("kill", runtest.Says(0, ""))
}

// socket makes sapstartsrv's socket.
func (w *world) socket() {
	// The path of a socket is short: it is made where the test is.
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(w.root, "/tmp/.sapstream51013")})
	require.NoError(w.t, err)
	listener.SetUnlinkOnClose(false)
	require.NoError(w.t, listener.Close())
}

// ran reports the calls of a program.
func (w *world) ran(program string) []string {
	var all []string
	for _, call := range w.cluster.Calls() {
		if filepath.Base(call.Path) == program {
			all = append(all, strings.Join(call.Args, " "))
		}
	}
	return all
}

// sapstartsrv without systemd: saphana.md 4.2.
func TestStartServiceWithoutSystemd(t *testing.T) {
	const line = "pf=/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01 -D -u ha1adm"
	row(t, "it answers", func(w *world) {
		w.sysv()
		w.socket()
		w.cluster.Override("sapcontrol", runtest.Says(0, "\nOK\n0 : HDB10\n"))
		w.do("monitor", promoted, "lpt=now")
		require.Empty(t, w.ran("sapstartsrv"))
	})
	row(t, "it has no socket", func(w *world) {
		w.sysv()
		w.do("monitor", promoted, "lpt=now")
		require.Equal(t, []string{line}, w.ran("sapstartsrv"))
	})
	row(t, "it is another instance's", func(w *world) {
		w.sysv()
		w.socket()
		w.file("/proc/77/cmdline", "/usr/sap/HA1/HDB11/exe/sapstartsrv\x00pf=/usr/sap/HA1/SYS/profile/HA1_HDB11_suse01\x00-D\x00")
		w.file("/proc/78/cmdline", "/usr/sap/HA1/HDB10/exe/sapstartsrv\x00pf=/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01\x00-D\x00")
		w.cluster.Override("sapcontrol", runtest.Says(0, "\nOK\n0 : HDB11\n"))
		w.do("monitor", promoted, "lpt=now")
		require.Equal(t, []string{"-9 77"}, w.ran("kill"))
		require.Equal(t, []string{line}, w.ran("sapstartsrv"))
		require.False(t, w.has("/tmp/.sapstream51013"))
	})
	row(t, "it does not come up, and a stop fails", func(w *world) {
		w.sysv()
		w.cluster.Override("sapcontrol", runtest.Says(1, ""))
		require.Less(t, took(func() { w.do("stop", ocf.ErrGeneric, "clone_state=UNDEFINED") }), 5*time.Minute)
	})
	row(t, "there is no profile", func(w *world) {
		w.sysv()
		w.noFile("/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01")
		require.Contains(t, w.do("monitor", promoted, "lpt=now").Stderr, "start profile")
	})
}

// Without the cluster a monitor judges the database alone, and nothing is started or taken over.
func TestTheClusterCannotBeRead(t *testing.T) {
	row(t, "monitor", func(w *world) {
		w.do("monitor", promoted, "lpt=now")
		w.cluster.Override("cibadmin", runtest.Complains(1, "it broke"))
		w.do("monitor", promoted)
		w.sap(landscape, 1, "")
		w.do("monitor", failed)
	})
	rowS(t, "promote and start", func(w *world) {
		w.cluster.Override("cibadmin", runtest.Complains(1, "it broke"))
		w.Call(t, "promote")
		require.Equal(t, 0, w.count(takeover))
		w.do("start", ocf.ErrGeneric)
		require.Empty(t, w.control())
	})
	row(t, "stop", func(w *world) {
		w.cluster.Override("cibadmin", runtest.Complains(1, "it broke"))
		require.Equal(t, ocf.Success, w.Call(t, "stop").Code)
		require.Equal(t, []string{"Stop", "WaitforStopped 3600 1"}, w.control())
	})
}
