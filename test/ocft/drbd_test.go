package ocft

import (
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/desk"
	"ocfbox/test/lab"
)

// deskSocket is where DRBD's tools ask, deskProc what its kernel says in /proc/drbd.
const (
	deskSocket = "/run/drbd-desk"
	deskProc   = "/run/drbd-proc"
)

// ocf-tester takes a simulated DRBD (drbddisk.md 5).
func TestOCFTesterTakesAMirror(t *testing.T) {
	lab.Need(t, "root", "ocf-tester", "xmllint", "nsenter", "go")
	standIn(t)
	folder := t.TempDir()
	t.Cleanup(func() { desk.Clear(folder) })
	d, err := desk.Furnish(folder, func(root string) (*desk.Desk, error) { return desk.New(core.Gen84, root, "", "", "") })
	require.NoError(t, err)
	kernel := func() {
		text, _ := d.Proc(desk.Alfa)
		_ = os.WriteFile(deskProc+".new", []byte(text), 0o644)
		_ = os.Rename(deskProc+".new", deskProc)
	}
	listener, err := net.Listen("unix", deskSocket)
	require.NoError(t, err)
	defer listener.Close()
	go d.Serve(listener, kernel)
	require.NoError(t, d.InSync())
	kernel()
	for name, options := range map[string][]string{
		"one volume":           {"-o", "drbd_resource=r0"},
		"two volumes, in full": {"-o", "drbd_resource=pair", "-o", "start_tries=2", "-o", "on_standalone=warn", "-o", "fail_if_degraded=true"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := program(node(t), "ocf-tester", append(append([]string{"-n", "t"}, options...), agentsDir+"/ocfbox/drbddisk")...)
			cmd.Env = append(cmd.Env, "HA_RSCTMP="+t.TempDir(), "OCFBOX_PROC_DRBD="+deskProc)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "passed all tests")
		})
	}
}
