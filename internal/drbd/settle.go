package drbd

import "time"

// silent is what a second sample shows: requests that were open then and are open now, while nothing moved. Just after a
// link is cut both sides still say that they are connected and in sync (replication-checker.md 5, freshness). It counts
// only against a verdict better than UNKNOWN.
func silent(v view) (Verdict, bool) {
	b := v.before
	if b == nil || !v.connected() || !b.connected() || !farEnough(b.host.At, v.host.At, v.options.Settle) || v.moved(b) {
		return Verdict{}, false
	}
	atPeer := min(v.copy.Pending, b.copy.Pending) > 0 || min(v.peer.APInFlight, b.peer.APInFlight) > 0
	open := min(v.volume.UpperPending, b.volume.UpperPending)
	switch {
	case !atPeer && open > 0 && min(v.volume.LowerPending, b.volume.LowerPending) > 0:
		return is(Unknown, ReasonDiskSilent, "the local disk of %s has left %s unanswered%s",
			v.device(), several(v.volume.LowerPending, "request"), between(b.host.At, v.host.At))
	case atPeer || open > 0:
		return is(Unknown, ReasonPeerSilent, "%s says that it is connected, and %s has left %s unanswered%s",
			v.device(), v.peerName(), several(max(v.copy.Pending, v.volume.UpperPending, 1), "request"), between(b.host.At, v.host.At))
	}
	return Verdict{}, false
}

// moved reports whether anything was sent, received, written or brought up to date since the sample before.
func (v view) moved(b *view) bool {
	return v.copy.SentKiB != b.copy.SentKiB || v.copy.ReceivedKiB != b.copy.ReceivedKiB ||
		v.volume.WrittenKiB != b.volume.WrittenKiB || v.volume.ReadKiB != b.volume.ReadKiB ||
		v.copy.OutOfSyncKiB != b.copy.OutOfSyncKiB || v.left() != b.left() ||
		v.copy.Replication != b.copy.Replication ||
		// The progress of a verify that is not told cannot be seen to stand still.
		v.copy.Replication.Verifying() && v.copy.Progress == nil
}

// farEnough reports whether two samples are as far apart as asked for. Recorded samples without times count.
func farEnough(before, now time.Time, settle time.Duration) bool {
	return before.IsZero() || now.IsZero() || now.Sub(before) >= settle
}

func between(before, now time.Time) string {
	if before.IsZero() || now.IsZero() {
		return " between two samples"
	}
	return " for " + now.Sub(before).Round(100*time.Millisecond).String()
}
