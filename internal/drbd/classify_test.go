package drbd_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// healthy is alfa, primary of r0 on minor 0, in sync with bravo.
func healthy(edits ...func(*drbd.Host)) drbd.Host {
	h := drbd.Host{Name: "alfa", Loaded: true, At: noon, Version: drbd.Version{Text: "9.2.14", Generation: drbd.Gen9},
		Resources: []drbd.Resource{{
			Name: "r0", NodeID: 0, Role: drbd.Primary,
			Volumes: []drbd.Volume{{Disk: drbd.UpToDate, SizeKiB: 262100}},
			Peers: []drbd.Peer{{Name: "bravo", NodeID: 1, Connection: drbd.Connected, Role: drbd.Secondary, Protocol: "C",
				Volumes: []drbd.PeerVolume{{Replication: drbd.Established, Disk: drbd.UpToDate, OOSKnown: true}}}},
		}}}
	for _, edit := range edits {
		edit(&h)
	}
	return h
}

// facing is bravo, the secondary that healthy is connected to.
func facing(edits ...func(*drbd.Host)) drbd.Host {
	h := healthy(func(h *drbd.Host) {
		h.Name = "bravo"
		r := &h.Resources[0]
		r.NodeID, r.Role = 1, drbd.Secondary
		r.Peers[0].Name, r.Peers[0].NodeID, r.Peers[0].Role = "alfa", 0, drbd.Primary
	})
	for _, edit := range edits {
		edit(&h)
	}
	return h
}

// The parts of a host that tests change.
func res(h *drbd.Host) *drbd.Resource      { return &h.Resources[0] }
func vol(h *drbd.Host) *drbd.Volume        { return &h.Resources[0].Volumes[0] }
func peer(h *drbd.Host) *drbd.Peer         { return &h.Resources[0].Peers[0] }
func copied(h *drbd.Host) *drbd.PeerVolume { return &h.Resources[0].Peers[0].Volumes[0] }

// cut is a link that is lost, as this side has noticed.
func cut(conn drbd.ConnState) func(*drbd.Host) {
	return func(h *drbd.Host) {
		peer(h).Connection, peer(h).Role = conn, drbd.RoleUnknown
		copied(h).Replication, copied(h).Disk = drbd.Off, drbd.DUnknown
	}
}

func state(repl drbd.ReplState, local, remote drbd.DiskState) func(*drbd.Host) {
	return func(h *drbd.Host) {
		copied(h).Replication, vol(h).Disk, copied(h).Disk = repl, local, remote
	}
}

func TestAStateHasItsClass(t *testing.T) {
	t.Parallel()
	no := false
	for _, test := range []struct {
		name, want string
		edit       func(*drbd.Host)
	}{
		{"row S6 in sync", "OK in-sync", func(*drbd.Host) {}},
		{"row S13 the local disk is outdated", "DEGRADED local-disk-outdated", state(drbd.Established, drbd.Outdated, drbd.UpToDate)},
		{"row S13 no local disk", "DEGRADED local-disk-diskless", state(drbd.Established, drbd.Diskless, drbd.UpToDate)},
		{"row S13 no disk at the peer", "DEGRADED peer-disk-diskless", state(drbd.Established, drbd.UpToDate, drbd.Diskless)},
		{"row S13 a node that is meant to have no disk", "OK in-sync", func(h *drbd.Host) { vol(h).Disk, vol(h).Client = drbd.Diskless, true }},
		{"a client alone is no replica", "DEGRADED no-replica", func(h *drbd.Host) { copied(h).Disk, copied(h).Client = drbd.Diskless, true }},
		{"row S14 connected, UpToDate, and 12 KiB differ", "DEGRADED out-of-sync", func(h *drbd.Host) { copied(h).OutOfSyncKiB = 12 }},
		{"row S19 suspended for quorum", "DEGRADED io-suspended", func(h *drbd.Host) { res(h).Suspended = []string{"quorum"} }},
		{"row S19 made to fail", "DEGRADED io-failing", func(h *drbd.Host) { res(h).ForceIOFailures = true }},
		{"row S19 no quorum", "DEGRADED no-quorum", func(h *drbd.Host) { vol(h).Quorum = &no }},
		{"the bitmap is being exchanged, and outdated is part of it", "SYNCING resync", state(drbd.WFBitMapT, drbd.Outdated, drbd.UpToDate)},
		{"behind is not a bad disk", "DEGRADED pull-ahead", state(drbd.Behind, drbd.Inconsistent, drbd.UpToDate)},
		{"ahead is not a bad disk of the peer", "DEGRADED pull-ahead", state(drbd.Ahead, drbd.UpToDate, drbd.Inconsistent)},
		{"a comparison", "OK verifying", state(drbd.VerifyS, drbd.UpToDate, drbd.UpToDate)},
		{"a comparison that has found something", "DEGRADED out-of-sync", func(h *drbd.Host) { copied(h).Replication, copied(h).OutOfSyncKiB = drbd.VerifyT, 4 }},
		{"only consistent", "DEGRADED consistent-only", func(h *drbd.Host) { copied(h).Disk, copied(h).OutOfSyncKiB = drbd.Consistent, 262000 }},
		{"the last resync could not write all", "DEGRADED resync-io-errors", func(h *drbd.Host) { copied(h).ResyncFailedKiB = 8 }},
		{"connected, with replication off", "UNKNOWN handshake", func(h *drbd.Host) { copied(h).Replication = drbd.Off }},
		{"a disk that is being attached", "UNKNOWN handshake", func(h *drbd.Host) { vol(h).Disk = drbd.Attaching }},
		{"no peer at all", "DEGRADED standalone", func(h *drbd.Host) { res(h).Peers = nil }},
		{"a peer without this volume", "DEGRADED no-replica", func(h *drbd.Host) { peer(h).Volumes = nil }},
		{"a resource without volumes", "UNKNOWN no-data", func(h *drbd.Host) { res(h).Volumes = nil }},
		{"a state of nothing", "UNKNOWN no-data", func(h *drbd.Host) { *vol(h) = drbd.Volume{} }},
		{"another peer brings the copy up to date", "SYNCING resync", func(h *drbd.Host) {
			vol(h).Disk = drbd.Inconsistent
			second := *peer(h)
			second.Name, second.NodeID = "charlie", 2
			second.Volumes = []drbd.PeerVolume{{Replication: drbd.SyncTarget, Disk: drbd.UpToDate, OOSKnown: true}}
			copied(h).Client, copied(h).Disk = true, drbd.Diskless
			res(h).Peers = append(res(h).Peers, second)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := drbd.Classify(drbd.Observation{Local: healthy(test.edit)})
			assert.Equal(t, test.want, got.Class.String()+" "+string(got.Reason), got.Text)
		})
	}
	text := drbd.Classify(drbd.Observation{Local: healthy(func(h *drbd.Host) { copied(h).Disk, copied(h).OutOfSyncKiB = drbd.Consistent, 262000 })}).Text
	assert.Contains(t, text, "262000 KiB, counts as out of sync: the bitmap is stuck")
}

// Each loss of a peer looks the same, whatever the counter says; what is cut off is not to be trusted.
func TestTheTrapsOfAnOutOfSyncCounterOfNothing(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]drbd.Host{
		"neither side ever had data":     healthy(state(drbd.Established, drbd.Inconsistent, drbd.Inconsistent)),
		"just cut off":                   healthy(cut(drbd.Connecting)),
		"given up":                       healthy(cut(drbd.StandAlone)),
		"a failed disk at the peer":      healthy(state(drbd.Established, drbd.UpToDate, drbd.Failed)),
		"no disk, and so nothing counts": healthy(state(drbd.Established, drbd.Diskless, drbd.UpToDate)),
	} {
		got := drbd.Classify(drbd.Observation{Local: h})
		assert.Equal(t, drbd.Degraded, got.Class, name)
	}
}

func TestACutOffSecondaryThatSaysUpToDateIsNotTrusted(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		for _, h := range captured(t, drbdtest.File(folder, "09-link-cut-written", drbdtest.Bravo)) {
			got := drbd.Classify(drbd.Observation{Local: h})
			assert.Equal(t, drbd.UpToDate, h.Resources[0].Volumes[0].Disk, "the kernel says so")
			assert.Zero(t, h.Resources[0].Peers[0].Volumes[0].OutOfSyncKiB)
			assert.Equal(t, drbd.Degraded, got.Class)
			assert.Equal(t, drbd.WorthUndecided, got.Resources[0].Data)
		}
	}
}

func TestRowS14TwelveKiBAreNotAHundredPercent(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		for _, h := range captured(t, drbdtest.File(folder, "34-verify-found", drbdtest.Alfa)) {
			got := drbd.Classify(drbd.Observation{Local: h})
			assert.Equal(t, drbd.ReasonOutOfSync, got.Reason, "row S14")
			assert.Contains(t, got.Text, "12 KiB")
			require.NotEmpty(t, got.Hints)
			assert.Equal(t, drbd.HintRepair, got.Hints[0].Reason)
			// A 9 that connects anew clears the bitmap: recording 35, in which three blocks stay different.
			commands := map[string]string{drbdtest.DRBD84: "drbdadm disconnect r0", drbdtest.DRBD9: "drbdadm invalidate --reset-bitmap=no r0"}
			assert.Equal(t, commands[folder], got.Hints[0].Ways[0].Steps[0].Command)
		}
	}
}

// The seconds after a loss: both samples say connected and in sync, and a write waits in both.
func TestAPeerThatDoesNotAnswerIsNotInSync(t *testing.T) {
	t.Parallel()
	waits := func(h *drbd.Host) { copied(h).Pending, vol(h).UpperPending = 1, 1 }
	for _, test := range []struct {
		name        string
		before, now func(*drbd.Host)
		apart       time.Duration
		want        string
	}{
		{"row S11 the same write waits in both samples", waits, waits, 2 * time.Second, "UNKNOWN peer-not-answering"},
		{"too soon to say", waits, waits, time.Second, "OK in-sync"},
		{"it was answered", waits, func(*drbd.Host) {}, 2 * time.Second, "OK in-sync"},
		{"another one waits: data flow", waits, func(h *drbd.Host) { waits(h); copied(h).SentKiB = 4 }, 2 * time.Second, "OK in-sync"},
		{"9 counts bytes in flight", func(h *drbd.Host) { peer(h).APInFlight = 8 }, func(h *drbd.Host) { peer(h).APInFlight = 8 }, 2 * time.Second, "UNKNOWN peer-not-answering"},
		{"the local disk is what does not answer",
			func(h *drbd.Host) { vol(h).UpperPending, vol(h).LowerPending = 1, 1 },
			func(h *drbd.Host) { vol(h).UpperPending, vol(h).LowerPending = 1, 1 }, 2 * time.Second, "UNKNOWN disk-not-answering"},
		{"a resync that waits", func(h *drbd.Host) { state(drbd.SyncSource, drbd.UpToDate, drbd.Inconsistent)(h); copied(h).Pending = 3 },
			func(h *drbd.Host) { state(drbd.SyncSource, drbd.UpToDate, drbd.Inconsistent)(h); copied(h).Pending = 3 }, 2 * time.Second, "UNKNOWN peer-not-answering"},
		{"a resync that goes on", func(h *drbd.Host) {
			state(drbd.SyncSource, drbd.UpToDate, drbd.Inconsistent)(h)
			copied(h).OutOfSyncKiB = 9
		},
			func(h *drbd.Host) { state(drbd.SyncSource, drbd.UpToDate, drbd.Inconsistent)(h); copied(h).Pending = 3 }, 2 * time.Second, "SYNCING resync"},
		{"what is worse stays", func(h *drbd.Host) { waits(h); copied(h).OutOfSyncKiB = 12 },
			func(h *drbd.Host) { waits(h); copied(h).OutOfSyncKiB = 12 }, 2 * time.Second, "DEGRADED out-of-sync"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			before, now := healthy(test.before), healthy(test.now)
			now.At = before.At.Add(test.apart)
			got := drbd.Classify(drbd.Observation{Local: now, Before: &before, Options: drbd.Options{Settle: 2 * time.Second}})
			assert.Equal(t, test.want, got.Class.String()+" "+string(got.Reason), got.Text)
		})
	}
}

func TestTwoViewsTellMoreThanOne(t *testing.T) {
	t.Parallel()
	primary := func(h *drbd.Host) { res(h).Role = drbd.Primary }
	for _, test := range []struct {
		name, want string
		alfa       drbd.Host
		bravo      drbd.Host
	}{
		{"both in sync", "OK in-sync", healthy(), facing()},
		{"row S12 the other has noticed the loss", "DEGRADED asymmetric", healthy(), facing(cut(drbd.Connecting))},
		{"row S12 this side has", "DEGRADED asymmetric", healthy(cut(drbd.Connecting)), facing()},
		{"row S12 the other has no such resource", "DEGRADED asymmetric", healthy(), drbd.Host{Name: "bravo", Loaded: true}},
		{"row S12 the other has no module", "DEGRADED asymmetric", healthy(), drbd.Host{Name: "bravo"}},
		{"row S20 cut off, both primary", "SPLIT-BRAIN dual-writers", healthy(cut(drbd.Connecting)), facing(cut(drbd.Connecting), primary)},
		{"row S20 healed, both standalone", "SPLIT-BRAIN dual-writers", healthy(cut(drbd.StandAlone)), facing(cut(drbd.StandAlone), primary)},
		{"row S20 one waits", "SPLIT-BRAIN dual-writers", healthy(cut(drbd.Connecting)), facing(cut(drbd.StandAlone), primary)},
		{"row S20 solved", "OK in-sync", healthy(), facing()},
		{"only one side counts what differs", "DEGRADED out-of-sync", healthy(), facing(func(h *drbd.Host) { copied(h).OutOfSyncKiB = 12 })},
		{"a cut alone is no split brain", "DEGRADED disconnected", healthy(cut(drbd.Connecting)), facing(cut(drbd.Connecting))},
		{"the other one is suspended", "DEGRADED io-suspended", healthy(), facing(func(h *drbd.Host) { res(h).Suspended = []string{"user"} })},
		{"what only the other has is missing here", "DEGRADED not-up", drbd.Host{Name: "alfa", Loaded: true}, facing()},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := drbd.Classify(drbd.Observation{Local: test.alfa, Remote: &test.bravo})
			assert.Equal(t, test.want, got.Class.String()+" "+string(got.Reason), got.Text)
			assert.Equal(t, drbd.ScopeBoth, got.Scope)
		})
	}
}

// A third node's connection has nothing to do with the host that was asked.
func TestTheViewOfOneOfTwoPeersIsComparedWithItsOwnConnection(t *testing.T) {
	t.Parallel()
	alfa := healthy(func(h *drbd.Host) {
		third := *peer(h)
		third.Name, third.NodeID = "charlie", 2
		res(h).Peers = append(res(h).Peers, third)
	})
	bravo := facing(cut(drbd.Connecting))
	got := drbd.Classify(drbd.Observation{Local: alfa, Remote: &bravo})
	assert.Equal(t, drbd.ReasonAsymmetric, got.Resources[0].Volumes[0].Reason)
	assert.Equal(t, drbd.ReasonInSync, got.Resources[0].Volumes[1].Reason)
}

func TestTheGenerationsOfBothCopiesProveASplitBrain(t *testing.T) {
	t.Parallel()
	for relation, want := range map[drbd.Relation]string{
		drbd.SplitData:       "SPLIT-BRAIN split-brain-generations",
		drbd.UnrelatedData:   "DEGRADED unrelated-data",
		drbd.SameData:        "DEGRADED standalone",
		drbd.RemoteNewer:     "DEGRADED standalone",
		drbd.RelationUnknown: "DEGRADED standalone",
	} {
		o := drbd.Observation{Local: healthy(cut(drbd.StandAlone)), Kinships: []drbd.Kinship{{Resource: "r0", Peer: "bravo", Relation: relation, Text: "because"}}}
		got := drbd.Classify(o)
		assert.Equal(t, want, got.Class.String()+" "+string(got.Reason), relation)
		o.Local = healthy()
		assert.Equal(t, drbd.OK, drbd.Classify(o).Class, "a connection that stands disproves it")
	}
}

func TestRowS20TheKernelsLogProvesASplitBrain(t *testing.T) {
	t.Parallel()
	split := drbd.LogEvent{At: noon, Kind: drbd.LogSplitBrain, Minor: 0, Text: "Split-Brain detected but unresolved, dropping connection!"}
	got := drbd.Classify(drbd.Observation{Local: healthy(cut(drbd.StandAlone)), Log: []drbd.LogEvent{split}})
	assert.Equal(t, drbd.ReasonSplitBrainLog, got.Reason, "row S20")
	assert.Contains(t, got.Text, "2026-11-22T12:00:00Z")
	other := split
	other.Minor = 7
	got = drbd.Classify(drbd.Observation{Local: healthy(cut(drbd.StandAlone)), Log: []drbd.LogEvent{other}})
	assert.Equal(t, drbd.ReasonStandalone, got.Reason, "another minor's")
	over := []drbd.LogEvent{split, {Kind: drbd.LogConnected, Minor: 0}}
	got = drbd.Classify(drbd.Observation{Local: healthy(cut(drbd.StandAlone)), Log: over})
	assert.Equal(t, drbd.ReasonStandalone, got.Reason, "a handshake since")
	bravo := facing(cut(drbd.StandAlone))
	got = drbd.Classify(drbd.Observation{Local: healthy(cut(drbd.StandAlone)), Remote: &bravo, RemoteLog: []drbd.LogEvent{split}})
	assert.Equal(t, drbd.ReasonSplitBrainLog, got.Reason, "the other host's log")
	unrelated := []drbd.LogEvent{{Kind: drbd.LogUnrelated, Minor: 0}}
	got = drbd.Classify(drbd.Observation{Local: healthy(cut(drbd.StandAlone)), Log: unrelated})
	assert.Equal(t, drbd.ReasonUnrelated, got.Reason)
}

// Both choices of the side that loses its changes are told, in the words of the version, and only told.
func TestRowS20TheOperatorIsTheOneWhoChoosesTheVictim(t *testing.T) {
	t.Parallel()
	bravo := facing(cut(drbd.Connecting), func(h *drbd.Host) { res(h).Role = drbd.Primary })
	ways := func(generation drbd.Generation) []drbd.Way {
		alfa := healthy(cut(drbd.StandAlone))
		alfa.Version.Generation = generation
		hints := drbd.Classify(drbd.Observation{Local: alfa, Remote: &bravo}).Hints
		require.Len(t, hints, 1)
		require.Equal(t, drbd.HintSolve, hints[0].Reason)
		return hints[0].Ways
	}
	nine := ways(drbd.Gen9)
	require.Len(t, nine, 2)
	assert.Equal(t, []drbd.Step{{Host: "alfa", Command: "drbdadm disconnect r0"}, {Host: "alfa", Command: "drbdadm secondary r0"},
		{Host: "alfa", Command: "drbdadm connect --discard-my-data r0"}}, nine[0].Steps, "row S20: bravo waits already")
	assert.Equal(t, []drbd.Step{{Host: "bravo", Command: "drbdadm disconnect r0"}, {Host: "bravo", Command: "drbdadm secondary r0"},
		{Host: "bravo", Command: "drbdadm connect --discard-my-data r0"}, {Host: "alfa", Command: "drbdadm connect r0"}}, nine[1].Steps)
	assert.Contains(t, nine[1].Text, "give up what bravo has changed and keep what alfa has")
	assert.Equal(t, "drbdadm -- --discard-my-data connect r0", ways(drbd.Gen83)[0].Steps[2].Command)
	assert.Equal(t, "drbdadm invalidate r0", ways(drbd.Gen07)[0].Steps[2].Command)
}

func TestRowS21AnOrderlyDisconnectIsAHintAndNoProof(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		for _, h := range captured(t, drbdtest.File(folder, "14-disconnected", drbdtest.Alfa)) {
			got := drbd.Classify(drbd.Observation{Local: h, Log: history(folder, "14-disconnected", drbdtest.Alfa)})
			assert.Equal(t, drbd.Degraded, got.Class, "row S21")
			assert.Equal(t, drbd.ReasonStandalone, got.Reason)
			require.Len(t, got.Hints, 2)
			assert.Equal(t, drbd.HintSplitBrain, got.Hints[0].Reason)
			assert.Equal(t, "drbdadm connect r0", got.Hints[1].Ways[0].Steps[0].Command)
		}
	}
}

func TestRowS26TwoPrimaries(t *testing.T) {
	t.Parallel()
	both := healthy(func(h *drbd.Host) { peer(h).Role = drbd.Primary })
	got := drbd.Classify(drbd.Observation{Local: both})
	assert.Equal(t, drbd.ReasonDualPrimary, got.Reason, "row S26 without --allow-dual")
	assert.Equal(t, drbd.Degraded, got.Class)
	got = drbd.Classify(drbd.Observation{Local: both, Options: drbd.Options{AllowDual: true}})
	assert.Equal(t, drbd.OK, got.Class, "row S26 with it")
	assert.Contains(t, reasons(got.Warnings), drbd.ReasonDualPrimary)
}

func TestRowS27WhatTheReplicationBelievesIsNotEnoughForever(t *testing.T) {
	t.Parallel()
	const week = 7 * 24 * time.Hour
	h := captured(t, drbdtest.File(drbdtest.DRBD84, "32-silent-corruption", drbdtest.Bravo))[0]
	h.At = noon
	for _, test := range []struct {
		name     string
		verified []drbd.Verified
		want     string
	}{
		{"row S27 a comparison of eight days ago", []drbd.Verified{{Resource: "r0", At: noon.Add(-week - 24*time.Hour), Clean: true}}, "DEGRADED verify-stale"},
		{"one of yesterday", []drbd.Verified{{Resource: "r0", At: noon.Add(-24 * time.Hour), Clean: true}}, "OK in-sync"},
		{"one that found something", []drbd.Verified{{Resource: "r0", At: noon.Add(-time.Hour)}}, "DEGRADED verify-stale"},
		{"none", nil, "DEGRADED verify-stale"},
		{"another resource's", []drbd.Verified{{Resource: "r1", At: noon, Clean: true}}, "DEGRADED verify-stale"},
	} {
		got := drbd.Classify(drbd.Observation{Local: h, Verified: test.verified, Options: drbd.Options{RequireVerify: week}})
		assert.Equal(t, test.want, got.Class.String()+" "+string(got.Reason), test.name)
	}
	assert.Equal(t, drbd.OK, drbd.Classify(drbd.Observation{Local: h}).Class, "without the option")
}

func TestTimeMakesAStateWorse(t *testing.T) {
	t.Parallel()
	sync := state(drbd.SyncTarget, drbd.Inconsistent, drbd.UpToDate)
	left := func(kib int64) func(*drbd.Host) { return func(h *drbd.Host) { sync(h); copied(h).OutOfSyncKiB = kib } }
	after := func(seconds int, edit func(*drbd.Host)) drbd.Host {
		h := healthy(edit)
		h.At = noon.Add(time.Duration(seconds) * time.Second)
		return h
	}
	noETA := func(h *drbd.Host) { left(100)(h); copied(h).Progress = &drbd.Progress{KernelETASeconds: drbd.NoETA} }
	handshake := func(h *drbd.Host) { copied(h).Replication = drbd.Off }
	bitmap := state(drbd.WFBitMapT, drbd.Outdated, drbd.UpToDate)
	for _, test := range []struct {
		name    string
		samples []drbd.Host
		want    string
	}{
		{"a resync that goes on", []drbd.Host{after(0, left(100)), after(50, left(90)), after(100, left(90))}, "SYNCING resync"},
		{"a resync that stands still", []drbd.Host{after(0, left(100)), after(30, left(100)), after(60, left(100))}, "DEGRADED resync-stalled"},
		{"writes add to what is left", []drbd.Host{after(0, left(100)), after(50, left(120)), after(61, left(110))}, "DEGRADED resync-stalled"},
		{"row S17 no end in sight yet", []drbd.Host{after(0, noETA), after(59, noETA)}, "SYNCING resync"},
		{"row S17 no end in sight for 60 s", []drbd.Host{after(0, noETA), after(60, noETA)}, "DEGRADED resync-stalled"},
		{"a handshake", []drbd.Host{after(0, handshake), after(60, handshake)}, "UNKNOWN handshake"},
		{"a handshake that does not end", []drbd.Host{after(0, handshake), after(61, handshake)}, "DEGRADED handshake"},
		{"a bitmap on its way", []drbd.Host{after(0, bitmap), after(120, bitmap)}, "SYNCING resync"},
		{"a bitmap that is stuck", []drbd.Host{after(0, bitmap), after(121, bitmap)}, "DEGRADED resync-stuck"},
		{"another state begins anew", []drbd.Host{after(0, bitmap), after(100, left(9)), after(150, left(9))}, "SYNCING resync"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var track *drbd.Track
			for _, h := range test.samples {
				track = track.Next(h)
			}
			got := drbd.Classify(drbd.Observation{Local: test.samples[len(test.samples)-1], Track: track})
			assert.Equal(t, test.want, got.Class.String()+" "+string(got.Reason), got.Text)
		})
	}
}

func TestNotKnowingIsNotBeingDown(t *testing.T) {
	t.Parallel()
	up := drbd.Options{ExpectUp: []string{"r0"}}
	for _, test := range []struct {
		name, want string
		local      drbd.Host
		options    drbd.Options
	}{
		{"no module", "UNKNOWN no-module", drbd.Host{}, drbd.Options{}},
		{"no module, and it must be up", "DEGRADED not-up", drbd.Host{}, up},
		{"nothing configured", "UNKNOWN no-data", drbd.Host{Loaded: true}, drbd.Options{}},
		{"nothing configured, and it must be up", "DEGRADED not-up", drbd.Host{Loaded: true}, up},
		{"row S16 nothing readable, and it must be up", "UNKNOWN no-data", drbd.Host{Loaded: true, Problems: []string{"status: truncated"}}, up},
		{"unconfigured", "UNKNOWN unconfigured", healthy(func(h *drbd.Host) { vol(h).Unconfigured = true }), drbd.Options{}},
		{"unconfigured, and it must be up", "DEGRADED not-up", healthy(func(h *drbd.Host) { vol(h).Unconfigured = true }), up},
		{"unconfigured, and all must be up", "DEGRADED not-up", healthy(func(h *drbd.Host) { vol(h).Unconfigured = true }), drbd.Options{ExpectUp: []string{"all"}}},
		{"a row that cannot be read, and it must be up", "UNKNOWN no-data", healthy(func(h *drbd.Host) { vol(h).Problem = "flags" }), up},
		{"in sync, and a line could not be read", "UNKNOWN no-data", healthy(func(h *drbd.Host) { h.Problems = []string{"a line"} }), drbd.Options{}},
		{"it is up", "OK in-sync", healthy(), up},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := drbd.Classify(drbd.Observation{Local: test.local, Options: test.options})
			assert.Equal(t, test.want, got.Class.String()+" "+string(got.Reason), got.Text)
		})
	}
}

func TestWhatDoesNotChangeTheClassIsAWarning(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		edit func(*drbd.Host)
		want drbd.Reason
	}{
		{"row S9 a resync would not start", func(h *drbd.Host) { copied(h).Paused = []string{"user"} }, drbd.WarnResyncHeld},
		{"congested", func(h *drbd.Host) { peer(h).Congested = true }, drbd.WarnCongested},
		{"held back", func(h *drbd.Host) { vol(h).Blocked = "upper" }, drbd.WarnBlocked},
		{"the activity log", func(h *drbd.Host) { vol(h).ALSuspended = true }, drbd.WarnALSuspended},
		{"no counter", func(h *drbd.Host) { copied(h).OOSKnown = false }, drbd.WarnOOSHidden},
		{"a comparison with holes", func(h *drbd.Host) { copied(h).VerifySkippedKiB = 4 }, drbd.WarnVerifySkipped},
	} {
		got := drbd.Classify(drbd.Observation{Local: healthy(test.edit)})
		assert.Equal(t, drbd.OK, got.Class, test.name)
		assert.Equal(t, []drbd.Reason{test.want}, reasons(got.Warnings), test.name)
	}
	assert.Empty(t, drbd.Classify(drbd.Observation{Local: healthy()}).Warnings)
}

func TestTheWorthOfTheLocalCopy(t *testing.T) {
	t.Parallel()
	secondary := func(h *drbd.Host) { res(h).Role = drbd.Secondary }
	for _, test := range []struct {
		name string
		want drbd.Worth
		host drbd.Host
	}{
		{"in sync", drbd.WorthGood, facing()},
		{"the source of a resync", drbd.WorthGood, healthy(secondary, state(drbd.SyncSource, drbd.UpToDate, drbd.Inconsistent), func(h *drbd.Host) { copied(h).OutOfSyncKiB = 9 })},
		{"its target", drbd.WorthBad, facing(state(drbd.SyncTarget, drbd.Inconsistent, drbd.UpToDate))},
		{"the primary, alone", drbd.WorthGood, healthy(cut(drbd.Connecting))},
		{"a secondary, cut off", drbd.WorthUndecided, facing(cut(drbd.Connecting))},
		{"consistent and alone: the fencing policy decides", drbd.WorthUndecided, facing(cut(drbd.Connecting), func(h *drbd.Host) { vol(h).Disk = drbd.Consistent })},
		{"outdated", drbd.WorthBad, facing(cut(drbd.Connecting), func(h *drbd.Host) { vol(h).Disk = drbd.Outdated })},
		{"no disk", drbd.WorthBad, healthy(state(drbd.Established, drbd.Diskless, drbd.UpToDate))},
		{"two copies that differ, no primary", drbd.WorthUndecided, facing(func(h *drbd.Host) { copied(h).OutOfSyncKiB = 12 })},
	} {
		assert.Equal(t, test.want, drbd.Classify(drbd.Observation{Local: test.host}).Resources[0].Data, test.name)
	}
	bravo := facing(cut(drbd.StandAlone), func(h *drbd.Host) { res(h).Role = drbd.Primary })
	split := drbd.Classify(drbd.Observation{Local: healthy(cut(drbd.StandAlone)), Remote: &bravo})
	assert.Equal(t, drbd.WorthBad, split.Resources[0].Data, "a split brain that is not resolved")
}

func TestTheExitCodeIsThatOfTheMonitoringTable(t *testing.T) {
	t.Parallel()
	for code, verdicts := range map[int][]drbd.Verdict{
		0: {{Class: drbd.OK}},
		1: {{Class: drbd.Syncing}},
		2: {{Class: drbd.Degraded, Reason: drbd.ReasonDisconnected}, {Class: drbd.Degraded, Reason: drbd.ReasonLocalDiskless}},
		3: {{Class: drbd.Unknown}, {}},
		4: {{Class: drbd.SplitBrain}, {Class: drbd.Degraded, Reason: drbd.ReasonUnrelated}, {Class: drbd.Degraded, Reason: drbd.ReasonLocalOutdated},
			{Class: drbd.Degraded, Reason: drbd.ReasonLocalInconsistent}},
	} {
		for _, v := range verdicts {
			assert.Equal(t, code, v.ExitCode(), "%s %s", v.Class, v.Reason)
		}
	}
}

func TestRowsOfOneResourceArePutTogether(t *testing.T) {
	t.Parallel()
	h := captured(t, drbdtest.File(drbdtest.DRBD84, "42-backing-io-error", drbdtest.Alfa))[0]
	require.Len(t, h.Resources, 2)
	r1 := h.Resource("r1")
	require.NotNil(t, r1)
	assert.Len(t, r1.Volumes, 2)
	assert.Len(t, r1.Peers[0].Volumes, 2)
	assert.Equal(t, 1, r1.Volumes[1].Number)
	assert.Nil(t, h.Resource("r9"))
	only := h.Only("r0")
	require.Len(t, only.Resources, 1)
	assert.Equal(t, "r0", only.Resources[0].Name)
	assert.Len(t, h.Only().Resources, 2)
}
