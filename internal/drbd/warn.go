package drbd

import (
	"fmt"
	"strings"
	"time"
)

// warnings are what is to be said of a copy beside its class.
func warnings(v view) []Note {
	var all []Note
	warn := func(reason Reason, format string, values ...any) {
		all = append(all, Note{reason, fmt.Sprintf(format, values...)})
	}
	if v.volume.ALSuspended {
		warn(WarnALSuspended, "updates of the activity log of %s are suspended", v.device())
	}
	if v.volume.Blocked != "" {
		warn(WarnBlocked, "%s holds I/O back (%s)", v.device(), v.volume.Blocked)
	}
	if v.peer == nil || !v.connected() {
		return all
	}
	if v.peer.Congested {
		warn(WarnCongested, "the connection of %s to %s is congested", v.device(), v.peerName())
	}
	if v.dual() {
		warn(ReasonDualPrimary, "%s is primary here and on %s", v.device(), v.peerName())
	}
	if len(v.copy.Paused) > 0 && v.copy.Replication != PausedSyncS && v.copy.Replication != PausedSyncT {
		warn(WarnResyncHeld, "a resync of %s would not start: it is paused (%s)", v.device(), strings.Join(v.copy.Paused, ", "))
	}
	if v.copy.Disk == DiskHidden {
		warn(WarnPeerHidden, "this version does not tell whether the peer's copy is consistent")
	}
	if !v.copy.OOSKnown && v.volume.Disk == UpToDate {
		warn(WarnOOSHidden, "what is out of sync is not told")
	}
	if v.copy.VerifySkippedKiB > 0 {
		warn(WarnVerifySkipped, "the comparison passed over %d KiB that were being written", v.copy.VerifySkippedKiB)
	}
	return all
}

// dual reports whether both sides are primary.
func (v view) dual() bool { return v.peer.Role == Primary && v.resource.Role == Primary }

// withheld is what keeps a copy whose states are all right from being called so: two primaries that nobody wants, and a
// comparison that is missing or too old.
func withheld(v view) (Verdict, bool) {
	if v.dual() && !v.options.AllowDual {
		return is(Degraded, ReasonDualPrimary, "%s is primary here and on %s", v.device(), v.peerName())
	}
	limit := v.options.RequireVerify
	switch {
	case limit == 0:
		return Verdict{}, false
	case v.verified == nil:
		return is(Degraded, ReasonVerifyStale, "the copies of %s have never been compared", v.device())
	case !v.verified.Clean:
		return is(Degraded, ReasonVerifyStale, "the last comparison of the copies of %s, %s ago, was not clean",
			v.device(), days(v.now.Sub(v.verified.At)))
	case v.now.Sub(v.verified.At) > limit:
		return is(Degraded, ReasonVerifyStale, "the copies of %s were last compared %s ago, and that may be %s at most",
			v.device(), days(v.now.Sub(v.verified.At)), days(limit))
	}
	return Verdict{}, false
}

// days is a long duration as people say it.
func days(d time.Duration) string {
	const day = 24 * time.Hour
	if d < day {
		return d.Truncate(time.Minute).String()
	}
	return fmt.Sprintf("%d days", d/day)
}
