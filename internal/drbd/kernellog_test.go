package drbd_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

func TestAMessageOfEveryGenerationIsUnderstood(t *testing.T) {
	resource := func(kind drbd.LogKind, name, peer string) drbd.LogEvent {
		return drbd.LogEvent{Kind: kind, Resource: name, Minor: -1, Peer: peer}
	}
	minor := func(kind drbd.LogKind, minor int) drbd.LogEvent { return drbd.LogEvent{Kind: kind, Minor: minor} }
	both := func(kind drbd.LogKind) drbd.LogEvent {
		return drbd.LogEvent{Kind: kind, Resource: "r0", Minor: 0, Peer: "bravo"}
	}
	for _, test := range []struct {
		line string
		want drbd.LogEvent
	}{
		{"drbd0: Split-Brain detected, dropping connection!", minor(drbd.LogSplitBrain, 0)},
		{"block drbd12: Split-Brain detected, dropping connection!", minor(drbd.LogSplitBrain, 12)},
		{"block drbd0: Split-Brain detected but unresolved, dropping connection!", minor(drbd.LogSplitBrain, 0)},
		{"drbd r0/0 drbd0 bravo: Split-Brain detected but unresolved, dropping connection!", both(drbd.LogSplitBrain)},
		{"block drbd0: helper command: /sbin/drbdadm initial-split-brain minor-0", minor(drbd.LogSplitBrain, 0)},
		{"drbd r0/0 drbd0 bravo: helper command: /sbin/drbdadm split-brain", both(drbd.LogSplitBrain)},
		{"block drbd0: Split-Brain detected, manually solved. Sync from peer node", minor(drbd.LogSolved, 0)},
		{"block drbd0: Split-Brain detected, 1 primaries, automatically solved. Sync from this node", minor(drbd.LogSolved, 0)},
		{"block drbd0: Unrelated data, aborting!", minor(drbd.LogUnrelated, 0)},
		{"drbd0: drbd0_receiver [1234]: cstate WFReportParams --> Connected", minor(drbd.LogConnected, 0)},
		{"drbd0: Connection established.", minor(drbd.LogConnected, 0)},
		{"drbd0: drbd0_asender [12]: cstate Connected --> NetworkFailure", minor(drbd.LogConnectionLost, 0)},
		{"drbd0: Connection lost.", minor(drbd.LogConnectionLost, 0)},
		{"block drbd0: conn( WFReportParams -> Connected ) pdsk( DUnknown -> UpToDate ) ", minor(drbd.LogConnected, 0)},
		{"block drbd0: peer( Unknown -> Primary ) conn( WFReportParams -> WFBitMapT ) disk( UpToDate -> Outdated ) ",
			minor(drbd.LogConnected, 0)},
		{"drbd r0 bravo: conn( Connecting -> Connected ) peer( Unknown -> Secondary ) [connected]",
			resource(drbd.LogConnected, "r0", "bravo")},
		{"drbd r0/0 drbd0 bravo: pdsk( DUnknown -> UpToDate ) repl( Off -> Established ) [remote]", both(drbd.LogConnected)},
		{"drbd r0: peer( Secondary -> Unknown ) conn( Connected -> NetworkFailure ) pdsk( UpToDate -> DUnknown ) ",
			resource(drbd.LogConnectionLost, "r0", "")},
		{"drbd r0 bravo: conn( Connected -> TearDown ) peer( Secondary -> Unknown )", resource(drbd.LogConnectionLost, "r0", "bravo")},
		{"block drbd0: conn( SyncTarget -> BrokenPipe )", minor(drbd.LogConnectionLost, 0)},
		{"block drbd5: disk( UpToDate -> Failed ) ", minor(drbd.LogIOError, 5)},
		{"block drbd0: Resync done (total 1 sec; paused 0 sec; 44 K/sec)", minor(drbd.LogResyncDone, 0)},
		{"block drbd0: Online verify done (total 71 sec; paused 0 sec; 3688 K/sec)", minor(drbd.LogVerifyDone, 0)},
		{"block drbd0: Online verify found 3 4k block out of sync!", minor(drbd.LogOutOfSync, 0)},
	} {
		t.Run(test.line, func(t *testing.T) {
			events := drbd.ParseKernelLog([]byte(test.line+"\n"), drbd.LogClock{})
			require.Len(t, events, 1)
			_, text, _ := strings.Cut(test.line, ": ")
			test.want.Text = strings.TrimSpace(text)
			assert.Equal(t, test.want, events[0])
		})
	}
}

func TestWhatTellsNothingIsLeftOut(t *testing.T) {
	for _, line := range []string{
		"EXT4-fs (drbd0): unmounting filesystem.",
		"drbd: initialized. Version: 8.4.11 (api:1/proto:86-101)",
		"drbd5: detected capacity change from 0 to 262064",
		"drbd r0: Handshake successful: Agreed network protocol version 101",
		"block drbd0: conn( SyncSource -> Connected ) pdsk( Inconsistent -> UpToDate ) ",
		"block drbd0: helper command: /sbin/drbdadm split-brain minor-0 exit code 0 (0x0)",
		"drbd r0: Preparing cluster-wide state change 80677108: 0->1 role( Primary ) conn( Connected )",
		"drbd r0 alfa: Failed: conn( StandAlone -> Connected ) [disconnect]",
		"drbd r0: conn( Unconnected -> WFConnection ) ",
		"Nov 22 14:00:00 alfa replcheck[12]: block drbd0: Split-Brain detected but unresolved, dropping connection!",
		"Nov 22 14:00:00 alfa logger: drbd r0: Unrelated data, aborting!",
	} {
		assert.Empty(t, drbd.ParseKernelLog([]byte(line+"\n"), drbd.LogClock{}), line)
	}
}

func TestAMessageHasItsTimeInEveryForm(t *testing.T) {
	const message = "block drbd0: Unrelated data, aborting!"
	boot := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	clock := drbd.LogClock{Boot: boot, Now: boot.Add(time.Hour)}
	for _, test := range []struct {
		name, line string
		want       time.Time
	}{
		{"a record of the device", "4,1234,61500000,-;" + message, boot.Add(61500 * time.Millisecond)},
		{"dmesg", "[   61.500000] " + message, boot.Add(61500 * time.Millisecond)},
		{"dmesg with dates", "[Sun Nov 22 12:01:01 2026] " + message, boot.Add(61 * time.Second)},
		{"journal", "2026-11-22T13:01:01+0100 alfa kernel: " + message, boot.Add(61 * time.Second)},
		{"journal, precise", "2026-11-22T12:01:01.500000+00:00 alfa kernel: " + message, boot.Add(61500 * time.Millisecond)},
		{"syslog", "Nov 22 12:01:01 alfa kernel: " + message, boot.Add(61 * time.Second)},
		{"syslog with the kernel's own stamp", "Nov 22 12:01:01 alfa kernel: [  12.000000] " + message, boot.Add(61 * time.Second)},
		{"syslog of last year", "Dec 31 23:00:00 alfa kernel: " + message, time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC)},
		{"none", message, time.Time{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			events := drbd.ParseKernelLog([]byte(test.line), clock)
			require.Len(t, events, 1)
			assert.Equal(t, "Unrelated data, aborting!", events[0].Text)
			assert.True(t, test.want.Equal(events[0].At), "%v", events[0].At)
		})
	}
}

// row S20: the log of the recorded pair tells of a split brain from the moment at which it was found until it was
// solved, and at no other time.
func TestRowS20TheLogTellsOfASplitBrainUntilItIsSolved(t *testing.T) {
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		log := map[string]string{}
		for _, c := range drbdtest.Captures(folder) {
			log[c.Host] += c.Log()
			open := drbd.OpenSplits(drbd.ParseKernelLog([]byte(log[c.Host]), drbd.LogClock{}),
				func(string) []int { return []int{0} })
			if c.Situation >= "29" && c.Situation < "31" {
				assert.NotEmpty(t, open, c.Name())
			} else {
				assert.Empty(t, open, c.Name())
			}
		}
	}
}

func TestOneVolumesHandshakeDoesNotClearAnothersSplitBrain(t *testing.T) {
	const split = "[10.0] block drbd5: Split-Brain detected but unresolved, dropping connection!\n"
	minors := func(resource string) []int { return map[string][]int{"r1": {5, 6}, "r2": {7}}[resource] }
	for _, test := range []struct {
		name, then string
		open       int
	}{
		{"nothing more", "", 1},
		{"the same again counts from the first", "[20.0] block drbd5: Split-Brain detected but unresolved, dropping connection!", 1},
		{"its own handshake", "block drbd5: conn( WFReportParams -> Connected )", 0},
		{"its own handshake, into a resync", "block drbd5: conn( WFReportParams -> WFBitMapS )", 0},
		{"another volume's", "block drbd6: conn( WFReportParams -> Connected )", 1},
		{"its resource's", "drbd r1 bravo: conn( Connecting -> Connected )", 0},
		{"another resource's", "drbd r2 bravo: conn( Connecting -> Connected )", 1},
		{"a connection on the wire alone", "drbd r1: Handshake successful: Agreed network protocol version 101", 1},
		{"the word that it is solved", "block drbd5: Split-Brain detected, manually solved. Sync from peer node", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			boot := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			open := drbd.OpenSplits(drbd.ParseKernelLog([]byte(split+test.then), drbd.LogClock{Boot: boot}), minors)
			require.Len(t, open, test.open)
			if test.open > 0 {
				assert.Equal(t, boot.Add(10*time.Second), open[0].At, "since when")
			}
		})
	}
}
