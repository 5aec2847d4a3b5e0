package drbddisk

import (
	"fmt"
	"strings"

	"ocfbox/internal/drbd"
)

// A Step is what a start does next.
type Step int

// The steps. Wait is for what may pass by itself; when nothing changes it ends in a failure, as Refuse does at once.
const (
	Refuse Step = iota
	Wait
	// SetUp brings a resource up that the kernel does not have.
	SetUp
	Promote
	// Done is a resource that is primary already, and may be.
	Done
)

// A Verdict is a step, and why.
type Verdict struct {
	Step   Step
	Reason string
	// Warnings are what is to be said although it goes on.
	Warnings []string
}

// Decide says what a start does with what was observed (drbddisk.md 4.2 and 4.5). It asks nobody and changes nothing.
// A promotion may only follow from a state in which every word is known.
func Decide(o Observation, r Rules) Verdict {
	switch {
	case !o.Answered:
		return Verdict{Step: Wait, Reason: "what DRBD says is not known: " + o.Problem}
	case !o.up():
		return Verdict{Step: SetUp, Reason: o.Resource + " is not in the kernel"}
	}
	g := &guard{Observation: o, rules: r, v: Verdict{Step: Promote}}
	g.whole()
	for _, v := range o.State.Volumes {
		g.volume(v)
	}
	if len(o.State.Peers) == 0 {
		g.standalone(nil)
	}
	for i := range o.State.Peers {
		g.peer(&o.State.Peers[i])
	}
	if g.v.Step == Promote && o.Whole() {
		g.v.Step = Done
	}
	return g.v
}

// A guard gathers what speaks against a promotion: the first refusal, or else the first thing to wait for.
type guard struct {
	Observation
	rules Rules
	v     Verdict
}

func (g *guard) say(step Step, format string, args ...any) {
	if step < g.v.Step {
		g.v.Step, g.v.Reason = step, fmt.Sprintf(format, args...)
	}
}

func (g *guard) warn(format string, args ...any) {
	g.v.Warnings = append(g.v.Warnings, fmt.Sprintf(format, args...))
}

// whole is what concerns the resource as a whole.
func (g *guard) whole() {
	switch {
	case g.split():
		g.say(Refuse, "%s; choose a side: ocfbox sync status %s", g.Verdict.Text, g.Resource)
	case len(g.State.Suspended) > 0:
		g.say(Refuse, "I/O on %s is suspended (%s)", g.Resource, strings.Join(g.State.Suspended, ", "))
	case g.State.ForceIOFailures:
		g.say(Refuse, "I/O on %s is made to fail", g.Resource)
	case g.State.Role == drbd.RoleUnknown:
		g.say(Wait, "the role of %s is not known", g.Resource)
	case len(g.State.Volumes) == 0:
		g.say(Refuse, "%s has no volumes in the kernel", g.Resource)
	}
}

// volume is what concerns one local copy.
func (g *guard) volume(v drbd.Volume) {
	device := fmt.Sprintf("%s/%d", g.Resource, v.Number)
	switch {
	case v.Problem != "":
		g.say(Wait, "the state of %s could not be read: %s", device, v.Problem)
	case v.Unconfigured:
		g.say(Refuse, "%s is not configured in the kernel, other volumes are: drbdadm adjust %s", device, g.Resource)
	case v.Quorum != nil && !*v.Quorum:
		g.say(Refuse, "%s has no quorum", device)
	default:
		g.overwritten(device, v)
		g.disk(device, v)
	}
}

// disk judges the local copy by its disk state.
func (g *guard) disk(device string, v drbd.Volume) {
	switch v.Disk {
	case drbd.UpToDate:
	case drbd.Consistent:
		switch {
		case g.Generation == drbd.Gen07:
		case g.Setup.Fences:
			g.warn("%s is Consistent only: DRBD's fencing policy decides whether it may be promoted", device)
		default:
			g.say(Refuse, "%s is Consistent only, so nobody knows whether it is up to date, and no fencing policy is set (%s)", device, g.Sides())
		}
	case drbd.Diskless:
		if !g.readable(v.Number) {
			g.say(Refuse, "%s has no local disk, and no connected peer has an UpToDate one (%s)", device, g.Sides())
		}
	case drbd.Inconsistent:
		if !g.target(v.Number) {
			g.say(Refuse, "%s is Inconsistent here, and no resync mends it (%s)", device, g.Sides())
		}
	case drbd.Outdated:
		g.say(Refuse, "%s is Outdated here: the peer has newer data (%s); connect it, or promote the peer", device, g.Sides())
	case drbd.Failed, drbd.Detaching:
		g.say(Refuse, "the local disk of %s is %s (%s)", device, v.Disk, g.Sides())
	case drbd.Attaching, drbd.Negotiating:
		g.say(Wait, "the local disk of %s is %s", device, v.Disk)
	default:
		g.say(Wait, "the disk state of %s is not known", device)
	}
}

// overwritten is about a copy into which a resync writes, or that fell behind: DRBD itself would promote it and read
// from the peer, until the connection breaks. A short resync ends while a start tries again.
func (g *guard) overwritten(device string, v drbd.Volume) {
	for i := range g.State.Peers {
		p := &g.State.Peers[i]
		copied := p.Volume(v.Number)
		switch {
		case copied == nil:
		case copied.Replication == drbd.Behind, copied.Replication == drbd.SkippedSyncT:
			g.say(Refuse, "%s is behind %s (%s)", device, peerName(p), copied.Replication)
		case !copied.Replication.Target():
		case !g.rules.AllowSyncTarget:
			g.say(Wait, "%s is being overwritten by a resync from %s (%s): it can be promoted after its end",
				device, peerName(p), copied.Replication)
		case p.Connection != drbd.Connected || copied.Disk != drbd.UpToDate:
			g.say(Refuse, "%s is the target of a resync whose source is not to be had (%s)", device, side(p))
		default:
			g.warn("%s is the target of a resync: the service reads from %s, and stops when the connection breaks", device, peerName(p))
		}
	}
}

// target reports whether a volume is brought up to date by a peer.
func (g *guard) target(number int) bool {
	for i := range g.State.Peers {
		if copied := g.State.Peers[i].Volume(number); copied != nil && copied.Replication.Target() {
			return true
		}
	}
	return false
}

// readable reports whether a connected peer has good data of a volume.
func (g *guard) readable(number int) bool {
	for i := range g.State.Peers {
		p := &g.State.Peers[i]
		if copied := p.Volume(number); p.Connection == drbd.Connected && copied != nil && copied.Disk == drbd.UpToDate {
			return true
		}
	}
	return false
}

// peer is what concerns one connection.
func (g *guard) peer(p *drbd.Peer) {
	switch p.Connection {
	case drbd.Connected:
		switch {
		case p.Role == drbd.RoleUnknown:
			g.say(Wait, "the role of %s is not known", peerName(p))
		case p.Role == drbd.Primary && g.rules.AllowDual && g.Setup.TwoPrimaries:
			g.warn("%s is primary too, as is allowed", peerName(p))
		case p.Role == drbd.Primary:
			g.say(Wait, "%s is primary: %s has to be stopped there first", peerName(p), g.Resource)
		}
		return
	case drbd.StandAlone:
		g.standalone(p)
	case drbd.ConnUnknown:
		g.say(Wait, "the connection to %s is in a state that is not known", peerName(p))
	case drbd.WFReportParams, drbd.Disconnecting, drbd.TearDown:
		g.say(Wait, "the connection to %s is about to change (%s)", peerName(p), p.Connection)
	}
	if g.Fresh && !g.Setup.Fences {
		g.say(Wait, "%s was down here and has not met %s since: nobody knows who has the newer data (%s); if this copy is it: drbdadm primary %s",
			g.Resource, peerName(p), g.Sides(), g.Resource)
	}
}

// standalone is about a resource that will not connect by itself, nil where it has no connection at all. Nobody can tell
// whether the peer goes on writing, unless it is known to be outdated, or there is no other host.
func (g *guard) standalone(p *drbd.Peer) {
	name := "any peer"
	if p != nil {
		name = peerName(p)
	}
	switch {
	case g.Setup.Hosts == 1, p != nil && fenced(p):
	case g.rules.WarnStandalone:
		g.warn("%s is StandAlone towards %s: if that one has newer data or is in use, this is a split brain", g.Resource, name)
	default:
		g.say(Refuse, "%s is StandAlone towards %s, which may have newer data or be in use (%s): drbdadm connect %s, or allow it with on_standalone",
			g.Resource, name, g.Sides(), g.Resource)
	}
}

// fenced reports whether DRBD has it on record that the peer's copies are out of date.
func fenced(p *drbd.Peer) bool {
	for _, v := range p.Volumes {
		if v.Disk != drbd.Outdated {
			return false
		}
	}
	return len(p.Volumes) > 0
}
