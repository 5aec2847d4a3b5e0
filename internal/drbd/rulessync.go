package drbd

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// How long a resync may stand still, and how long the exchange of its bitmap may take.
const (
	stalledLimit = 60 * time.Second
	stuckLimit   = 120 * time.Second
)

// resync is rule 10.
func resync(v view) (Verdict, bool) {
	switch v.copy.Replication {
	case SyncSource, SyncTarget:
		return v.running()
	case StartingSyncS, StartingSyncT, WFBitMapS, WFBitMapT, WFSyncUUID:
		if v.lasted() > stuckLimit {
			return is(Degraded, ReasonResyncStuck, "the resync of %s with %s has been about to begin for %s (%s)",
				v.device(), v.peerName(), seconds0(v.lasted()), v.copy.Replication)
		}
		return is(Syncing, ReasonResync, "the resync of %s with %s is about to begin (%s)",
			v.device(), v.peerName(), v.copy.Replication)
	}
	return Verdict{}, false
}

// running judges a resync by the kernel's word and by what is left.
func (v view) running() (Verdict, bool) {
	direction := "to"
	if v.copy.Replication == SyncTarget {
		direction = "from"
	}
	p := v.copy.Progress
	switch {
	case p != nil && p.Stalled:
		return is(Degraded, ReasonResyncStalled, "the resync of %s %s %s is stalled, says the kernel; %s",
			v.device(), direction, v.peerName(), v.progress())
	case v.still() >= stalledLimit:
		return is(Degraded, ReasonResyncStalled, "the resync of %s %s %s has not come on for %s; %s",
			v.device(), direction, v.peerName(), seconds0(v.still()), v.progress())
	}
	return is(Syncing, ReasonResync, "the resync of %s %s %s runs; %s", v.device(), direction, v.peerName(), v.progress())
}

// paused is rule 11: a resync that waits for another one goes on by itself, one that people stopped does not.
func paused(v view) (Verdict, bool) {
	if v.copy.Replication != PausedSyncS && v.copy.Replication != PausedSyncT {
		return Verdict{}, false
	}
	by := strings.Join(v.copy.Paused, ", ")
	if slices.Contains(v.copy.Paused, PausedUser) || slices.Contains(v.copy.Paused, PausedPeer) {
		return is(Degraded, ReasonPausedUser, "the resync of %s with %s is paused (%s); %s", v.device(), v.peerName(), by, v.progress())
	}
	return is(Syncing, ReasonPausedDependency, "the resync of %s with %s waits for another (%s); %s",
		v.device(), v.peerName(), by, v.progress())
}

// consistentOnly is rule 12. 0.7 has no better word than Consistent.
func consistentOnly(v view) (Verdict, bool) {
	if v.old() || v.copy.Replication != Established || v.volume.Disk != Consistent && v.copy.Disk != Consistent {
		return Verdict{}, false
	}
	text := fmt.Sprintf("%s is connected to %s, and a copy is only Consistent (%s/%s), which no resync follows",
		v.device(), v.peerName(), v.volume.Disk, v.copy.Disk)
	if v.volume.SizeKiB > 0 && v.copy.OutOfSyncKiB >= v.volume.SizeKiB/10*9 {
		text += fmt.Sprintf("; nearly the whole device, %s, counts as out of sync: the bitmap is stuck", v.amount())
	}
	return is(Degraded, ReasonConsistentOnly, "%s", text)
}

// outOfSync is rule 13: the disk states say UpToDate, and the counter knows better.
func outOfSync(v view) (Verdict, bool) {
	if v.copy.Replication != Established || !v.copy.OOSKnown || v.copy.OutOfSyncKiB == 0 {
		return Verdict{}, false
	}
	return is(Degraded, ReasonOutOfSync, "%s differs from %s in %s, and no resync runs", v.device(), v.peerName(), v.amount())
}

// resyncErrors is rule 14.
func resyncErrors(v view) (Verdict, bool) {
	if v.copy.Replication != Established || v.copy.ResyncFailedKiB == 0 {
		return Verdict{}, false
	}
	return is(Degraded, ReasonResyncErrors, "the last resync of %s with %s could not write %d KiB",
		v.device(), v.peerName(), v.copy.ResyncFailedKiB)
}

// verifying is rule 15.
func verifying(v view) (Verdict, bool) {
	switch {
	case !v.copy.Replication.Verifying() || !v.upToDate():
		return Verdict{}, false
	case v.copy.OutOfSyncKiB > 0:
		return is(Degraded, ReasonOutOfSync, "%s differs from %s in %s, as far as they have been compared; %s",
			v.device(), v.peerName(), v.amount(), v.progress())
	}
	return is(OK, ReasonVerifying, "%s is being compared with %s, and nothing differs yet; %s", v.device(), v.peerName(), v.progress())
}

// inSync is rule 16. It says what the replication believes: what was changed below it, only a comparison finds.
func inSync(v view) (Verdict, bool) {
	if v.copy.Replication != Established || !v.upToDate() || v.copy.OutOfSyncKiB != 0 {
		return Verdict{}, false
	}
	return is(OK, ReasonInSync, "%s is in sync with %s", v.device(), v.peerName())
}

// upToDate reports whether every copy that this side knows of is as good as can be told. A node or peer that is meant to
// have no disk has no copy.
func (v view) upToDate() bool {
	if v.old() {
		return v.volume.Disk == Consistent && v.copy.Disk == DiskHidden
	}
	local := v.volume.Disk == UpToDate || v.volume.Disk == Diskless && v.volume.Client
	peer := v.copy.Disk == UpToDate || v.copy.Disk == Diskless && v.copy.Client
	return local && peer && !(v.volume.Client && v.copy.Client)
}

// states are a copy's words, for a sentence.
func (v view) states() string {
	if v.peer == nil {
		return fmt.Sprintf("%s, disk %s", v.resource.Role, v.volume.Disk)
	}
	return fmt.Sprintf("connection %s, replication %s, roles %s/%s, disks %s/%s", v.peer.Connection, v.copy.Replication,
		v.resource.Role, v.peer.Role, v.volume.Disk, v.copy.Disk)
}

// amount is what differs.
func (v view) amount() string {
	if !v.copy.OOSKnown {
		return "an amount that is not told"
	}
	return fmt.Sprintf("%d KiB", v.copy.OutOfSyncKiB)
}

// progress is how far a resync or verify has come, as far as the kernel tells it.
func (v view) progress() string {
	var words []string
	p := v.copy.Progress
	if p != nil && p.PercentKnown {
		// Rounded down: 100 is what is done, not what nearly is.
		words = append(words, fmt.Sprintf("%.1f %% done", math.Floor(p.Percent*10)/10))
	}
	switch {
	case v.copy.Replication.Verifying() && p != nil && p.TotalKiB > 0:
		words = append(words, fmt.Sprintf("%d of %d KiB left", p.LeftKiB, p.TotalKiB))
	case v.copy.OOSKnown && !v.copy.Replication.Verifying():
		words = append(words, fmt.Sprintf("%d KiB left", v.copy.OutOfSyncKiB))
	case p != nil && p.TotalKiB > 0:
		words = append(words, fmt.Sprintf("%d KiB left", p.LeftKiB))
	}
	if len(words) == 0 {
		return "its progress is not told"
	}
	return strings.Join(words, ", ")
}

// seconds0 is a duration without fractions of a second.
func seconds0(d time.Duration) time.Duration { return d.Truncate(time.Second) }
