package drbd_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

func TestTheAnswersOfDrbdadmAreRead(t *testing.T) {
	t.Parallel()
	roles := func(text string) any { return answer(drbd.ParseRoles(text)) }
	disks := func(text string) any { return answer(drbd.ParseDisks(text)) }
	links := func(text string) any { return answer(drbd.ParseLinks(text, drbd.Gen84)) }
	links9 := func(text string) any { return answer(drbd.ParseLinks(text, drbd.Gen9)) }
	for _, test := range []struct {
		name string
		read func(string) any
		text string
		want any
	}{
		{"own role and the peer's", roles, "Primary/Secondary\n", []drbd.Roles{{Local: drbd.Primary, Peer: drbd.Secondary, PeerTold: true}}},
		{"a peer that is not there", roles, "Secondary/Unknown\n", []drbd.Roles{{Local: drbd.Secondary, PeerTold: true}}},
		{"9 prints its own alone", roles, "Secondary\n", []drbd.Roles{{Local: drbd.Secondary}}},
		{"a line for each volume", roles, "Primary/Secondary\nPrimary/Secondary\n", []drbd.Roles{
			{Local: drbd.Primary, Peer: drbd.Secondary, PeerTold: true}, {Local: drbd.Primary, Peer: drbd.Secondary, PeerTold: true}}},
		{"nothing behind the device", roles, "Unconfigured\n", []drbd.Roles{{Unconfigured: true}}},
		{"a word that is none", roles, "Master/Slave\n", drbd.ErrGarbled},
		{"an own role that is not known", roles, "Unknown/Primary\n", drbd.ErrGarbled},
		{"nothing", roles, "\n", drbd.ErrGarbled},
		{"own disk and the peer's", disks, "UpToDate/Inconsistent\n", []drbd.Disks{{Local: drbd.UpToDate, Peers: []drbd.DiskState{drbd.Inconsistent}}}},
		{"two peers", disks, "UpToDate/Outdated/DUnknown\n", []drbd.Disks{{Local: drbd.UpToDate, Peers: []drbd.DiskState{drbd.Outdated, drbd.DUnknown}}}},
		{"from the meta data of a resource that is down", disks, "Consistent\n", []drbd.Disks{{Local: drbd.Consistent}}},
		{"an own disk cannot be DUnknown", disks, "DUnknown\n", drbd.ErrGarbled},
		{"our own words are none of DRBD's", disks, "UpToDate/Hidden\n", drbd.ErrGarbled},
		{"8.4's word for both", links, "WFConnection\n", []drbd.Link{{Connection: drbd.Connecting, Replication: drbd.Off}}},
		{"any case", links, "wfconnection\n", []drbd.Link{{Connection: drbd.Connecting, Replication: drbd.Off}}},
		{"8.4 tells a resync", links, "SyncTarget\nConnected\n", []drbd.Link{
			{Connection: drbd.Connected, Replication: drbd.SyncTarget}, {Connection: drbd.Connected, Replication: drbd.Established}}},
		{"9 does not", links9, "Connected\n", []drbd.Link{{Connection: drbd.Connected}}},
		{"9 waiting", links9, "Connecting\n", []drbd.Link{{Connection: drbd.Connecting, Replication: drbd.Off}}},
		{"9 has no such word", links9, "SyncTarget\n", drbd.ErrGarbled},
		{"established is no word of cstate", links, "Established\n", drbd.ErrGarbled},
		{"rubbish", links, "0: Failure: (127) Device minor not allocated\n", drbd.ErrGarbled},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := test.read(test.text)
			if want, ok := test.want.(error); ok {
				err, failed := got.(error)
				require.True(t, failed, "%v", got)
				assert.ErrorIs(t, err, want)
				return
			}
			assert.Equal(t, test.want, got)
		})
	}
	_, err := drbd.ParseRoles(strings.Repeat("Primary\n", 1<<18))
	assert.ErrorIs(t, err, drbd.ErrTooLong)
	_, err = drbd.ParseRoles(strings.Repeat("Primary\n", 5000))
	assert.ErrorIs(t, err, drbd.ErrGarbled)
}

func answer[T any](values []T, err error) any {
	if err != nil {
		return err
	}
	return values
}

// Every answer that drbdadm gave with status 0 is read, and agrees with the first row of the same capture where
// nothing moved.
func TestEveryRecordedAnswerOfDrbdadmIsRead(t *testing.T) {
	t.Parallel()
	count := 0
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		generation := drbd.Gen84
		if folder == drbdtest.DRBD9 {
			generation = drbd.Gen9
		}
		for _, c := range recorded[folder]() {
			for _, resource := range []string{"r0", "r1"} {
				if b, ok := c.Find("drbdadm role " + resource); ok && b.Code == 0 {
					_, err := drbd.ParseRoles(b.Stdout)
					assert.NoError(t, err, c.Name())
					count++
				}
				if b, ok := c.Find("drbdadm dstate " + resource); ok && b.Code == 0 {
					_, err := drbd.ParseDisks(b.Stdout)
					assert.NoError(t, err, c.Name())
				}
				if b, ok := c.Find("drbdadm cstate " + resource); ok && b.Code == 0 {
					_, err := drbd.ParseLinks(b.Stdout, generation)
					assert.NoError(t, err, c.Name())
				}
			}
			proc := c.Proc()
			if role, ok := c.Find("drbdadm role r0"); ok && folder == drbdtest.DRBD84 && role.Code == 0 && len(proc) == 2 && proc[0] == proc[1] {
				agree(t, c, role.Stdout, proc[0])
			}
		}
	}
	assert.Greater(t, count, 140)
}

func agree(t *testing.T, c drbdtest.Capture, role, proc string) {
	disk, _ := c.Find("drbdadm dstate r0")
	link, _ := c.Find("drbdadm cstate r0")
	roles, err := drbd.ParseRoles(role)
	require.NoError(t, err)
	disks, err := drbd.ParseDisks(disk.Stdout)
	require.NoError(t, err)
	links, err := drbd.ParseLinks(link.Stdout, drbd.Gen84)
	require.NoError(t, err)
	h, err := drbd.ParseProc([]byte(proc), drbd.Strict)
	require.NoError(t, err)
	r := h.Resources[0]
	assert.Equal(t, drbd.Roles{Local: r.Role, Peer: r.Peers[0].Role, PeerTold: true}, roles[0], c.Name())
	assert.Equal(t, drbd.Disks{Local: r.Volumes[0].Disk, Peers: []drbd.DiskState{r.Peers[0].Volumes[0].Disk}}, disks[0], c.Name())
	assert.Equal(t, drbd.Link{Connection: r.Peers[0].Connection, Replication: r.Peers[0].Volumes[0].Replication}, links[0], c.Name())
}

// What is written as JSON is read back the same: one host sends its view to the other.
func TestAHostSurvivesItsJSON(t *testing.T) {
	t.Parallel()
	for _, folder := range drbdtest.Folders() {
		for _, c := range recorded[folder]() {
			for _, h := range captured(t, c) {
				text, err := json.Marshal(h)
				require.NoError(t, err)
				var back drbd.Host
				require.NoError(t, json.Unmarshal(text, &back))
				assert.Equal(t, drbd.Classify(drbd.Observation{Local: h}), drbd.Classify(drbd.Observation{Local: back}), c.Name())
				again, err := json.Marshal(back)
				require.NoError(t, err)
				assert.JSONEq(t, string(text), string(again), c.Name())
			}
		}
	}
}

func TestAWordThatIsNotKnownIsUnknown(t *testing.T) {
	t.Parallel()
	assert.Equal(t, drbd.RoleUnknown, drbd.ParseRole("Master"))
	assert.Equal(t, drbd.DiskUnknown, drbd.ParseDisk("?"))
	assert.Equal(t, drbd.ConnUnknown, drbd.ParseConn("TOO_SMALL"))
	assert.Equal(t, drbd.ReplUnknown, drbd.ParseRepl(""))
	assert.Equal(t, drbd.NoClass, drbd.ParseClass("fine"))
	assert.Equal(t, "Unknown", drbd.DiskState(99).String())
	assert.Equal(t, "Unknown", drbd.Role(-1).String())
	assert.Less(t, drbd.Inconsistent, drbd.Outdated)
	assert.Less(t, drbd.Outdated, drbd.Consistent)
	assert.Less(t, drbd.Consistent, drbd.UpToDate)
}

func TestTheVersionTellsTheGeneration(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]drbd.Generation{
		"0.7.25": drbd.Gen07, "8.0.16": drbd.Gen80, "8.2.6": drbd.Gen82, "8.3.0rc1": drbd.Gen83, "8.4.11": drbd.Gen84, "9.2.14": drbd.Gen9,
		"0.6.1": drbd.GenUnknown, "8": drbd.GenUnknown, "8.5.0": drbd.GenUnknown, "10.0.0": drbd.GenUnknown, "": drbd.GenUnknown,
	} {
		assert.Equal(t, want, drbd.GenerationOf(version), version)
		if want != drbd.GenUnknown {
			assert.Equal(t, want != drbd.Gen9, drbd.Version{Generation: want}.Rows(), version)
		}
	}
}
