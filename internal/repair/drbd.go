package repair

import (
	"errors"
	"fmt"

	"ocfbox/internal/block"
	"ocfbox/internal/drbd"
)

// A Volume is a pair of copies that DRBD keeps in sync, and which of them has the good data.
type Volume struct {
	Generation drbd.Generation
	Resource   string
	Number     int
	// Here is one of the two hosts, on which the device has the number Minor, and from which 9 calls the other host's node
	// PeerNodeID.
	Here              string
	Minor, PeerNodeID int
	// Source and Target are the hosts, as people call them.
	Source, Target string
	// SourceRole and TargetRole are what they are now.
	SourceRole, TargetRole drbd.Role
}

// ErrDRBD is returned where DRBD cannot be made to copy in the direction that is wanted.
var ErrDRBD = errors.New("DRBD cannot be made to copy in this direction")

// near is how far apart differences may lie that one verify covers, in bytes: DRBD tracks writes in extents of that size.
const near = 4 << 20

// ThroughDRBD are the commands with which DRBD finds the differences itself, and copies them from the source to the
// target, in their order. A verify of a few mebibytes marks what differs; it needs verify-alg in the configuration. They
// are for people to type.
func ThroughDRBD(v Volume, ranges block.Ranges) ([]drbd.Step, error) {
	switch {
	case v.Generation != drbd.Gen84 && v.Generation != drbd.Gen9:
		return nil, fmt.Errorf("%w: only 8.4 and 9 verify a part of a device", ErrDRBD)
	case v.TargetRole == drbd.Primary:
		return nil, fmt.Errorf("%w: %s is primary, and only a secondary is written to", ErrDRBD, v.Target)
	}
	name := fmt.Sprintf("%s/%d", v.Resource, v.Number)
	var steps []drbd.Step
	for _, r := range together(ranges) {
		command := fmt.Sprintf("drbdsetup verify %d", v.Minor)
		if v.Generation == drbd.Gen9 {
			command = fmt.Sprintf("drbdsetup verify %s %d %d", v.Resource, v.PeerNodeID, v.Number)
		}
		steps = append(steps,
			drbd.Step{Host: v.Here, Command: fmt.Sprintf("%s --start=%ds --stop=%ds", command, r.Offset/sectorSize, r.End()/sectorSize)},
			drbd.Step{Host: v.Here, Command: "ocfbox sync watch " + v.Resource + " # until it no longer verifies"})
	}
	if v.Generation == drbd.Gen9 {
		// A new connection may make 9 forget what the verify has found (docs/spec/replication-checker.md, section 15).
		return append(steps, drbd.Step{Host: v.Target, Command: "drbdadm invalidate --reset-bitmap=no " + name}), nil
	}
	if v.SourceRole != drbd.Primary {
		// 8.4 copies from the primary.
		steps = append(steps, drbd.Step{Host: v.Source, Command: "drbdadm primary " + v.Resource})
	}
	steps = append(steps,
		drbd.Step{Host: v.Target, Command: "drbdadm disconnect " + v.Resource},
		drbd.Step{Host: v.Target, Command: "drbdadm connect " + v.Resource})
	if v.SourceRole != drbd.Primary {
		steps = append(steps, drbd.Step{Host: v.Source, Command: "drbdadm secondary " + v.Resource})
	}
	return steps, nil
}

// together joins ranges that lie near each other, in whole blocks of DRBD's bitmap.
func together(ranges block.Ranges) block.Ranges {
	var joined block.Ranges
	for _, r := range ranges {
		from, end := r.Offset/Leaf*Leaf, aligned(r.End())
		if last := len(joined) - 1; last >= 0 && from-joined[last].End() <= near {
			joined[last].Length = max(joined[last].Length, end-joined[last].Offset)
			continue
		}
		joined = append(joined, block.Between(from, end))
	}
	return joined
}
