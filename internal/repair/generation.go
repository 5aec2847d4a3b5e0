package repair

import (
	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/metadata"
)

// relate says how the generation of one device's meta data relates to another's. 9 counts differences for each peer by
// itself, and which of them the other device was is not told by the superblock: any that fits counts.
func relate(a, b *metadata.Superblock) (drbd.Relation, string) {
	best, shown := drbd.RelationUnknown, "one has no generation identifiers"
	for _, x := range identifiers(a) {
		for _, y := range identifiers(b) {
			relation, text := x.Relate(y)
			switch relation {
			case drbd.SameData, drbd.LocalNewer, drbd.RemoteNewer, drbd.JustCreated:
				return relation, text
			}
			best, shown = relation, text
		}
	}
	return best, shown
}

// identifiers are those of a superblock, towards each peer.
func identifiers(s *metadata.Superblock) []drbd.GI {
	gi := drbd.GI{Current: s.Current, Bitmap: s.Bitmap}
	copy(gi.History[:], s.History)
	if len(s.Peers) == 0 {
		return []drbd.GI{gi}
	}
	var all []drbd.GI
	for _, peer := range s.Peers {
		gi.Bitmap = peer.Bitmap
		all = append(all, gi)
	}
	return all
}
