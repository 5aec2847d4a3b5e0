package drbd

import (
	"fmt"
	"strings"
	"time"
)

// A rule is one line of the table in replication-checker.md 5: it gives a verdict, or leaves the state to the next.
type rule struct {
	number int
	judge  func(view) (Verdict, bool)
}

// rules is the table; the first rule that fits wins.
func rules() []rule {
	return []rule{
		{1, unreadable},
		{2, splitBrain},
		{3, held},
		{4, localDisk},
		{5, disconnected},
		{6, handshake},
		{7, peerDisk},
		{8, skipped},
		{9, pulledAhead},
		{10, resync},
		{11, paused},
		{12, consistentOnly},
		{13, outOfSync},
		{14, resyncErrors},
		{15, verifying},
		{16, inSync},
	}
}

// judge is the verdict of the first rule that fits. A state that no rule knows is not known, and never in order.
func judge(v view, table []rule) Verdict {
	for _, r := range table {
		if verdict, fits := r.judge(v); fits {
			verdict.Rule = r.number
			return verdict
		}
	}
	return Verdict{Class: Unknown, Reason: ReasonNoData, Text: "no rule knows " + v.states(), Rule: 1}
}

// is is a verdict that fits.
func is(class Class, reason Reason, format string, values ...any) (Verdict, bool) {
	return Verdict{Class: class, Reason: reason, Text: fmt.Sprintf(format, values...)}, true
}

// unreadable is rule 1. What could not be read is unknown even where the resource must be up: not knowing is not the
// same as being down.
func unreadable(v view) (Verdict, bool) {
	switch {
	case v.volume.Problem != "":
		return is(Unknown, ReasonNoData, "the state of %s could not be read: %s", v.device(), v.volume.Problem)
	case v.volume.Unconfigured && v.options.expects(v.resource.Name):
		return is(Degraded, ReasonNotUp, "%s is not configured in the kernel", v.device())
	case v.volume.Unconfigured:
		return is(Unknown, ReasonUnconfigured, "%s is not configured in the kernel", v.device())
	case v.resource.Role == RoleUnknown || v.volume.Disk <= DiskHidden:
		return is(Unknown, ReasonNoData, "the local state of %s is not known: %s", v.device(), v.states())
	case v.peer == nil:
		return Verdict{}, false
	case v.peer.Connection == ConnUnknown, v.peer.Connection == Connected && v.told && v.doubtful():
		return is(Unknown, ReasonNoData, "the connection of %s to %s is in a state that is not known: %s",
			v.device(), v.peerName(), v.states())
	}
	return Verdict{}, false
}

// doubtful reports whether a connected peer's state has a word that is not known.
func (v view) doubtful() bool {
	return v.copy.Replication == ReplUnknown || v.copy.Disk == DiskUnknown || v.copy.Disk == DiskHidden && !v.old() ||
		v.copy.Replication > Off && v.peer.Role == RoleUnknown
}

// splitBrain is rule 2: the strongest evidence, gathered before (evidence.go).
func splitBrain(v view) (Verdict, bool) {
	var worst Verdict
	for _, found := range v.evidence {
		if found.Class > worst.Class {
			worst = found
		}
	}
	return worst, worst.Class != NoClass
}

// held is rule 3.
func held(v view) (Verdict, bool) {
	switch {
	case len(v.resource.Suspended) > 0:
		return is(Degraded, ReasonIOSuspended, "I/O on %s is suspended (%s)", v.device(), strings.Join(v.resource.Suspended, ", "))
	case v.resource.ForceIOFailures:
		return is(Degraded, ReasonIOFailing, "I/O on %s is made to fail", v.device())
	case v.volume.Quorum != nil && !*v.volume.Quorum:
		return is(Degraded, ReasonNoQuorum, "%s has no quorum", v.device())
	}
	return Verdict{}, false
}

// localDisk is rule 4. A sync target is inconsistent or outdated by its nature, and so is the Behind side of a
// connection that is too slow.
func localDisk(v view) (Verdict, bool) {
	bad := func(reason Reason) (Verdict, bool) {
		return is(Degraded, reason, "the local disk of %s is %s and no resync mends it", v.device(), v.volume.Disk)
	}
	switch v.volume.Disk {
	case Diskless:
		if !v.volume.Client {
			return is(Degraded, ReasonLocalDiskless, "%s has no local disk", v.device())
		}
	case Detaching:
		return is(Degraded, ReasonLocalDetaching, "the local disk of %s is being detached", v.device())
	case Failed:
		return is(Degraded, ReasonLocalFailed, "the local disk of %s has failed", v.device())
	case Inconsistent:
		if !v.target() {
			return bad(ReasonLocalInconsistent)
		}
	case Outdated:
		if !v.target() {
			return bad(ReasonLocalOutdated)
		}
	}
	return Verdict{}, false
}

// disconnected is rule 5. What is out of sync says nothing here: just after a loss it is 0.
func disconnected(v view) (Verdict, bool) {
	switch {
	case v.peer == nil:
		return is(Degraded, ReasonStandalone, "%s has no connection to a peer", v.device())
	case v.peer.Connection == StandAlone:
		return is(Degraded, ReasonStandalone, "%s is StandAlone towards %s and will not connect by itself%s",
			v.device(), v.peerName(), v.changed())
	case v.peer.Connection < WFReportParams:
		return is(Degraded, ReasonDisconnected, "%s is not connected to %s (%s)%s",
			v.device(), v.peerName(), v.peer.Connection, v.changed())
	case v.peer.Connection == Connected && !v.told:
		return is(Degraded, ReasonNoReplica, "%s has no copy of %s", v.peerName(), v.device())
	}
	return Verdict{}, false
}

// changed is what this side has written since the loss, as far as its bitmap tells; a secondary does not know what it
// has missed.
func (v view) changed() string {
	if !v.copy.OOSKnown || v.copy.OutOfSyncKiB == 0 {
		if v.resource.Role == Secondary {
			return "; this copy may be stale"
		}
		return ""
	}
	return fmt.Sprintf("; %d KiB have changed here since", v.copy.OutOfSyncKiB)
}

// handshakeLimit is how long a handshake may take.
const handshakeLimit = 60 * time.Second

// handshake is rule 6: states that last for a moment, unless something is wrong.
func handshake(v view) (Verdict, bool) {
	passing := v.peer.Connection == WFReportParams || v.copy.Replication == Off
	for _, disk := range [...]DiskState{v.volume.Disk, v.copy.Disk} {
		passing = passing || disk == Negotiating || disk == Attaching
	}
	switch {
	case !passing:
		return Verdict{}, false
	case v.lasted() > handshakeLimit:
		return is(Degraded, ReasonHandshake, "%s and %s have been in a handshake for %s: %s",
			v.device(), v.peerName(), seconds0(v.lasted()), v.states())
	}
	return is(Unknown, ReasonHandshake, "%s and %s are in a handshake: %s", v.device(), v.peerName(), v.states())
}

// peerDisk is rule 7.
func peerDisk(v view) (Verdict, bool) {
	bad := func(reason Reason) (Verdict, bool) {
		return is(Degraded, reason, "the disk of %s for %s is %s", v.peerName(), v.device(), v.copy.Disk)
	}
	source := v.copy.Replication.Source() || v.copy.Replication == Ahead
	switch v.copy.Disk {
	case Diskless:
		if !v.copy.Client {
			return bad(ReasonPeerDiskless)
		}
	case Detaching:
		return bad(ReasonPeerDetaching)
	case Failed:
		return bad(ReasonPeerFailed)
	case DUnknown:
		return bad(ReasonPeerUnknown)
	case Inconsistent:
		if !source {
			return bad(ReasonPeerInconsistent)
		}
	case Outdated:
		if !source {
			return bad(ReasonPeerOutdated)
		}
	}
	return Verdict{}, false
}

// skipped is rule 8, of 0.7 alone.
func skipped(v view) (Verdict, bool) {
	if v.copy.Replication == SkippedSyncS || v.copy.Replication == SkippedSyncT {
		return is(Degraded, ReasonSyncSkipped, "the resync of %s was skipped (%s)", v.device(), v.copy.Replication)
	}
	return Verdict{}, false
}

// pulledAhead is rule 9.
func pulledAhead(v view) (Verdict, bool) {
	switch v.copy.Replication {
	case Ahead:
		return is(Degraded, ReasonPullAhead, "%s runs ahead of %s, which is %s behind", v.device(), v.peerName(), v.amount())
	case Behind:
		return is(Degraded, ReasonPullAhead, "%s is %s behind %s", v.device(), v.amount(), v.peerName())
	}
	return Verdict{}, false
}
