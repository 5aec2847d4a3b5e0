package drbd_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

const (
	head07 = "version: 0.7.5 (api:76/proto:74)\nSVN Revision: 1578 build by root@test02, 2004-10-31 15:47:05\n"
	head80 = "version: 8.0.16 (api:86/proto:86)\nGIT-hash: d30881451c988619e243d6294a899139eed1183d build by phil@a, 2009-04-01 14:38:46\n"
	head82 = "version: 8.2.7 (api:88/proto:86-88)\nGIT-hash: 61b7f4c2fc34fe3d2acf7be6bcc1fc2684708a7d build by phil@a, 2008-11-12 16:40:33\n"
	head83 = "version: 8.3.16 (api:88/proto:86-97)\nGIT-hash: a798fa7e274428a357657fb52f0ecf40192c1985 build by phil@a, 2013-09-27 15:59:12\n"
	head84 = "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: F73C670A7EC572DB9CF3E5B \n"
	head93 = "version: 9.3.0 (api:2/proto:118-124) (compat 8.4)\nGIT-hash: 0000 build by @vm, 2026-01-01 00:00:00\nTransports (api:21): tcp (9.3.0)\n"
	row07  = "    ns:80 nr:696 dw:780 dr:848 al:0 bm:8 lo:0 pe:0 ua:0 ap:0\n"
	row84  = "    ns:80 nr:696 dw:780 dr:848 al:0 bm:8 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:"
)

// parse is the host of a text, with the worst class.
func parse(t *testing.T, text string, mode drbd.Mode) (drbd.Host, drbd.Verdict) {
	t.Helper()
	h, err := drbd.ParseProc([]byte(text), mode)
	require.NoError(t, err)
	return h, drbd.Classify(drbd.Observation{Local: h}).Verdict
}

func guide(t *testing.T, name string) string {
	text, err := os.ReadFile(filepath.Join("testdata", "guide-0.7", name+".txt"))
	require.NoError(t, err)
	return string(text)
}

// The texts of an administrators' guide on 0.7, as they were printed and scanned.
func TestRecordingsOf07AreReadLeniently(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, file, want string
		percent          float64
		left             int64
		eta              int64
	}{
		{"row S1 waiting for a peer with bad data", "1-waiting", "DEGRADED local-disk-inconsistent", 0, 0, 0},
		{"row S1 the source at 4.6 percent, with lines between", "2-source", "SYNCING resync", 4.6, 16891 * 1024, 42*60 + 23},
		{"row S1 the target", "3-target", "SYNCING resync", 5.7, 16703 * 1024, 35*60 + 38},
		{"row S1 the source made primary", "4-source-primary", "SYNCING resync", 12.3, 15543 * 1024, 11*3600 + 3*60 + 10},
		{"row S1 the target at 12.6 percent; row S2 a broken bar", "5-target-secondary", "SYNCING resync", 12.6, 15486 * 1024, 40*60 + 39},
		{"row S2 Id: for ld:, WfConnection, alone", "6-peer-stopped", "DEGRADED disconnected", 0, 0, 0},
		{"row S2 Id: for ld:, took over", "7-took-over", "DEGRADED disconnected", 0, 0, 0},
		{"row S1 connected and consistent", "8-rejoined", "OK in-sync", 0, 0, 0},
		{"row S2 Id: for ld:, connected", "9-switching-back", "OK in-sync", 0, 0, 0},
		{"row S2 Id: for ld:, connected primary", "10-switched-back", "OK in-sync", 0, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h, got := parse(t, guide(t, test.file), drbd.Lenient)
			assert.Equal(t, test.want, got.Class.String()+" "+string(got.Reason), got.Text)
			assert.Equal(t, drbd.Version{Text: "0.7.5", Generation: drbd.Gen07, API: "76", Proto: "74"}, h.Version)
			require.Len(t, h.Resources, 1)
			copied := h.Resources[0].Peers[0].Volumes[0]
			if test.percent == 0 {
				assert.Nil(t, copied.Progress)
				return
			}
			require.NotNil(t, copied.Progress)
			assert.True(t, copied.Progress.PercentKnown)
			assert.InDelta(t, test.percent, copied.Progress.Percent, 1e-9)
			assert.Equal(t, test.left, copied.Progress.LeftKiB)
			assert.Equal(t, int64(17696*1024), copied.Progress.TotalKiB)
			assert.Equal(t, test.eta, copied.Progress.KernelETASeconds)
		})
	}
}

func TestRecordingsOf07AreUnknownToTheStrict(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"1-waiting", "2-source", "3-target", "4-source-primary", "5-target-secondary", "6-peer-stopped",
		"7-took-over", "8-rejoined", "9-switching-back", "10-switched-back"} {
		t.Run("row S2 strict: "+file, func(t *testing.T) {
			t.Parallel()
			_, got := parse(t, guide(t, file), drbd.Strict)
			assert.Equal(t, drbd.Unknown, got.Class, got.Text)
		})
	}
}

func TestInSyncWith07SaysWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	_, got := parse(t, guide(t, "8-rejoined"), drbd.Lenient)
	assert.Contains(t, reasons(got.Warnings), drbd.WarnPeerHidden, "row S1")
}

func reasons(notes []drbd.Note) []drbd.Reason {
	var all []drbd.Reason
	for _, n := range notes {
		all = append(all, n.Reason)
	}
	return all
}

func TestARowOfEachGenerationHasItsClass(t *testing.T) {
	t.Parallel()
	bar := "\t[==>.................] sync'ed: 12.3% (15543/17696)M"
	actLog := "\tresync: used:0/61 hits:0 misses:0 starving:0 dirty:0 changed:0\n\tact_log: used:0/127 hits:30 misses:3 starving:0 dirty:0 changed:3\n"
	for _, test := range []struct{ name, text, want string }{
		{"row S1 0.7 strict: connected and consistent", head07 + " 0: cs:Connected st:Primary/Secondary ld:Consistent\n" + row07, "OK in-sync"},
		{"row S3 0.7 a resync that is stalled", head07 + " 0: cs:SyncTarget st:Secondary/Primary ld:Inconsistent\n" + row07 + bar + "\n\tstalled\n", "DEGRADED resync-stalled"},
		{"row S3 0.7 a client without a disk", head07 + " 0: cs:DiskLessClient st:Primary/Secondary ld:Consistent\n" + row07, "DEGRADED local-disk-diskless"},
		{"row S3 0.7 the server of one", head07 + " 0: cs:ServerForDLess st:Secondary/Primary ld:Consistent\n" + row07, "DEGRADED peer-disk-diskless"},
		{"row S3 0.7 a resync that was skipped", head07 + " 0: cs:SkippedSyncS st:Primary/Secondary ld:Consistent\n" + row07, "DEGRADED sync-skipped"},
		{"row S3 0.7 its other side", head07 + " 0: cs:SkippedSyncT st:Secondary/Primary ld:Consistent\n" + row07, "DEGRADED sync-skipped"},
		{"row S3 0.7 frozen I/O", head07 + " 0: cs:Connected st:Primary/Secondary ld:Consistent F\n" + row07, "DEGRADED io-suspended"},
		{"0.7 late, not frozen: a blank", head07 + " 0: cs:Connected st:Primary/Secondary ld:Consistent  \n" + row07, "OK in-sync"},
		{"row S4 8.0 without an out-of-sync counter, with details", head80 + " 0: cs:Connected st:Primary/Secondary ds:UpToDate/UpToDate C r---\n" + row07 + actLog, "OK in-sync"},
		{"row S5 8.2 a verify without a bar", head82 + " 0: cs:VerifyS st:Primary/Secondary ds:UpToDate/UpToDate C r---\n" + row84 + "0\n 12%      65536/524288\n", "OK verifying"},
		{"row S6 8.3", head83 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\n", "OK in-sync"},
		{"row S6 8.3, the other direction", head83 + " 0: cs:Connected ro:Secondary/Primary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\n", "OK in-sync"},
		{"row S6 8.4", head84 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\n", "OK in-sync"},
		{"9.3 that prints rows", head93 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\n", "OK in-sync"},
		{"row S8 a mainline kernel that forgot the line break", head84 + " 0: cs:SyncTarget ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----\n" + row84 + "15916032\n" + bar + "finish: 0:12:34 speed: 1,234 (2,345) want: 3,456 K/sec\n", "SYNCING resync"},
		{"row S8 9.3 sees no end", head93 + " 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n" + row84 + "15916032\n" + bar + "\n\tfinish: ∞ speed: 0 (0) K/sec\n", "SYNCING resync"},
		{"row S8 stalled, says the kernel", head84 + " 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n" + row84 + "15916032\n" + bar + "\n\tfinish: 9:12:34 speed: 0 (0) K/sec (stalled)\n", "DEGRADED resync-stalled"},
		{"row S9 paused by the user", head84 + " 0: cs:PausedSyncS ro:Primary/Secondary ds:UpToDate/Inconsistent C r--u--\n" + row84 + "12\n", "DEGRADED paused-user"},
		{"row S9 paused by the peer", head84 + " 0: cs:PausedSyncT ro:Secondary/Primary ds:Inconsistent/UpToDate C r-p---\n" + row84 + "12\n", "DEGRADED paused-user"},
		{"row S9 waiting for another resync", head84 + " 0: cs:PausedSyncT ro:Secondary/Primary ds:Inconsistent/UpToDate C ra----\n" + row84 + "12\n", "SYNCING paused-dependency"},
		{"row S9 paused while in sync", head84 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r--u--\n" + row84 + "0\n", "OK in-sync"},
		{"row S10 the protocol is a blank when StandAlone", head84 + " 0: cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r-----\n" + row84 + "0\n", "DEGRADED standalone"},
		{"row S10 unconfigured", head84 + " 0: cs:Unconfigured\n", "UNKNOWN unconfigured"},
		{"I/O suspended", head84 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C s-----\n" + row84 + "0\n", "DEGRADED io-suspended"},
		{"words that the kernel prints for numbers that it does not know", head84 + " 0: cs:TOO_LARGE ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\n", "UNKNOWN no-data"},
		{"a role that is not known", head84 + " 0: cs:Connected ro:?/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\n", "UNKNOWN no-data"},
		{"a disk state that is not known", head84 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/Great C r-----\n" + row84 + "0\n", "UNKNOWN no-data"},
		{"a flag that is not known", head84 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r--x--\n" + row84 + "0\n", "UNKNOWN no-data"},
		{"a text that ends after the first line", head84 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n", "UNKNOWN no-data"},
		{"a text that ends within the counters", head84 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n    ns:80 nr:696 dw:780 dr:848 al:0 bm:8 lo:0 pe:0 ua:0 ap:0 ep:1\n", "UNKNOWN no-data"},
		{"a version of the future", strings.Replace(head84, "8.4.11", "8.5.0", 1) + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\n", "UNKNOWN no-data"},
		{"a minor twice", head84 + strings.Repeat(" 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n"+row84+"0\n", 2), "UNKNOWN no-data"},
		{"a line from nowhere", head84 + " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\nsegmentation fault\n", "UNKNOWN no-data"},
		{"9 has no rows", "version: 9.2.14 (api:2/proto:118-123)\nGIT-hash: a1e7 build by @vm, 2026-11-22 13:27:32\nTransports (api:21): tcp (9.2.14)\n", "UNKNOWN no-data"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, got := parse(t, test.text, drbd.Strict)
			assert.Equal(t, test.want, got.Class.String()+" "+string(got.Reason), got.Text)
			// Lenient reading never finds a better class than a strict one that could read.
			_, lenient := parse(t, test.text, drbd.Lenient)
			if got.Reason != drbd.ReasonNoData {
				assert.Equal(t, got, lenient)
			}
		})
	}
}

func TestTheNumbersOfProgressAreRead(t *testing.T) {
	t.Parallel()
	progress := func(cs, lines string) *drbd.Progress {
		h, _ := parse(t, head84+" 0: cs:"+cs+" ro:Secondary/Primary ds:Inconsistent/UpToDate C r-----\n"+row84+"24284\n"+lines, drbd.Strict)
		require.Empty(t, h.Resources[0].Volumes[0].Problem)
		return h.Resources[0].Peers[0].Volumes[0].Progress
	}
	bar := "\t[====>...............] sync'ed: 28.6% (24284/25140)K\n"
	running := drbd.Progress{Percent: 28.6, PercentKnown: true, LeftKiB: 24284, TotalKiB: 25140}
	with := func(edit func(*drbd.Progress)) *drbd.Progress {
		p := running
		edit(&p)
		return &p
	}
	for _, test := range []struct {
		name, cs, lines string
		want            *drbd.Progress
	}{
		{"row S7 a source's", "SyncSource", bar + "\tfinish: 0:02:01 speed: 196 (204) K/sec\n", with(func(p *drbd.Progress) {
			p.KernelETASeconds, p.KernelSpeedKiB, p.KernelAverageKiB = 121, 196, 204
		})},
		{"row S7 a target's, which says what it wants", "SyncTarget", bar + "\tfinish: 0:01:20 speed: 1,212 (2,212) want: 30,720 K/sec\n", with(func(p *drbd.Progress) {
			p.KernelETASeconds, p.KernelSpeedKiB, p.KernelAverageKiB, p.KernelWantKiB = 80, 1212, 2212, 30720
		})},
		{"row S7 with details", "SyncTarget", bar + "\tfinish: 123:00:01 speed: 12 (3s -- 1,000,034) want: 9 K/sec\n\t 43% sector pos: 123/456 stop sector: 400\n\tresync: used:1/61 hits:0 misses:0\n\tact_log: used:0/127 hits:30\n", with(func(p *drbd.Progress) {
			p.KernelETASeconds, p.KernelSpeedKiB, p.KernelAverageKiB, p.KernelWantKiB = 123*3600+1, 12, 1000034, 9
		})},
		{"row S8 glued, in M", "SyncTarget", "\t[==>....] sync'ed: 12.3% (15543/17696)Mfinish: 0:12:34 speed: 1 (2) K/sec\n",
			&drbd.Progress{Percent: 12.3, PercentKnown: true, LeftKiB: 15543 << 10, TotalKiB: 17696 << 10, KernelETASeconds: 754, KernelSpeedKiB: 1, KernelAverageKiB: 2}},
		{"row S8 no end", "SyncTarget", bar + "\tfinish: ∞ speed: 0 (7) K/sec\n", with(func(p *drbd.Progress) {
			p.KernelETASeconds, p.KernelAverageKiB = drbd.NoETA, 7
		})},
		{"row S8 stalled", "SyncTarget", bar + "\tfinish: 0:00:00 speed: 0 (0) want: 0 K/sec (stalled)\n", with(func(p *drbd.Progress) { p.Stalled = true })},
		{"a verify's", "VerifyT", "\t[=========>..........] verified: 50.0% (134252/262100)K\n\tfinish: 0:01:23 speed: 1,588 (1,964) want: 30,720 K/sec\n",
			&drbd.Progress{Verify: true, Percent: 50, PercentKnown: true, LeftKiB: 134252, TotalKiB: 262100, KernelETASeconds: 83, KernelSpeedKiB: 1588, KernelAverageKiB: 1964, KernelWantKiB: 30720}},
		{"row S5 8.2's verify counts bits of 4 KiB", "VerifyS", " 12%      65536/524288\n",
			&drbd.Progress{Verify: true, Percent: 12, PercentKnown: true, LeftKiB: (524288 - 65536) * 4, TotalKiB: 524288 * 4}},
		{"numbers that are none", "SyncTarget", "\t[==>....] sync'ed: many% (1/2)K\n", &drbd.Progress{}},
		{"more left than there is", "SyncTarget", "\t[==>....] sync'ed: 1.0% (3/2)K\n", &drbd.Progress{Percent: 1, PercentKnown: true}},
		{"none told", "SyncTarget", "", nil},
		{"a resync that ended between two lines", "Connected", bar, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, progress(test.cs, test.lines))
		})
	}
}

// What is left decides, and not the percentage: 100 may be printed with something left.
func TestRowS7AHundredPercentIsNotDone(t *testing.T) {
	t.Parallel()
	_, got := parse(t, head84+" 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n"+row84+"12\n"+
		"\t[===================>] sync'ed:100.0% (12/262100)K\n\tfinish: 0:00:00 speed: 196 (196) K/sec\n", drbd.Strict)
	assert.Equal(t, drbd.Syncing, got.Class)
	assert.Contains(t, got.Text, "12 KiB left")
}

func TestEveryColumnOfARowIsKept(t *testing.T) {
	t.Parallel()
	h, _ := parse(t, head84+"12: cs:Ahead ro:Primary/Secondary ds:UpToDate/Consistent A sapuas\n"+
		"    ns:1 nr:2 dw:3 dr:4 al:5 bm:6 lo:-7 pe:8 ua:9 ap:10 ep:11 wo:d oos:12\n", drbd.Strict)
	assert.Equal(t, drbd.Host{
		Loaded:  true,
		Version: drbd.Version{Text: "8.4.11", Generation: drbd.Gen84, API: "1", Proto: "86-101"},
		Resources: []drbd.Resource{{
			NodeID: -1, Role: drbd.Primary, Suspended: []string{drbd.SuspendedIO}, WriteOrdering: "drain",
			Volumes: []drbd.Volume{{Minor: 12, Disk: drbd.UpToDate, WrittenKiB: 3, ReadKiB: 4, ALWrites: 5, BMWrites: 6,
				LowerPending: -7, UpperPending: 10, ALSuspended: true, Blocked: "lower"}},
			Peers: []drbd.Peer{{NodeID: -1, Connection: drbd.Connected, Role: drbd.Secondary, Protocol: "A", Congested: true,
				Volumes: []drbd.PeerVolume{{Replication: drbd.Ahead, Disk: drbd.Consistent, OutOfSyncKiB: 12, OOSKnown: true,
					Paused: []string{"dependency", "peer", "user"}, SentKiB: 1, ReceivedKiB: 2, Pending: 8, Unacked: 9}}}},
		}},
	}, h)
}

func TestRowS10GapsOfMinorsAndRowsThatCannotBeReadHurtNoOtherRow(t *testing.T) {
	t.Parallel()
	good := "ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0\n"
	h, worst := parse(t, head84+" 0: cs:Connected "+good+"\n 5: cs:Connected "+good+" 6: cs:Conn#cted "+good+" 7: cs:Unconfigured\n10: cs:Connected "+good, drbd.Strict)
	assert.Equal(t, drbd.Unknown, worst.Class)
	minors := map[int]drbd.Class{}
	for _, r := range drbd.Classify(drbd.Observation{Local: h}).Resources {
		minors[r.Volumes[0].Minor] = r.Class
	}
	assert.Equal(t, map[int]drbd.Class{0: drbd.OK, 5: drbd.OK, 6: drbd.Unknown, 7: drbd.Unknown, 10: drbd.OK}, minors)
}

func TestWhatIsNotProcIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "cat: /proc/drbd: No such file or directory\n", "<html>", " 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n"} {
		_, err := drbd.ParseProc([]byte(text), drbd.Strict)
		assert.ErrorIs(t, err, drbd.ErrNotProc, "%q", text)
	}
	_, err := drbd.ParseProc([]byte(head84+strings.Repeat("x", 1<<20)), drbd.Strict)
	assert.ErrorIs(t, err, drbd.ErrTooLong)
	_, err = drbd.ParseProc([]byte("prose\n"), drbd.Lenient)
	assert.ErrorIs(t, err, drbd.ErrNotProc)
}

// A recording without its first lines still tells its rows; their fields tell the dialect.
func TestRowsAloneAreReadLeniently(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]drbd.Generation{
		"0: cs:Connected st:Primary/Secondary ld:Consistent":                                                         drbd.Gen07,
		"0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----\n" + row84 + "0":                         drbd.Gen83,
		"prompt# cat\n0: cs:Connected st:Primary/Secondary ds:UpToDate/UpToDate C r---\n" + strings.TrimSpace(row07): drbd.Gen80,
	} {
		h, got := parse(t, text, drbd.Lenient)
		assert.Equal(t, want, h.Version.Generation, text)
		assert.Equal(t, drbd.OK, got.Class, got.Text)
	}
}

func TestThereAreNotMoreDevicesThanCanBe(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString(head84)
	for minor := range 5000 {
		text.WriteString(strconv.Itoa(minor) + ": cs:Unconfigured\n")
	}
	h, got := parse(t, text.String(), drbd.Strict)
	assert.Len(t, h.Resources, 4096)
	assert.NotEmpty(t, h.Problems)
	assert.Equal(t, drbd.Unknown, got.Class)
}

// A damaged byte may make a state unknown; it never makes a bad one good.
func TestADamagedByteIsNeverInOrder(t *testing.T) {
	t.Parallel()
	for _, situation := range []string{"02-first-node-up-alone", "09-link-cut-written", "11-resync-paused", "19-diskless", "29-split-brain"} {
		text := drbdtest.File(drbdtest.DRBD84, situation, drbdtest.Alfa).Proc()[0]
		for at := range len(text) {
			for _, damaged := range []string{
				text[:at] + text[at+1:], text[:at] + " " + text[at+1:], text[:at] + "\n" + text[at+1:], text[:at] + "0" + text[at+1:],
				text[:at] + "U" + text[at:], text[:at], text[:at] + "\x00" + text[at+1:], text[:at] + text[at:at+1] + text[at:],
			} {
				for _, mode := range []drbd.Mode{drbd.Strict, drbd.Lenient} {
					h, err := drbd.ParseProc([]byte(damaged), mode)
					if err == nil {
						got := drbd.Classify(drbd.Observation{Local: h})
						require.NotEqual(t, drbd.OK, got.Class, "%s at %d: %q", situation, at, damaged)
					}
				}
			}
		}
	}
}

func TestCountersGoRound(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                string
		before, after, want int64
	}{
		{"forward", 5, 12, 7},
		{"still", 5, 5, 0},
		{"half of 32 bits of sectors", 1<<31 - 4, 8, 12},
		{"all 32 bits", 1<<32 - 4, 8, 12},
		{"begun anew by down and up", 1000000, 8, 8},
		{"beyond 32 bits begun anew", 1 << 40, 8, 8},
	} {
		assert.Equal(t, test.want, drbd.Delta(test.before, test.after), test.name)
	}
}
