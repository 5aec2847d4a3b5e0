package saphana

import "ocfbox/internal/crm"

// Waves are the verdict's writes in the order in which they must come: each wave is carried out side by side and
// has ended before the next begins, and all have before the effect; beside are those that go with the effect.
//
// Whichever writes of a wave are done when the agent is killed, or when the scheduler looks between two of them,
// no side may be promoted that is stale. What decides that is the promotion score, and on the way to a takeover
// the replication state, which no agent writes for a side that takes over. So:
//
//   - A score at which Pacemaker promotes comes last: the state that goes with it, as SFAIL of a secondary that
//     is started or the LPT of a primary that lost, is there before the score. One at which it does not promote
//     need not wait, whatever else is written.
//   - The LPT and sra=T are written before a takeover begins. Without the LPT a new primary would look older than
//     the one that it follows, which could then start as primary as well (saphana.md 10.4); without sra a provider
//     refuses the takeover (hana-hooks.md 4.3). Neither needs the other: left alone, both are what a takeover
//     without effect leaves too, the LPT given back by the next monitor, and sra taken back by it.
//   - srah is history, and what is taken back after a takeover permits nothing: both go beside the effect.
//   - Two values of one attribute keep their order.
func (v Verdict) Waves() (waves [][]Write, beside []Write) {
	var last []Write
	latest := map[crm.Attribute]int{}
	for _, write := range v.Writes {
		switch {
		case write.promotable():
			last = append(last, write)
		case write.Beside && v.Next != Done:
			beside = append(beside, write)
		default:
			at := latest[write.Attribute]
			latest[write.Attribute] = at + 1
			if at == len(waves) {
				waves = append(waves, nil)
			}
			waves[at] = append(waves[at], write)
		}
	}
	if last != nil {
		waves = append(waves, last)
	}
	return waves, beside
}

// promotable reports whether it is a score at which Pacemaker promotes. What is no score may be one.
func (w Write) promotable() bool {
	if w.Attribute.Store != crm.Promotion {
		return false
	}
	score, err := crm.ParseScore(w.Value)
	return err != nil || score >= 0
}

// AtOnce are the writes that an action makes whatever it will learn. They go beside its questions.
func (o Observation) AtOnce() []Write {
	d := &decision{Observation: o}
	d.foregone()
	return d.v.Writes
}

// foregone is what the action makes of the clone state in any case.
func (d *decision) foregone() {
	switch {
	case d.Bare:
	case d.Occasion == Promote:
		d.cloneState("PROMOTED")
	case d.Occasion == Demote:
		d.cloneState("DEMOTED")
	case d.Occasion == Stop:
		d.cloneState("UNDEFINED")
	}
}
