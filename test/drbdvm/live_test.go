package drbdvm

import "testing"

// Every situation of the captures is brought about on a real DRBD, and ocfbox says of it what the hand-made
// table says of the capture.
func TestEverySituationIsReproducedAndClassified(t *testing.T) {
	for _, story := range stories() {
		t.Run(story.title, func(t *testing.T) {
			pair := newRig(t, story.from).Pair
			for _, s := range story.scene {
				came := t.Run(s.name, func(t *testing.T) {
					r := &rig{pair, t}
					s.act(r)
					s.await(r)
					s.classified(r)
					for _, g := range r.Guests() {
						r.sourcesAgree(g)
					}
				})
				if !came {
					t.Fatalf("what follows %s stands on it", s.name)
				}
			}
		})
	}
}
