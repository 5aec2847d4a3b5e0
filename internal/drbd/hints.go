package drbd

import (
	"fmt"
	"slices"
	"strconv"
)

// hints are what may be behind a verdict and what an operator can do about it. The commands are for people to type;
// nothing here or elsewhere runs them.
func (in Observation) hints(v view, facing *view, verdict Verdict) []Hint {
	here := in.localName()
	step := func(command string) []Step { return []Step{{here, command}} }
	hint := func(reason Reason, text string, ways ...Way) []Hint { return []Hint{{reason, text, ways}} }
	switch verdict.Reason {
	case ReasonDualWriters, ReasonSplitBrainGI, ReasonSplitBrainLog:
		return hint(HintSolve, "one side's changes have to be given up; choose the side whose data matter less", in.solutions(v, facing)...)
	case ReasonStandalone:
		return in.standaloneHints(v)
	case ReasonNotUp:
		return hint(HintSetUp, "bring it up", Way{"configure it in the kernel", step("drbdadm up " + v.operand())})
	case ReasonOutOfSync:
		if v.copy.Replication == Established {
			return []Hint{in.repair(v)}
		}
	case ReasonPausedUser:
		if slices.Contains(v.copy.Paused, PausedUser) {
			return hint(HintResume, "the resync was paused here", Way{"let it go on", step("drbdadm resume-sync " + v.operand())})
		}
		return hint(HintResume, "the resync was paused on the other host",
			Way{"let it go on", []Step{{in.otherSide(v), "drbdadm resume-sync " + v.operand()}}})
	case ReasonIOSuspended:
		if slices.Contains(v.resource.Suspended, SuspendedUser) || slices.Contains(v.resource.Suspended, SuspendedIO) {
			return hint(HintResume, "somebody or a fencing handler holds I/O up; when neither needs it any more, it can be let go",
				Way{"let I/O flow", step("drbdadm resume-io " + v.operand())})
		}
	case ReasonLocalDiskless, ReasonLocalFailed:
		return hint(HintAttach, "look at the disk below, then attach it", Way{"attach it and resync", step("drbdadm attach " + v.operand())})
	}
	return nil
}

// operand is what drbdadm calls the resource; the minor serves where its name is not known (8.3 and later).
func (v view) operand() string {
	if v.resource.Name == "" {
		return "minor-" + strconv.Itoa(v.volume.Minor)
	}
	return v.resource.Name
}

// standaloneHints are for a connection that was given up. An administrator's disconnect looks the same as a split brain,
// and a primary may be one half of it.
func (in Observation) standaloneHints(v view) []Hint {
	all := []Hint{{Reason: HintReconnect, Text: "somebody disconnected it, or DRBD refused to connect; the kernel's log tells which",
		Ways: []Way{{"connect again", []Step{{in.localName(), "drbdadm connect " + v.operand()}}}}}}
	if v.resource.Role != Primary {
		return all
	}
	return append([]Hint{{Reason: HintSplitBrain, Text: "this primary may be one half of a split brain: compare with the other host before it is connected"}}, all...)
}

// solutions are the commands for both choices of the side that gives up its changes.
func (in Observation) solutions(v view, facing *view) []Way {
	here, there := in.localName(), in.otherSide(v)
	return []Way{
		giveUp(v, here, there, facing == nil || facing.standsAlone()),
		giveUp(v, there, here, v.standsAlone()),
	}
}

// standsAlone reports whether a side has to be told to connect.
func (v view) standsAlone() bool { return v.peer == nil || v.peer.Connection == StandAlone }

// giveUp is the way in which the victim's changes are lost and the survivor's are kept.
func giveUp(v view, victim, survivor string, connect bool) Way {
	name := v.operand()
	way := Way{Text: fmt.Sprintf("give up what %s has changed and keep what %s has; unmount it on %s first", victim, survivor, victim)}
	commands := []string{"drbdadm disconnect " + name, "drbdadm secondary " + name}
	switch v.host.Version.Generation {
	case Gen07:
		commands = append(commands, "drbdadm invalidate "+name, "drbdadm connect "+name)
	case Gen80, Gen82, Gen83:
		commands = append(commands, "drbdadm -- --discard-my-data connect "+name)
	default:
		commands = append(commands, "drbdadm connect --discard-my-data "+name)
	}
	for _, command := range commands {
		way.Steps = append(way.Steps, Step{victim, command})
	}
	if connect {
		way.Steps = append(way.Steps, Step{survivor, "drbdadm connect " + name})
	}
	return way
}

// repair is how what was found to differ gets resynced, to the side that is not primary. DRBD 9 must be told before the
// next connection: if nothing was written in between, that one clears the bitmap and resyncs nothing, and the two go on
// as in sync with different data.
func (in Observation) repair(v view) Hint {
	host, name := in.localName(), v.operand()
	if v.resource.Role == Primary {
		host = in.otherSide(v)
	}
	undecided := v.resource.Role != Primary && v.peer.Role != Primary
	if in.Local.Version.Generation == Gen9 {
		text := "resync to " + host + " what differs"
		if undecided {
			text += ", if the other host has the good data"
		}
		return Hint{HintRepair, "it has to be resynced before the next connection, at which DRBD 9 may forget what it found",
			[]Way{{text, []Step{{host, "drbdadm invalidate --reset-bitmap=no " + name}}}}}
	}
	text := "connect " + host + " anew"
	if undecided {
		text += ", after the host with the good data was made primary"
	}
	return Hint{HintRepair, "DRBD mends it at the next connection, from the primary to the other side",
		[]Way{{text, []Step{{host, "drbdadm disconnect " + name}, {host, "drbdadm connect " + name}}}}}
}
