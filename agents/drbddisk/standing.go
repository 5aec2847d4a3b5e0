package drbddisk

import (
	"fmt"
	"slices"
	"strings"

	"ocfbox/internal/drbd"
)

// An Observation is everything one look learned of a resource.
type Observation struct {
	Resource   string
	Generation drbd.Generation
	// Loaded tells that the kernel has DRBD.
	Loaded bool
	// Answered tells that what DRBD says could be read; Problem is why not.
	Answered bool
	Problem  string
	// State is the resource in the kernel, nil when it is not there.
	State *drbd.Resource
	// Verdict is what the state is worth.
	Verdict drbd.Verdict
	// Mounted are the places where one of its devices is mounted for writing.
	Mounted []string
	// Writable are its devices that the kernel lets be written, of those that it knows at all.
	Writable []string
	Setup    Setup
	// Fresh tells that a start has brought the resource up, and it has not met its peers since.
	Fresh bool
}

// Setup is what DRBD's configuration says.
type Setup struct {
	// Fences tells that DRBD makes sure of its peer before it goes on alone, TwoPrimaries that it allows them.
	Fences, TwoPrimaries bool
	// Hosts is how many hosts have the resource, 0 when that is not known.
	Hosts int
}

// A Standing is what the node does with the resource, in the words of status.
type Standing string

// The standings. Unknown is never to be taken for stopped.
const (
	Primary      Standing = "Primary"
	Secondary    Standing = "Secondary"
	Unconfigured Standing = "Unconfigured"
	Unknown      Standing = "Unknown"
)

// Standing says what the observation shows (drbddisk.md 4.1). A device that is mounted for writing is primary, whatever
// the tools say. Before DRBD 9 the kernel makes the devices of a secondary read-only, so one that can be written
// contradicts the word.
func (o Observation) Standing() Standing {
	switch {
	case len(o.Mounted) > 0:
		return Primary
	case !o.Answered:
		return Unknown
	case !o.up():
		return Unconfigured
	case o.State.Role == drbd.Primary:
		return Primary
	case o.State.Role == drbd.RoleUnknown, o.unreadable(), len(o.Writable) > 0 && o.Generation != drbd.Gen9:
		return Unknown
	}
	return Secondary
}

// up reports whether the kernel has the resource with anything behind it.
func (o Observation) up() bool {
	return o.State != nil && (len(o.State.Volumes) == 0 ||
		slices.ContainsFunc(o.State.Volumes, func(v drbd.Volume) bool { return !v.Unconfigured }))
}

func (o Observation) unreadable() bool {
	return slices.ContainsFunc(o.State.Volumes, func(v drbd.Volume) bool { return v.Problem != "" })
}

// Partial reports whether only some of the volumes are primary, or it cannot be told of all.
func (o Observation) Partial() bool {
	return o.State != nil && (o.State.Mixed || o.unreadable() ||
		slices.ContainsFunc(o.State.Volumes, func(v drbd.Volume) bool { return v.Unconfigured }))
}

// Whole reports whether DRBD itself says that all volumes are primary.
func (o Observation) Whole() bool {
	return o.Answered && o.up() && o.State.Role == drbd.Primary && !o.Partial()
}

// met reports whether the resource is connected to all its peers, or is primary: somebody has put it to use.
func (o Observation) met() bool {
	return o.Answered && o.up() && (o.State.Role == drbd.Primary || len(o.State.Peers) > 0 &&
		!slices.ContainsFunc(o.State.Peers, func(p drbd.Peer) bool { return p.Connection != drbd.Connected }))
}

// current reports whether every local disk has all that was written. 0.7 has no better word for that than Consistent.
func (o Observation) current() bool {
	return o.State != nil && len(o.State.Volumes) > 0 && !slices.ContainsFunc(o.State.Volumes, func(v drbd.Volume) bool {
		return v.Unconfigured || v.Problem != "" || v.Disk != drbd.UpToDate && !(v.Disk == drbd.Consistent && o.Generation == drbd.Gen07)
	})
}

// split reports whether the copies are known to have gone separate ways.
func (o Observation) split() bool {
	return o.Verdict.Class == drbd.SplitBrain || o.Verdict.Reason == drbd.ReasonUnrelated
}

// Sides says which side has what: the facts behind a decision, for the log and for reasons.
func (o Observation) Sides() string {
	if !o.up() {
		return "not in the kernel"
	}
	var sides []string
	for _, v := range o.State.Volumes {
		sides = append(sides, fmt.Sprintf("here %d is %s %s", v.Number, o.State.Role, v.Disk))
	}
	for i := range o.State.Peers {
		sides = append(sides, side(&o.State.Peers[i]))
	}
	return strings.Join(sides, ", ")
}

func side(p *drbd.Peer) string {
	text := fmt.Sprintf("%s %s", peerName(p), p.Connection)
	if p.Connection == drbd.Connected {
		text += " " + p.Role.String()
	}
	for _, v := range p.Volumes {
		if v.Replication > drbd.Established {
			text += " " + v.Replication.String()
		}
		text += " " + v.Disk.String()
	}
	return text
}

// unnamedPeer is how the tools of 8.4 call the one peer that a resource has.
const unnamedPeer = "peer"

func peerName(p *drbd.Peer) string {
	if p.Name == "" || p.Name == unnamedPeer {
		return "the peer"
	}
	return p.Name
}
