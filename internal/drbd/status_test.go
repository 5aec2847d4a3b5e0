package drbd_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

// copyOf is the one copy of a host with one resource, one peer and one volume.
func copyOf(t *testing.T, h drbd.Host) drbd.PeerVolume {
	t.Helper()
	require.Len(t, h.Resources, 1)
	require.Len(t, h.Resources[0].Peers, 1)
	require.Len(t, h.Resources[0].Peers[0].Volumes, 1)
	return h.Resources[0].Peers[0].Volumes[0]
}

// row S15: a healthy answer.
func TestRowS15AHealthyAnswerOf9IsReadWhole(t *testing.T) {
	h := jsonHost(t, drbdtest.File(drbdtest.DRBD9, "06-mounted", drbdtest.Alfa))
	quorum := true
	require.Len(t, h.Resources, 1)
	r := h.Resources[0]
	assert.Equal(t, "r0", r.Name)
	assert.Zero(t, r.NodeID)
	assert.Equal(t, drbd.Primary, r.Role)
	assert.Nil(t, r.Suspended)
	assert.Equal(t, "flush", r.WriteOrdering)
	require.Len(t, r.Volumes, 1)
	v := r.Volumes[0]
	assert.Equal(t, &quorum, v.Quorum)
	assert.EqualValues(t, 262100, v.SizeKiB)
	assert.Equal(t, drbd.UpToDate, v.Disk)
	p := r.Peers[0]
	assert.Equal(t, "bravo", p.Name)
	assert.Equal(t, 1, p.NodeID)
	assert.Equal(t, drbd.Secondary, p.Role)
	copied := copyOf(t, h)
	assert.True(t, copied.OOSKnown)
	assert.Nil(t, copied.Progress)
}

// row S15: a resync; sectors become KiB and MiB a second KiB.
func TestRowS15ASyncOf9HasItsNumbers(t *testing.T) {
	h := jsonHost(t, drbdtest.File(drbdtest.DRBD9, "10-resync", drbdtest.Bravo))
	copied := copyOf(t, h)
	assert.Equal(t, drbd.SyncTarget, copied.Replication)
	assert.EqualValues(t, 29020, copied.OutOfSyncKiB)
	assert.Equal(t, &drbd.Progress{Percent: 16.82, PercentKnown: true, LeftKiB: 29020, TotalKiB: 34888,
		KernelETASeconds: 134, KernelSpeedKiB: 215, KernelAverageKiB: 327, KernelWantKiB: 204}, copied.Progress)
}

// row S15: a verify, with what it passed over.
func TestRowS15AVerifyOf9TellsWhatItPassedOver(t *testing.T) {
	c := drbdtest.File(drbdtest.DRBD9, "33-verify-running", drbdtest.Alfa)
	copied := copyOf(t, jsonHost(t, c))
	require.NotNil(t, copied.Progress)
	assert.True(t, copied.Progress.Verify)
	assert.EqualValues(t, 274456/2, copied.Progress.LeftKiB)
	assert.EqualValues(t, 524216/2, copied.Progress.TotalKiB)
	assert.EqualValues(t, 8, copied.OutOfSyncKiB)
	assert.Zero(t, copied.VerifySkippedKiB)

	block, _ := c.Find(statusAllJSON)
	h, err := drbd.ParseStatusJSON([]byte(strings.Replace(block.Stdout, `"ov-skipped": 0`, `"ov-skipped": 24`, 1)))
	require.NoError(t, err)
	assert.EqualValues(t, 12, copyOf(t, h).VerifySkippedKiB, "sectors")
}

// row S15: nothing configured is no error.
func TestRowS15NothingConfiguredIsAHostWithoutResources(t *testing.T) {
	for _, text := range []string{"[\n]\n\n", "[]", "# No currently configured DRBD found.\n[\n]\n"} {
		h, err := drbd.ParseStatusJSON([]byte(text))
		require.NoError(t, err, text)
		require.True(t, h.Loaded)
		require.NotNil(t, h.Resources)
		require.Empty(t, h.Resources)
	}
}

// threeNodes is an answer with two volumes and two peers, as 9 prints it, with a peer that has no disk on purpose, paths
// of newer utilities, and keys that are none of ours.
const threeNodes = `[ { "name": "data", "node-id": 2, "role": "Secondary", "suspended": true, "suspended-quorum": true,
 "force-io-failures": true, "shiny": { "a": [ 1, 2 ] },
 "devices": [
  { "volume": 1, "minor": 11, "disk-state": "UpToDate", "client": false, "open": false, "quorum": false, "size": 1073741824 },
  { "volume": 0, "minor": 10, "disk-state": "Outdated", "client": false, "quorum": true } ],
 "connections": [
  { "peer-node-id": 1, "name": "bravo", "connection-state": "Connected", "congested": true, "peer-role": "Primary", "tls": false,
    "ap-in-flight": 8, "rs-in-flight": 16,
    "paths": [ { "this_host": { "address": "fd00::1", "port": 7789, "family": "ipv6" },
                 "remote_host": { "address": "10.0.0.2", "port": 7789, "family": "ipv4" }, "established": true } ],
    "peer_devices": [
     { "volume": 1, "replication-state": "PausedSyncT", "peer-disk-state": "UpToDate", "peer-client": false,
       "resync-suspended": "user,dependency", "out-of-sync": 9223372036854775809 },
     { "volume": 0, "replication-state": "Established", "peer-disk-state": "UpToDate", "rs-failed": 16 } ] },
  { "peer-node-id": 0, "name": "alfa", "connection-state": "Connected", "peer-role": "Secondary",
    "peer_devices": [ { "volume": 0, "replication-state": "Established", "peer-disk-state": "Diskless", "peer-client": true,
       "resync-suspended": "no", "out-of-sync": 0 } ] } ] } ]`

// row S15: three nodes, two volumes, and keys that are not known.
func TestRowS15ThreeNodesAndTwoVolumes(t *testing.T) {
	h, err := drbd.ParseStatusJSON([]byte(threeNodes))
	require.NoError(t, err)
	yes, no := true, false
	assert.Equal(t, []drbd.Resource{{
		Name: "data", NodeID: 2, Role: drbd.Secondary, Suspended: []string{"quorum"}, ForceIOFailures: true,
		Volumes: []drbd.Volume{
			{Number: 0, Minor: 10, Disk: drbd.Outdated, Quorum: &yes},
			{Number: 1, Minor: 11, Disk: drbd.UpToDate, Quorum: &no, SizeKiB: 1 << 30},
		},
		Peers: []drbd.Peer{
			{Name: "alfa", NodeID: 0, Connection: drbd.Connected, Role: drbd.Secondary, Volumes: []drbd.PeerVolume{
				{Replication: drbd.Established, Disk: drbd.Diskless, Client: true, OOSKnown: true}}},
			{Name: "bravo", NodeID: 1, Connection: drbd.Connected, Role: drbd.Primary, Congested: true, APInFlight: 8,
				RSInFlight: 16,
				Paths:      []drbd.Path{{Local: "ipv6:[fd00::1]:7789", Remote: "ipv4:10.0.0.2:7789", Established: true}},
				Volumes: []drbd.PeerVolume{
					{Number: 0, Replication: drbd.Established, Disk: drbd.UpToDate, ResyncFailedKiB: 8},
					{Number: 1, Replication: drbd.PausedSyncT, Disk: drbd.UpToDate, OutOfSyncKiB: math.MaxInt64, OOSKnown: true,
						Paused: []string{"user", "dependency"}},
				}},
		},
	}}, h.Resources)
}

// row S15: missing keys.
func TestRowS15MissingKeysAreWhatIsNotTold(t *testing.T) {
	h, err := drbd.ParseStatusJSON([]byte(`[ { "connections": [ { "peer_devices": [ {} ] } ], "devices": [ {} ] } ]`))
	require.NoError(t, err)
	r := h.Resources[0]
	assert.Equal(t, -1, r.NodeID)
	assert.Equal(t, drbd.RoleUnknown, r.Role)
	assert.Equal(t, drbd.Volume{Minor: -1}, r.Volumes[0])
	assert.Equal(t, drbd.PeerVolume{}, copyOf(t, h), "and out-of-sync is not 0 but not known")
}

// row S15: a resync of an old kernel.
func TestRowS15OldKernelsTellThePercentageOfASyncAlone(t *testing.T) {
	h, err := drbd.ParseStatusJSON([]byte(`[ { "name": "r0", "connections": [ { "peer_devices": [
		{ "replication-state": "SyncSource", "out-of-sync": 100, "percent-resync-done": 42.50 } ] } ] } ]`))
	require.NoError(t, err)
	assert.Equal(t, &drbd.Progress{Percent: 42.5, PercentKnown: true, LeftKiB: 100}, copyOf(t, h).Progress)
}

// row S16: what is no answer.
func TestRowS16WhatIsNoAnswerIsAnErrorWithAName(t *testing.T) {
	block, _ := drbdtest.File(drbdtest.DRBD84, "05-healthy", drbdtest.Alfa).Find(statusAllJSON)
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"the usage of 8.4", block.Stdout, drbd.ErrUnreadable},
		{"nothing", "", drbd.ErrTruncated},
		{"a comment alone", "# No currently configured DRBD found.", drbd.ErrTruncated},
		{"garbage", "\x00\xff\xfe<?\x1b[31m=,\r\r\"", drbd.ErrUnreadable},
		{"an object in place of the array", `{"name": "r0"}`, drbd.ErrUnreadable},
		{"a word in place of a number", `[{"devices":[{"minor":"five"}]}]`, drbd.ErrUnreadable},
		{"a list in place of an object", `[[]]`, drbd.ErrUnreadable},
		{"two answers", "[]\n[]", drbd.ErrUnreadable},
		{"an end too many", "[]]", drbd.ErrUnreadable},
		{"nested beyond all depth", strings.Repeat("[", 1000) + strings.Repeat("]", 1000), drbd.ErrUnreadable},
		{"a string without its end", `[{"name": "r0`, drbd.ErrTruncated},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := drbd.ParseStatusJSON([]byte(test.text))
			require.ErrorIs(t, err, test.want)
			require.Empty(t, h.Resources)
		})
	}
}

// row S16: wherever an answer is cut off, it is known for one.
func TestRowS16AnAnswerCutOffAnywhereIsTruncated(t *testing.T) {
	block, _ := drbdtest.File(drbdtest.DRBD9, "42-backing-io-error", drbdtest.Alfa).Find(statusAllJSON)
	whole := strings.TrimSpace(block.Stdout)
	for end := range len(whole) {
		_, err := drbd.ParseStatusJSON([]byte(whole[:end]))
		require.ErrorIs(t, err, drbd.ErrTruncated, "%d bytes", end)
	}
}

// row S17: the end that the kernel does not see, in each of its forms.
func TestRowS17AnEndThatIsNotSeenIsNone(t *testing.T) {
	for _, end := range []string{"987654321", "nan", "-nan", "inf", "null"} {
		h, err := drbd.ParseStatusJSON([]byte(`[ { "name": "r0", "connections": [ { "name": "inf nan", "peer_devices": [ {
			"replication-state": "SyncTarget", "estimated-seconds-to-finish": ` + end + `, "want": ` + end + `, "percent-resync-done": 1.5 } ] } ] } ]`))
		require.NoError(t, err, end)
		want := int64(0)
		if end == "987654321" {
			want = drbd.NoETA
		}
		assert.Equal(t, want, copyOf(t, h).Progress.KernelETASeconds, end)
		assert.Equal(t, "inf nan", h.Resources[0].Peers[0].Name, "words in strings stay")
	}
}

// 8.4 prints in its status how much of the whole device is in sync, and during a verify 100: neither is progress.
func TestThePercentageInTheTextOf84IsNotTaken(t *testing.T) {
	for situation, left := range map[string]int64{"10-resync": 24236, "33-verify-running": 0} {
		copied := copyOf(t, textHost(t, drbdtest.File(drbdtest.DRBD84, situation, drbdtest.Alfa), statusVerbose))
		require.NotNil(t, copied.Progress, situation)
		assert.False(t, copied.Progress.PercentKnown, situation)
		assert.Equal(t, left, copied.Progress.LeftKiB, situation)
	}
	copied := copyOf(t, textHost(t, drbdtest.File(drbdtest.DRBD9, "10-resync", drbdtest.Bravo), statusVerbose))
	assert.Equal(t, 11.4, copied.Progress.Percent)
	assert.EqualValues(t, 124, copied.Progress.KernelETASeconds)
}

// A connection of 8.4 that stands alone is not in the text; the copy is not for that forgotten.
func TestAConnectionThatIsNotPrintedStandsAlone(t *testing.T) {
	h := textHost(t, drbdtest.File(drbdtest.DRBD84, "29-split-brain", drbdtest.Alfa), statusVerbose)
	require.Len(t, h.Resources[0].Peers, 1)
	assert.Equal(t, drbd.StandAlone, h.Resources[0].Peers[0].Connection)
	assert.Equal(t, drbd.PeerVolume{Replication: drbd.Off, Disk: drbd.DUnknown}, copyOf(t, h))
}

func TestAStatusTextThatIsNone(t *testing.T) {
	for _, test := range []struct {
		name, text string
		err        error
		resources  int
	}{
		{"nothing configured", "# No currently configured DRBD found.\n", nil, 0},
		{"nothing", "", nil, 0},
		{"usage", "USAGE: drbdsetup command device arguments options\n", drbd.ErrUnreadable, 0},
		{"no indentation to belong to", "  disk:UpToDate\n", drbd.ErrUnreadable, 0},
		{"rubbish after a resource", "r0 role:Primary\n  disk:UpToDate\n\x00\xff rubbish\n  disk:Failed\n", nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := drbd.ParseStatusText([]byte(test.text))
			require.ErrorIs(t, err, test.err)
			require.Len(t, h.Resources, test.resources)
			if test.resources == 1 {
				require.NotEmpty(t, h.Problems)
				require.Len(t, h.Resources[0].Volumes, 1, "what follows rubbish belongs to nothing")
			}
		})
	}
}
