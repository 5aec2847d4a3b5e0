package syncview

import (
	"fmt"
	"io"
	"strings"

	"ocfbox/internal/drbd"
)

// The words of CLUSTERPRO's clpstat for what it monitors: all well, a part not, nothing well, not in use, not known.
const (
	clpNormal  = "Normal"
	clpCaution = "Caution"
	clpError   = "Error"
	clpUnused  = "Unused"
	clpUnknown = "Unknown"
)

// clpDisk is what a mirror disk monitor would say of a resource (replication-checker.md 18).
func clpDisk(r Resource) string {
	switch {
	case r.Reason == drbd.ReasonUnconfigured:
		return clpUnused
	case r.Class == drbd.OK:
		return clpNormal
	case r.Class == drbd.Syncing, r.Class == drbd.Degraded && oneOfSeveralLost(r):
		return clpCaution
	case r.Class == drbd.Degraded, r.Class == drbd.SplitBrain:
		return clpError
	}
	return clpUnknown
}

// oneOfSeveralLost reports whether all that is wrong is peers that are away, while every volume has another that is in
// sync.
func oneOfSeveralLost(r Resource) bool {
	good := make(map[int]bool)
	for _, c := range r.Copies {
		if c.Class == drbd.OK && !c.Excluded && c.remote != nil {
			good[c.Volume] = true
		}
	}
	for _, c := range r.Copies {
		switch {
		case c.Excluded, c.Class == drbd.OK, c.Class == drbd.Syncing:
		case c.Class == drbd.Degraded && c.peer != nil && c.peer.Connection != drbd.Connected && good[c.Volume]:
		default:
			return false
		}
	}
	return true
}

// clpLink is what a mirror disk connect monitor would say: of the connections alone.
func clpLink(r Resource) string {
	up, down := 0, 0
	for _, c := range r.Copies {
		switch {
		case c.peer == nil, c.peer.Connection == drbd.ConnUnknown:
		case c.peer.Connection == drbd.Connected:
			up++
		default:
			down++
		}
	}
	switch {
	case r.Reason == drbd.ReasonUnconfigured:
		return clpUnused
	case up == 0 && down == 0:
		return clpUnknown
	case down == 0:
		return clpNormal
	case up == 0:
		return clpError
	}
	return clpCaution
}

// writeClpstat writes a document as clpstat lists its monitors: the mirror disk and the mirror's connection of each
// resource.
func writeClpstat(to io.Writer, d Document) error {
	var text strings.Builder
	text.WriteString("<monitor>\n")
	for _, r := range d.Resources {
		fmt.Fprintf(&text, "%-13s : %-11s mirror disk\n", r.metricName(), clpDisk(r))
		fmt.Fprintf(&text, "%-13s : %-11s mirror disk connect\n", r.metricName(), clpLink(r))
	}
	if len(d.Resources) == 0 {
		word := clpUnknown
		if d.Loaded && len(d.Host.Problems) == 0 {
			word = clpUnused
		}
		fmt.Fprintf(&text, "%-13s : %-11s mirror disk\n", "-", word)
	}
	text.WriteString("=====\n")
	_, err := io.WriteString(to, text.String())
	return err
}
