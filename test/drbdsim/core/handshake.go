package core

import "fmt"

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// String is the identifiers as the kernel and show-gi print them.
func (g GI) String() string {
	return sprintf("%016X:%016X:%016X:%016X", g.Current, g.Bitmap, g.History[0], g.History[1])
}

// A Handshake is all that decides which of two sides has the better data.
type Handshake struct {
	Generation                Generation
	Own, Peer                 GreetingVolume
	OwnRole, PeerRole         Role
	OwnDiscards, PeerDiscards bool
	AfterSB                   [3]string
	// Attaching: the own disk is being attached, and what it holds is not in use yet.
	Attaching bool
}

// An Outcome is what a handshake comes to: nothing to do, a resync from here or to here, or the end of the connection.
type Outcome struct {
	Source, Target bool
	// Full: all blocks, for the bitmap does not tell.
	Full bool
	// Drop: the connection ends here. SplitBrain tells that for split brain.
	Drop, SplitBrain bool
	Log              []string
}

// The results of a comparison of identifiers, as the kernel numbers them.
const (
	sameData      = 0
	sourceBitmap  = 1
	sourceFull    = 2
	splitBrain    = 100
	splitNoBase   = 101
	unrelatedData = 1000
)

// Decide is the handshake, drbd_sync_handshake in the kernel. Both sides come to the same, seen from the other end.
func Decide(h Handshake) Outcome {
	o := Outcome{Log: []string{
		"drbd_sync_handshake:",
		sprintf("self %s bits:%d flags:0", h.Own.GI, h.Own.Bits),
		sprintf("peer %s bits:%d flags:0", h.Peer.GI, h.Peer.Bits),
	}}
	hg, rule := compareGI(h)
	o.Log = append(o.Log, "uuid_compare()="+ruleText(h, hg, rule))
	full := abs(hg) == sourceFull || abs(hg) == splitNoBase
	if (h.Own.Disk == Inconsistent) != (h.Peer.Disk == Inconsistent) {
		hg = sourceBitmap
		word := "source"
		if h.Own.Disk == Inconsistent {
			hg, word = -sourceBitmap, "target"
		}
		if h.Generation == Gen84 {
			o.Log = append(o.Log, sprintf("Becoming sync %s due to disk states.", word))
		}
	}
	if abs(hg) == splitBrain || abs(hg) == splitNoBase {
		hg = o.solve(h, hg)
	}
	if abs(hg) == unrelatedData {
		o.Log = append(o.Log, "Unrelated data, aborting!")
		o.Drop = true
	}
	if o.Drop {
		return o
	}
	o.Source, o.Target, o.Full = hg > 0, hg < 0, full && hg != 0
	if o.Source && h.Own.Disk == Inconsistent {
		o.Log = append(o.Log, "I shall become SyncSource, but I am inconsistent!")
		o.Drop = true
	}
	if o.Target && h.OwnRole == Primary && !h.Attaching && h.Own.Disk.rank() >= Consistent.rank() {
		o.Log = append(o.Log, "I shall become SyncTarget, but I am primary!")
		o.Drop = true
	}
	return o
}

// ruleText is how the kernel logs a comparison: 9 has words where 8.4 has numbers.
func ruleText(h Handshake, result, rule int) string {
	if h.Generation == Gen84 {
		return sprintf("%d by rule %d", result, rule)
	}
	equal := "no-sync by rule=lost-quorum"
	if h.Own.Met && h.Peer.Met {
		equal = "no-sync by rule=reconnected"
	}
	switch {
	case rule == 40 && result > 0:
		equal = "source-use-bitmap by rule=crashed-primary"
	case rule == 40 && result < 0:
		equal = "target-use-bitmap by rule=crashed-primary"
	}
	return map[int]string{
		10: "no-sync by rule=just-created-both", 20: "target-set-bitmap by rule=just-created-self", 30: "source-set-bitmap by rule=just-created-peer",
		40: equal, 50: "target-use-bitmap by rule=bitmap-peer", 60: "target-set-bitmap by rule=history-peer",
		70: "source-use-bitmap by rule=bitmap-self", 80: "source-set-bitmap by rule=history-self",
		90: "split-brain-auto-recover by rule=bitmap-both", 100: "split-brain-disconnect by rule=history-both", 110: "unrelated-data by rule=unrelated",
	}[rule]
}

// solve is what the administrator or the configuration says of split brain.
func (o *Outcome) solve(h Handshake, hg int) int {
	sync := sourceBitmap
	how := "manually"
	verdict := 0
	switch {
	case h.OwnDiscards && !h.PeerDiscards:
		verdict = -sync
	case h.PeerDiscards && !h.OwnDiscards:
		verdict = sync
	default:
		verdict, how = policy(h), "automatically"
	}
	if verdict == 0 {
		o.Log = append(o.Log, "helper command: /sbin/drbdadm initial-split-brain", "Split-Brain detected but unresolved, dropping connection!",
			"helper command: /sbin/drbdadm split-brain")
		o.Drop, o.SplitBrain = true, true
		return hg
	}
	from := "this"
	if verdict < 0 {
		from = "peer"
	}
	o.Log = append(o.Log, sprintf("Split-Brain detected, %s solved. Sync from %s node", how, from))
	return verdict
}

// policy is after-sb-0pri, -1pri or -2pri: 1 for a sync from here, -1 for one to here, 0 to give up.
func policy(h Handshake) int {
	primaries := 0
	for _, role := range []Role{h.OwnRole, h.PeerRole} {
		if role == Primary {
			primaries++
		}
	}
	switch h.AfterSB[primaries] {
	case "discard-zero-changes":
		if primaries == 0 && (h.Own.Bits == 0) != (h.Peer.Bits == 0) {
			return sign(h.Own.Bits - h.Peer.Bits)
		}
	case "discard-least-changes":
		if primaries == 0 && h.Own.Bits != h.Peer.Bits {
			return sign(h.Own.Bits - h.Peer.Bits)
		}
	case "discard-secondary":
		if primaries == 1 && h.OwnRole == Primary {
			return 1
		}
		if primaries == 1 {
			return -1
		}
	}
	return 0
}

// compareGI is uuid_compare: the rules in their order, with the numbers that 8.4 logs.
func compareGI(h Handshake) (result, rule int) {
	self, peer := h.Own.GI.plain(), h.Peer.GI.plain()
	created := func(id uint64) bool { return id == JustCreated || id == 0 }
	switch {
	case self.Current == JustCreated && peer.Current == JustCreated:
		return sameData, 10
	case created(self.Current):
		return -sourceFull, 20
	case created(peer.Current):
		return sourceFull, 30
	case self.Current == peer.Current && h.Own.Crashed && !h.Peer.Crashed:
		return sourceBitmap, 40
	case self.Current == peer.Current && h.Peer.Crashed && !h.Own.Crashed:
		return -sourceBitmap, 40
	case self.Current == peer.Current:
		return sameData, 40
	case self.Current == peer.Bitmap:
		return -sourceBitmap, 50
	case self.Current == peer.History[0] || self.Current == peer.History[1]:
		return -sourceFull, 60
	case self.Bitmap == peer.Current:
		return sourceBitmap, 70
	case self.History[0] == peer.Current || self.History[1] == peer.Current:
		return sourceFull, 80
	case self.Bitmap == peer.Bitmap && self.Bitmap != 0:
		return splitBrain, 90
	}
	for _, a := range self.History {
		for _, b := range peer.History {
			if a != 0 && a == b {
				return -splitNoBase, 100
			}
		}
	}
	return -unrelatedData, 110
}

// plain is without the lowest bits, which tell of roles only.
func (g GI) plain() GI {
	return GI{g.Current &^ 1, g.Bitmap &^ 1, [2]uint64{g.History[0] &^ 1, g.History[1] &^ 1}}
}

func abs(n int) int { return max(n, -n) }

func sign(n int) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}
