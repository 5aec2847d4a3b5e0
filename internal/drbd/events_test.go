package drbd_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

func TestALineOfEventsIsReadWhateverItsForm(t *testing.T) {
	for _, test := range []struct {
		name, line string
		want       drbd.Event
	}{
		{"values have colons of their own", "exists path name:r0 local:ipv4:10.99.1.1:7788 established:yes\n",
			drbd.Event{Action: "exists", Object: "path", Fields: []drbd.Field{
				{Key: "name", Value: "r0"}, {Key: "local", Value: "ipv4:10.99.1.1:7788"}, {Key: "established", Value: "yes"}}}},
		{"a time stamp goes before it", "2026-11-22T15:10:07.123456+01:00 change resource name:r0 role:Primary",
			drbd.Event{At: time.Date(2026, 11, 22, 14, 10, 7, 123456000, time.UTC), Action: "change", Object: "resource",
				Fields: []drbd.Field{{Key: "name", Value: "r0"}, {Key: "role", Value: "Primary"}}}},
		{"with --diff a value has two halves", "change device name:r0 volume:0 disk:UpToDate->Failed quorum:yes->no",
			drbd.Event{Action: "change", Object: "device", Fields: []drbd.Field{{Key: "name", Value: "r0"},
				{Key: "volume", Value: "0"}, {Key: "disk", Value: "Failed", Old: "UpToDate"},
				{Key: "quorum", Value: "no", Old: "yes"}}}},
		{"a name may look like one", "exists resource name:a->b", drbd.Event{Action: "exists", Object: "resource",
			Fields: []drbd.Field{{Key: "name", Value: "a->b"}}}},
		{"colours are taken off", "exists device name:r0 volume:0 disk:\x1b[1;31mFailed\x1b[0m", drbd.Event{Action: "exists",
			Object: "device", Fields: []drbd.Field{{Key: "name", Value: "r0"}, {Key: "volume", Value: "0"},
				{Key: "disk", Value: "Failed"}}}},
		{"early ones of 8.4 have a number", "12* exists resource name:r0", drbd.Event{Action: "exists", Object: "resource",
			Fields: []drbd.Field{{Key: "name", Value: "r0"}}}},
		{"the dump's end", "exists -", drbd.Event{Action: "exists", Object: "-"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := drbd.ParseEvent(test.line)
			require.NoError(t, err)
			assert.True(t, test.want.At.Equal(got.At), got.At)
			got.At, test.want.At = time.Time{}, time.Time{}
			assert.Equal(t, test.want, got)
		})
	}
	for _, line := range []string{"", "exists", "exits resource name:r0", "USAGE: drbdsetup command", "\x00\xff", "2026 -"} {
		_, err := drbd.ParseEvent(line)
		assert.ErrorIs(t, err, drbd.ErrUnreadable, "%q", line)
	}
}

// feed applies lines to a table, all of which must be readable.
func feed(t *testing.T, table *drbd.Table, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		require.NoError(t, table.Feed(line), line)
	}
}

// row S18: a stream that creates, changes and takes away objects ends in the same table as an answer that was asked for
// then.
func TestRowS18TheTableIsWhatWouldBePolled(t *testing.T) {
	var table drbd.Table
	first := drbdtest.File(drbdtest.DRBD9, "05-healthy", drbdtest.Alfa)
	dump, _ := first.Find(eventsStatistics)
	feed(t, &table, dump.Stdout)
	require.True(t, table.Complete())
	require.Equal(t, states(jsonHost(t, first)), states(table.Host()))

	// What happened until the capture with two resources on the same host, as a stream tells it.
	feed(t, &table, `2026-11-22T15:10:07.123456+00:00 change resource name:r0 role:Primary->Secondary may_promote:no->yes promotion_score:10101->10102
change connection name:r0 peer-node-id:1 conn-name:bravo connection:Connected->NetworkFailure role:Secondary->Unknown
change peer-device name:r0 peer-node-id:1 conn-name:bravo volume:0 replication:Established->Off peer-disk:UpToDate->DUnknown
change path name:r0 peer-node-id:1 conn-name:bravo local:ipv4:10.99.1.1:7788 peer:ipv4:10.99.1.2:7788 established:no
call helper name:r0 peer-node-id:1 conn-name:bravo helper:disconnected
response helper name:r0 peer-node-id:1 conn-name:bravo helper:disconnected status:0
create peer-device name:r1 peer-node-id:1 conn-name:bravo volume:0 replication:UNKNOWN->Off peer-disk:DUnknown
create connection name:r1 peer-node-id:1 conn-name:bravo connection:Unconnected role:Unknown
create device name:r1 volume:0 minor:5 disk:Diskless
create resource name:r1 role:Secondary suspended:no
create device name:r1 volume:7 minor:9 disk:Diskless
change device name:r1 volume:0 minor:5 disk:`+"\x1b[1;33mUpToDate\x1b[0m"+`
destroy device name:r1 volume:7
rename resource name:r1 new_name:data
`)
	h := table.Host()
	require.Len(t, h.Resources, 2)
	renamed, r0 := h.Resources[0], h.Resources[1]
	assert.Equal(t, "data", renamed.Name)
	assert.Equal(t, []drbd.Volume{{Number: 0, Minor: 5, Disk: drbd.UpToDate}}, renamed.Volumes)
	require.Len(t, renamed.Peers, 1)
	assert.Equal(t, drbd.Unconnected, renamed.Peers[0].Connection)
	assert.Equal(t, drbd.Secondary, r0.Role)
	assert.Equal(t, drbd.NetworkFailure, r0.Peers[0].Connection)
	assert.Equal(t, drbd.DUnknown, r0.Peers[0].Volumes[0].Disk)
	assert.False(t, r0.Peers[0].Paths[0].Established)
	assert.Len(t, table.Notes(), 2)
	assert.Equal(t, "disconnected", table.Notes()[0].Get("helper"))

	feed(t, &table, "destroy peer-device name:data peer-node-id:1 conn-name:bravo volume:0\n"+
		"destroy connection name:data peer-node-id:1 conn-name:bravo\ndestroy device name:data volume:0\ndestroy resource name:data\n"+
		"change connection name:r0 peer-node-id:1 conn-name:bravo connection:Connected role:Secondary\n"+
		"change peer-device name:r0 peer-node-id:1 conn-name:bravo volume:0 replication:Established peer-disk:UpToDate\n"+
		"change resource name:r0 role:Primary\n")
	assert.Equal(t, states(jsonHost(t, first)), states(table.Host()), "everything is as it was")
}

func jsonHost(t *testing.T, c drbdtest.Capture) drbd.Host {
	t.Helper()
	block, ok := c.Find(statusAllJSON)
	require.True(t, ok)
	h, err := drbd.ParseStatusJSON([]byte(block.Stdout))
	require.NoError(t, err)
	return h
}

// row S18: a dump says the same in whatever order its lines come.
func TestRowS18TheOrderOfADumpDoesNotMatter(t *testing.T) {
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		block, _ := drbdtest.File(folder, "42-backing-io-error", drbdtest.Alfa).Find(eventsStatistics)
		lines := strings.SplitAfter(strings.TrimSuffix(block.Stdout, "exists -\n"), "\n")
		want, err := drbd.ParseEvents([]byte(block.Stdout), drbd.Version{})
		require.NoError(t, err)
		for shift := range lines {
			turned := strings.Join(lines[shift:], "") + strings.Join(lines[:shift], "")
			got, err := drbd.ParseEvents([]byte(turned+"exists -\n"), drbd.Version{})
			require.NoError(t, err)
			require.Equal(t, want, got, "begun at line %d", shift)
		}
	}
}

// row S18: a second dump on the same stream takes the place of the first.
func TestRowS18ANewDumpForgetsWhatIsGone(t *testing.T) {
	var table drbd.Table
	feed(t, &table, "exists resource name:a role:Primary\nexists resource name:b role:Primary\nexists -\n")
	feed(t, &table, "exists resource name:b role:Secondary\n")
	require.False(t, table.Complete(), "a dump is not all before its end")
	feed(t, &table, "exists -\n")
	require.True(t, table.Complete())
	h := table.Host()
	require.Len(t, h.Resources, 1)
	require.Equal(t, drbd.Secondary, h.Resource("b").Role)
}

// A connection of 8.4 that stands alone has no name, and is the same as before and after.
func TestAConnectionOf84KeepsItsPlaceWithoutAName(t *testing.T) {
	var table drbd.Table
	feed(t, &table, `exists resource name:r0 role:Primary suspended:no
exists connection name:r0 peer-node-id:0 conn-name:peer connection:Connected role:Secondary
exists device name:r0 volume:0 minor:0 disk:UpToDate
exists peer-device name:r0 peer-node-id:0 conn-name:peer volume:0 replication:Established peer-disk:UpToDate
exists -
change connection name:r0 peer-node-id:0 connection:StandAlone role:Unknown
change peer-device name:r0 peer-node-id:0 volume:0 replication:Off peer-disk:DUnknown
`)
	peers := table.Host().Resources[0].Peers
	require.Len(t, peers, 1)
	assert.Equal(t, drbd.Peer{NodeID: -1, Connection: drbd.StandAlone,
		Volumes: []drbd.PeerVolume{{Replication: drbd.Off, Disk: drbd.DUnknown}}}, peers[0])
	feed(t, &table, "change connection name:r0 peer-node-id:0 conn-name:peer connection:Connecting\n")
	peers = table.Host().Resources[0].Peers
	require.Len(t, peers, 1)
	assert.Equal(t, "peer", peers[0].Name)
}

func TestProgressIsThereWhileSomethingRuns(t *testing.T) {
	var table drbd.Table
	const head = "peer-device name:r0 peer-node-id:1 conn-name:bravo volume:0 "
	feed(t, &table, "exists "+head+"replication:SyncTarget peer-disk:UpToDate done:20.49 out-of-sync:27740 dbdt1:0.50 eta:134\n")
	progress := func() *drbd.Progress { return table.Host().Resources[0].Peers[0].Volumes[0].Progress }
	assert.Equal(t, &drbd.Progress{Percent: 20.49, PercentKnown: true, LeftKiB: 27740, KernelETASeconds: 134,
		KernelSpeedKiB: 512}, progress())
	for _, eta := range []string{"nan", "inf", "-nan", "987654321"} {
		feed(t, &table, "change "+head+"eta:"+eta+"\n")
		assert.EqualValues(t, drbd.NoETA, progress().KernelETASeconds, eta)
	}
	feed(t, &table, "change "+head+"replication:VerifyS done:5.00 out-of-sync:4\n")
	assert.True(t, progress().Verify)
	feed(t, &table, "change "+head+"replication:Established\n")
	assert.Nil(t, progress())
}

func TestWhatOfEventsCannotBeReadChangesNothingElse(t *testing.T) {
	for _, test := range []struct {
		name, text, problem string
		err                 error
		resources           int
	}{
		{"nothing is configured", "exists -\n", "", nil, 0},
		{"the end is missing", "exists resource name:r0 role:Primary\n", "", drbd.ErrTruncated, 1},
		{"nothing at all", "", "", drbd.ErrTruncated, 0},
		{"usage of a command that does not know events2", "USAGE: drbdsetup command\n", "USAGE", drbd.ErrUnreadable, 0},
		{"a line of rubbish among others", "exists resource name:r0 role:Primary\n\x00\xff\nexists -\n", "unreadable", nil, 1},
		{"an object without a name", "exists resource role:Primary\nexists -\n", "without a name", nil, 0},
		{"a device without a number", "exists device name:r0 minor:1\nexists -\n", "volume", nil, 1},
		{"a number that is none", "exists device name:r0 volume:0 minor:x disk:UpToDate\nexists -\n", "minor", nil, 1},
		{"objects and keys of a later release", "exists resource name:r0 role:Primary shiny:yes\n" +
			"exists lightbulb name:r0 on:yes\nexists -\n", "", nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := drbd.ParseEvents([]byte(test.text), drbd.Version{})
			require.ErrorIs(t, err, test.err)
			assert.Len(t, h.Resources, test.resources)
			if test.problem == "" {
				assert.Empty(t, h.Problems)
				return
			}
			require.Len(t, h.Problems, 1)
			assert.Contains(t, h.Problems[0], test.problem)
		})
	}
}

// A number that cannot be read is not taken for 0: what is out of sync is then not known.
func TestACounterThatCannotBeReadIsNotKnown(t *testing.T) {
	h, err := drbd.ParseEvents([]byte("exists peer-device name:r0 conn-name:b volume:0 replication:Established "+
		"peer-disk:UpToDate out-of-sync:-1\nexists -\n"), drbd.Version{})
	require.NoError(t, err)
	require.NotEmpty(t, h.Problems)
	copied := h.Resources[0].Peers[0].Volumes[0]
	assert.False(t, copied.OOSKnown)
	assert.Equal(t, drbd.UpToDate, copied.Disk, "the rest of the line counts")
}

func TestATableIsBounded(t *testing.T) {
	var table drbd.Table
	var err error
	for i := 0; i < 1<<17 && err == nil; i++ {
		err = table.Feed("create resource name:r" + strconv.Itoa(i))
	}
	require.ErrorContains(t, err, "more objects")
	// What was taken away makes room.
	table = drbd.Table{}
	for range 1 << 17 {
		require.NoError(t, table.Feed("create resource name:r0"))
		require.NoError(t, table.Feed("destroy resource name:r0"))
	}
	require.Empty(t, table.Host().Resources)
}
