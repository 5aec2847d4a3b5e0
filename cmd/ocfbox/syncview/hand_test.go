package syncview

import (
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
)

// noon is when the hand-made samples were taken.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// A situation is a host with one resource, made by hand, with what it is worth.
type situation struct {
	host   drbd.Host
	report drbd.Report
	done   []drbd.Verified
}

// healthy is r0 with one volume in sync with bravo.
func healthy() *situation {
	s := &situation{}
	s.host = drbd.Host{
		Name: "alfa", Loaded: true, Version: drbd.Version{Text: "9.2.14", Generation: drbd.Gen9}, At: noon(),
		Resources: []drbd.Resource{{
			Name: "r0", Role: drbd.Primary,
			Volumes: []drbd.Volume{{Disk: drbd.UpToDate, SizeKiB: 262100, ReadKiB: 10, WrittenKiB: 20}},
			Peers: []drbd.Peer{{Name: "bravo", Connection: drbd.Connected, Role: drbd.Secondary, Protocol: "C",
				Volumes: []drbd.PeerVolume{{Replication: drbd.Established, Disk: drbd.UpToDate, OOSKnown: true, SentKiB: 1 << 31}}}},
		}},
	}
	return s.worth(drbd.OK, drbd.ReasonInSync, "both copies are the same")
}

func (s *situation) resource() *drbd.Resource { return &s.host.Resources[0] }
func (s *situation) peer() *drbd.Peer         { return &s.resource().Peers[0] }
func (s *situation) copy() *drbd.PeerVolume   { return &s.peer().Volumes[0] }

// worth sets the verdict of everything.
func (s *situation) worth(class drbd.Class, reason drbd.Reason, text string) *situation {
	verdict := drbd.Verdict{Class: class, Reason: reason, Text: text}
	r := s.resource()
	s.report = drbd.Report{Verdict: verdict, Scope: "local", Resources: []drbd.ResourceReport{{
		Name: r.Name, Verdict: verdict,
		Volumes: []drbd.VolumeReport{{Volume: r.Volumes[0].Number, Minor: r.Volumes[0].Minor, Peer: s.peer().Name, Verdict: verdict}},
	}}}
	return s
}

// syncing is a resync towards bravo, of which so much is left.
func syncing(left int64) *situation {
	s := healthy()
	s.copy().Replication, s.copy().Disk, s.copy().OutOfSyncKiB = drbd.SyncSource, drbd.Inconsistent, left
	s.copy().Progress = &drbd.Progress{Percent: 43.18, PercentKnown: true, LeftKiB: left, TotalKiB: 25140,
		KernelSpeedKiB: 12595, KernelETASeconds: 612}
	return s.worth(drbd.Syncing, drbd.ReasonResync, "bravo is being brought up to date")
}

// cut is a link that is lost.
func cut() *situation {
	s := healthy()
	s.peer().Connection, s.peer().Role = drbd.Connecting, drbd.RoleUnknown
	s.copy().Replication, s.copy().Disk = drbd.Off, drbd.DUnknown
	return s.worth(drbd.Degraded, drbd.ReasonDisconnected, "not connected to bravo")
}

func (s *situation) document() Document {
	o := drbd.Observation{Local: s.host, Verified: s.done, Options: drbd.Options{Now: noon()}}
	return documentOf(o, s.report, feed.View{Host: s.host}, live)
}
