package drbd_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/drbdsim"
	"ocfbox/test/drbdsim/core"
)

// A cut link, a resync, two primaries, split brain and a node without power, with 8.4.
func TestReplicationIsLostAndComesBack(t *testing.T) {
	plan := drbdsim.Default()
	plan.RateKiB = 4096
	b := newBench(t, plan)
	b.awaitProc(one, "cs:Connected ro:Secondary/Secondary ds:UpToDate/UpToDate C r-----")
	b.do(one, "drbdadm", "primary", "r0")
	b.do(one, drbdsim.Hand, "write", "r0", "64")
	b.sameData(true)
	_, code := b.try(two, "drbdadm", "primary", "r0")
	require.Equal(t, core.CodeState, code, "the other is primary")
	b.do(one, drbdsim.Hand, "open", "r0")
	_, code = b.try(one, "drbdadm", "secondary", "r0")
	require.Equal(t, core.CodeState, code, "the device is held open")
	b.do(one, drbdsim.Hand, "close", "r0")

	b.cut(one, true)
	b.awaitProc(one, "cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C")
	b.awaitProc(two, "cs:WFConnection ro:Secondary/Unknown ds:UpToDate/DUnknown C")
	b.do(one, drbdsim.Hand, "write", "r0", "16384")
	b.sameData(false)
	b.cut(one, false)
	b.awaitProc(two, "cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C")
	b.awaitProc(two, "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C")
	b.sameData(true)

	b.cut(two, true)
	b.awaitProc(two, "cs:WFConnection")
	b.do(two, "drbdadm", "primary", "r0")
	b.do(one, drbdsim.Hand, "write", "r0", "8")
	b.do(two, drbdsim.Hand, "write", "r0", "8")
	b.cut(two, false)
	b.awaitProc(one, "cs:StandAlone ro:Primary/Unknown")
	b.awaitProc(two, "cs:StandAlone ro:Primary/Unknown")
	require.Contains(t, b.do(one, "cat", "/run/drbdsim/kmsg"), "Split-Brain detected but unresolved, dropping connection!")
	b.do(two, "drbdadm", "secondary", "r0")
	b.do(two, "drbdadm", "connect", "--discard-my-data", "r0")
	b.do(one, "drbdadm", "connect", "r0")
	b.awaitProc(two, "cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C")
	b.sameData(true)

	b.do(one, drbdsim.Hand, "write", "r0", "32")
	require.NoError(t, b.lab.Crash(t.Context(), one))
	b.awaitProc(two, "cs:WFConnection ro:Secondary/Unknown")
	b.do(two, "drbdadm", "primary", "r0")
	b.do(two, drbdsim.Hand, "write", "r0", "32")
	require.NoError(t, b.lab.Boot(t.Context(), one))
	b.awaitProc(one, "cs:SyncTarget")
}

// The same link with 9, whose tools answer otherwise.
func TestLongNineSaysSoInItsOwnWords(t *testing.T) {
	plan := drbdsim.Default()
	plan.Generation, plan.RateKiB = core.Gen9, 2048
	b := newBench(t, plan)
	b.awaitTool(one, `"connection-state": "Connected"`, "drbdsetup", "status", "--json")
	require.NotContains(t, b.do(one, "sh", "-c", `cat "$OCFBOX_PROC_DRBD"`), "cs:", "there are no rows in /proc/drbd")
	b.do(one, "drbdadm", "primary", "r0")
	b.cut(one, true)
	b.awaitTool(one, "Connecting", "drbdadm", "cstate", "r0")
	b.do(one, drbdsim.Hand, "write", "r0", "8192")
	b.cut(one, false)
	b.awaitTool(two, `"replication-state": "SyncTarget"`, "drbdsetup", "status", "r0", "--json")
	b.awaitTool(two, "replication:Established", "drbdsetup", "events2", "--now", "--statistics")
	b.sameData(true)
	require.NoError(t, drbdsim.Switch(t.Context(), b.lab, one, "fail:20", "drbdsetup", "status"))
	_, code := b.try(one, "drbdsetup", "status")
	require.Equal(t, 20, code)
	require.NoError(t, drbdsim.Switch(t.Context(), b.lab, one, "works", "drbdsetup", "status"))
	require.True(t, strings.HasPrefix(b.do(one, "drbdsetup", "status"), "r0 role:Primary\n"))
}
