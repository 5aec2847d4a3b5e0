package drbd

// A Reason is why a volume has its class, or what else is to be said about it: a word for programs.
type Reason string

// The reasons of the classes, by the number of the rule that gives them (replication-checker.md 5).
const (
	// Rules 15 and 16.
	ReasonInSync      Reason = "in-sync"
	ReasonVerifying   Reason = "verifying"
	ReasonDualPrimary Reason = "dual-primary"
	ReasonVerifyStale Reason = "verify-stale"
	// Rule 1.
	ReasonNoData       Reason = "no-data"
	ReasonNoModule     Reason = "no-module"
	ReasonUnconfigured Reason = "unconfigured"
	ReasonNotUp        Reason = "not-up"
	// Rule 2.
	ReasonDualWriters   Reason = "dual-writers"
	ReasonSplitBrainGI  Reason = "split-brain-generations"
	ReasonSplitBrainLog Reason = "split-brain-log"
	ReasonUnrelated     Reason = "unrelated-data"
	// Rule 3.
	ReasonIOSuspended Reason = "io-suspended"
	ReasonIOFailing   Reason = "io-failing"
	ReasonNoQuorum    Reason = "no-quorum"
	// Rule 4.
	ReasonLocalDiskless     Reason = "local-disk-diskless"
	ReasonLocalDetaching    Reason = "local-disk-detaching"
	ReasonLocalFailed       Reason = "local-disk-failed"
	ReasonLocalInconsistent Reason = "local-disk-inconsistent"
	ReasonLocalOutdated     Reason = "local-disk-outdated"
	// Rule 5.
	ReasonStandalone   Reason = "standalone"
	ReasonDisconnected Reason = "disconnected"
	ReasonNoReplica    Reason = "no-replica"
	// Rule 6.
	ReasonHandshake Reason = "handshake"
	// Rule 7.
	ReasonPeerDiskless     Reason = "peer-disk-diskless"
	ReasonPeerDetaching    Reason = "peer-disk-detaching"
	ReasonPeerFailed       Reason = "peer-disk-failed"
	ReasonPeerUnknown      Reason = "peer-disk-dunknown"
	ReasonPeerInconsistent Reason = "peer-disk-inconsistent"
	ReasonPeerOutdated     Reason = "peer-disk-outdated"
	// Rules 8 and 9.
	ReasonSyncSkipped Reason = "sync-skipped"
	ReasonPullAhead   Reason = "pull-ahead"
	// Rule 10.
	ReasonResync        Reason = "resync"
	ReasonResyncStalled Reason = "resync-stalled"
	ReasonResyncStuck   Reason = "resync-stuck"
	// Rule 11.
	ReasonPausedDependency Reason = "paused-dependency"
	ReasonPausedUser       Reason = "paused-user"
	// Rules 12, 13 and 14.
	ReasonConsistentOnly Reason = "consistent-only"
	ReasonOutOfSync      Reason = "out-of-sync"
	ReasonResyncErrors   Reason = "resync-io-errors"
	// What the states do not show: a second sample, and the other host.
	ReasonPeerSilent Reason = "peer-not-answering"
	ReasonDiskSilent Reason = "disk-not-answering"
	ReasonAsymmetric Reason = "asymmetric"
)

// The reasons of warnings and hints.
const (
	WarnResyncHeld    Reason = "resync-suspended"
	WarnCongested     Reason = "congested"
	WarnBlocked       Reason = "blocked"
	WarnALSuspended   Reason = "al-suspended"
	WarnPeerHidden    Reason = "peer-not-visible"
	WarnOOSHidden     Reason = "out-of-sync-not-visible"
	WarnVerifySkipped Reason = "verify-skipped"
	WarnUnreadable    Reason = "unreadable"

	HintSplitBrain Reason = "possible-split-brain"
	HintSolve      Reason = "solve-split-brain"
	HintReconnect  Reason = "reconnect"
	HintRepair     Reason = "repair"
	HintResume     Reason = "resume"
	HintAttach     Reason = "attach"
	HintSetUp      Reason = "set-up"
)
