package synccheck

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/drbd"
	"ocfbox/internal/ocf"
)

// A Write is a value that an attribute is to have, or its removal when the value is empty.
type Write struct {
	Attribute crm.Attribute
	Value     string
	// Guard tells that somebody may start the service on stale data as long as it is not written.
	Guard bool
}

// A Note is a line for the log.
type Note struct {
	Level ocf.Level
	Text  string
}

// A Verdict is what an observation means for the cluster.
type Verdict struct {
	// Writes are what has to change, in no order: see Waves.
	Writes []Write
	Notes  []Note
	// Memories are what the next monitor has to know, by resource.
	Memories map[string]Memory
	// Raised are the resources of which this node declares its own copy good, or that it may become so again, and whether
	// only a connection tells that it is good. It looks at them once more.
	Raised map[string]bool
	// Pending tells that it is not clear yet whether a lost peer is dead or goes on writing.
	Pending bool
	// Rest tells that nothing is awaited from the cluster: as long as DRBD says the same, there is nothing to do.
	Rest bool
}

// A decision is a Verdict in the making.
type decision struct {
	Observation
	v Verdict
}

// Decide says what the observation means for the cluster. It asks nobody and changes nothing.
func Decide(o Observation) Verdict {
	d := &decision{o, Verdict{Memories: map[string]Memory{}, Raised: map[string]bool{}, Rest: true}}
	for _, s := range o.Subjects {
		memory := s.Memory
		d.lose(s, &memory)
		state := s.Own.State
		if o.Mode == ModeStatus {
			state = d.state(s, &memory)
			d.publishState(s, state, memory.Pending)
			d.peers(s, state, memory.Sole)
		}
		d.publishRest(s, &memory)
		d.alert(s, &memory)
		d.v.Memories[s.View.Resource] = memory
		d.v.Pending = d.v.Pending || s.View.Known && memory.Pending
		d.v.Rest = d.v.Rest && d.rests(s, state)
	}
	d.v.Rest = d.v.Rest && len(d.v.Writes) == 0
	return d.v
}

// lose notes when a connection was lost. After a restart of the agent the attribute knows better.
func (d *decision) lose(s Subject, m *Memory) {
	switch {
	case !s.View.Known:
	case s.View.Link() == LinkUp:
		m.Lost = 0
		m.Sole = !slices.ContainsFunc(s.View.Peers, func(p PeerView) bool { return p.Primary })
	case m.Lost == 0:
		m.Lost = d.Now.Unix()
		if before, err := strconv.ParseInt(s.Own.Since, 10, 64); err == nil && before > 0 && before < m.Lost {
			m.Lost = before
		}
	}
}

// state is what this node's copy is worth.
func (d *decision) state(s Subject, m *Memory) State {
	v := s.View
	if !v.Known {
		return d.blind(s, m)
	}
	m.Blind = 0
	switch {
	case !v.Up && v.Class == drbd.Unknown:
		return StateUnknown
	case !v.Up:
		return StateFail
	case v.Primary && v.Current:
		return primary(s)
	case v.Class == drbd.SplitBrain:
		return StateSplit
	case v.Target:
		return StateWait
	case !v.Current:
		return StateFail
	}
	return d.secondary(s, m)
}

// blindness is after how many monitors without an answer of DRBD's a good copy is no longer called good.
const blindness = 2

// blind is the state while DRBD gives no answer. Not knowing takes nothing from a primary, which would lose the
// service by it, and does not turn a copy good.
func (d *decision) blind(s Subject, m *Memory) State {
	m.Blind = min(m.Blind+1, blindness)
	switch {
	case s.Own.State == "":
		return StateUnknown
	case s.Own.State == StateSync && m.Blind == blindness:
		// Only the primary knows now, and it would have written SFAIL.
		m.Pending = true
		return StateUnknown
	}
	return s.Own.State
}

// primary is the state of a node that has the writer and good data. In a split brain it goes on: taking the service
// from the only writer would help nobody. Two writers are another matter: neither may go on, and each tells the other,
// since the one that comes second sees no writer any more.
func primary(s Subject) State {
	if s.View.Class == drbd.SplitBrain {
		_, rival := s.writer()
		if rival || s.View.Reason == drbd.ReasonDualWriters || s.Own.State == StateSplit {
			return StateSplit
		}
	}
	return StatePrimary
}

// publishState writes the state of this node, if it has changed.
func (d *decision) publishState(s Subject, state State, pending bool) {
	before := s.Own.State
	refresh := d.Refresh && (state != StateSync || !hasWriter(s))
	if state == before && !refresh {
		return
	}
	if state != before {
		if pending {
			d.v.Raised[s.View.Resource] = false
		}
		d.note(ocf.Info, "DEC: %s=%s was=%s because %s", attributes(d.Prefix, s.View.Resource).state, state, before, s.View.grounds())
		if state.usable() {
			_, informed := s.View.authority()
			d.v.Raised[s.View.Resource] = !before.usable() && informed
		}
	}
	d.write(d.Node, attributes(d.Prefix, s.View.Resource).state, string(state), before.usable() && !state.usable())
}

// publishRest writes connections, amount and time of loss, if they have changed.
func (d *decision) publishRest(s Subject, m *Memory) {
	if !s.View.Known {
		return
	}
	words := attributes(d.Prefix, s.View.Resource)
	d.update(words.link, string(s.Own.Link), string(s.View.Link()))
	lost := ""
	if m.Lost != 0 {
		lost = strconv.FormatInt(m.Lost, 10)
	}
	d.update(words.since, s.Own.Since, lost)
	if d.Mode == ModeLink || !s.View.Up {
		return
	}
	d.update(words.verify, s.Own.Verify, s.View.Compared)
	amount, was := strconv.FormatInt(s.View.OutOfSync, 10), s.Own.OutOfSync
	turned := (amount == "0") != (was == "0") || was == ""
	if amount != was && !turned && since(m.Amount, d.Now) < d.Dampen {
		return
	}
	if amount != was {
		m.Amount = d.Now.Unix()
	}
	d.update(words.oos, was, amount)
}

// update writes a value that differs, or is to be written once more.
func (d *decision) update(name, was, is string) {
	if was != is || d.Refresh && is != "" {
		d.write(d.Node, name, is, false)
	}
}

func (d *decision) write(node, name, value string, guard bool) {
	d.v.Writes = append(d.v.Writes, Write{Attribute: of(node, name), Value: value, Guard: guard})
}

func (d *decision) note(level ocf.Level, format string, args ...any) {
	d.v.Notes = append(d.v.Notes, Note{level, fmt.Sprintf(format, args...)})
}

// alert tells of a change of the class, once (replication-checker.md 18).
func (d *decision) alert(s Subject, m *Memory) {
	class := s.View.judged(d.Mode).String()
	if m.Class == class {
		return
	}
	if m.Class != "" {
		level := ocf.Info
		if s.View.judged(d.Mode) > drbd.Syncing {
			level = ocf.Warn
		}
		d.note(level, "%s %s -> %s %s: %s", s.View.Resource, m.Class, class, s.View.Reason, s.View.Text)
	}
	m.Class = class
}

// judged is the class of a view: in mode link only the connections count.
func (v View) judged(mode Mode) drbd.Class {
	switch {
	case mode != ModeLink, !v.Known, !v.Up:
		return v.Class
	case v.Link() == LinkUp:
		return drbd.OK
	case v.Link() == LinkPart:
		return drbd.Syncing
	}
	return drbd.Degraded
}

// rests reports whether nothing is awaited for a resource.
func (d *decision) rests(s Subject, state State) bool {
	if !s.View.Known || !s.View.Up || s.View.Link() != LinkUp {
		return false
	}
	switch {
	case d.Mode == ModeLink, state == StateSync:
		return true
	case state != StatePrimary:
		return false
	}
	for _, peer := range s.View.Peers {
		nodes, _ := s.nodesOf(peer)
		for _, node := range nodes {
			if node.State != StateSync {
				return false
			}
		}
	}
	return true
}

func hasWriter(s Subject) bool {
	_, found := s.writer()
	return found
}

// elapsed is how long a connection has been lost.
func (d *decision) elapsed(m *Memory) time.Duration { return since(m.Lost, d.Now) }
