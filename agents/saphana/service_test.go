package saphana

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
)

// sysv is a host whose sapstartsrv systemd does not know.
func (w *world) sysv() {
	w.NoFile("/etc/systemd/system/SAPHA1_10.service")
	w.File("/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01", "")
	w.File("/tmp/x", "")
	w.Cluster.Override("saphostctrl", runtest.Says(0, " Inst Info : HA1 - 10 - suse01 - 753, patch 1010, changelist 2124070\n"))
	w.Cluster.Override("sapstartsrv", runtest.Says(0, ""))
	w.Cluster.Override("kill", runtest.Says(0, ""))
}

// socket makes sapstartsrv's socket.
func (w *world) socket() {
	// The path of a socket is short: it is made where the test is.
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(w.Root, "/tmp/.sapstream51013")})
	require.NoError(w.T, err)
	listener.SetUnlinkOnClose(false)
	require.NoError(w.T, listener.Close())
}

// sapstartsrv without systemd: saphana.md 4.2.
func TestStartServiceWithoutSystemd(t *testing.T) {
	t.Parallel()
	const line = "pf=/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01 -D -u ha1adm"
	row(t, "it answers", func(w *world) {
		w.sysv()
		w.socket()
		w.Cluster.Override("sapcontrol", runtest.Says(0, "\nOK\n0 : HDB10\n"))
		w.do("monitor", promoted, "lpt=now")
		require.Empty(t, w.Calls("sapstartsrv"))
	})
	row(t, "it has no socket", func(w *world) {
		w.sysv()
		w.do("monitor", promoted, "lpt=now")
		require.Equal(t, []string{line}, w.Calls("sapstartsrv"))
	})
	row(t, "it is another instance's", func(w *world) {
		w.sysv()
		w.socket()
		w.File("/proc/77/cmdline", "/usr/sap/HA1/HDB11/exe/sapstartsrv\x00pf=/usr/sap/HA1/SYS/profile/HA1_HDB11_suse01\x00-D\x00")
		w.File("/proc/78/cmdline", "/usr/sap/HA1/HDB10/exe/sapstartsrv\x00pf=/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01\x00-D\x00")
		w.Cluster.Override("sapcontrol", runtest.Says(0, "\nOK\n0 : HDB11\n"))
		w.do("monitor", promoted, "lpt=now")
		require.Equal(t, []string{"-9 77"}, w.Calls("kill"))
		require.Equal(t, []string{line}, w.Calls("sapstartsrv"))
		require.False(t, w.Has("/tmp/.sapstream51013"))
	})
	row(t, "it does not come hanatest.Up, and a stop fails", func(w *world) {
		w.sysv()
		w.Cluster.Override("sapcontrol", runtest.Says(1, ""))
		require.Less(t, hanatest.Took(func() { w.do("stop", ocf.ErrGeneric, "clone_state=UNDEFINED") }), 5*time.Minute)
	})
	row(t, "there is no profile", func(w *world) {
		w.sysv()
		w.NoFile("/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01")
		require.Contains(t, w.do("monitor", promoted, "lpt=now").Stderr, "start profile")
	})
}

// Without the cluster a monitor judges the database alone, and nothing is started or taken over.
func TestTheClusterCannotBeRead(t *testing.T) {
	t.Parallel()
	row(t, "monitor", func(w *world) {
		w.do("monitor", promoted, "lpt=now")
		w.Cluster.Override("cibadmin", runtest.Complains(1, "it broke"))
		w.do("monitor", promoted)
		w.SAP(landscape, 1, "")
		w.do("monitor", failed)
	})
	rowS(t, "promote and start", func(w *world) {
		w.Cluster.Override("cibadmin", runtest.Complains(1, "it broke"))
		w.Call(t, "promote")
		require.Equal(t, 0, w.Count(takeover))
		w.do("start", ocf.ErrGeneric)
		require.Empty(t, w.control())
	})
	row(t, "stop", func(w *world) {
		w.Cluster.Override("cibadmin", runtest.Complains(1, "it broke"))
		require.Equal(t, ocf.Success, w.Call(t, "stop").Code)
		require.Equal(t, []string{"Stop", "WaitforStopped 3600 1"}, w.control())
	})
}
