package synccheck

// Waves are the writes in the order in which they must come: each wave is carried out side by side and has ended
// before the next begins. Whichever writes are done when the agent is killed, or when another node looks between two
// of them, no node may be taken for good that is not:
//
//   - That this node is primary, and that it has lost a connection, comes first: from then on no other one raises
//     itself, and one that was about to call its own state unknown sees that it is stale.
//   - What takes another node's good state comes before this node's own, which may tell that it is no longer primary.
//   - What declares a copy good comes last.
func (v Verdict) Waves(self string) [][]Write {
	var ranked [4][]Write
	for _, write := range v.Writes {
		rank := write.rank(self)
		ranked[rank] = append(ranked[rank], write)
	}
	var waves [][]Write
	for _, wave := range ranked {
		if len(wave) > 0 {
			waves = append(waves, wave)
		}
	}
	return waves
}

// rank is the wave of a write on the node of that name.
func (w Write) rank(self string) int {
	switch {
	case w.Value == string(StatePrimary), w.Value == string(LinkDown), w.Value == string(LinkPart):
		return 0
	case w.Value == string(StateSync):
		return 3
	case w.Attribute.Node != self:
		return 1
	}
	return 2
}
