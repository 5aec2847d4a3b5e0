package drbd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A GI is the generation identifiers of one copy of a volume towards one peer, as `get-gi` prints them
// (replication-checker.md 6): which data these are, what they were when the peer was last seen, and what before.
type GI struct {
	// Current is the generation of the data, Bitmap the one from which the differences to the peer are counted, 0 when
	// there are none; History are the younger and the older one before.
	Current, Bitmap uint64
	History         [2]uint64
	// Flags are the flags as printed, colons between them: of the first three, 1 says that the data are consistent,
	// were up to date, and that the node was primary.
	Flags string
}

// ParseGI reads one line of `drbdadm get-gi` or `drbdsetup get-gi`. The error is ErrUnreadable.
func ParseGI(line string) (GI, error) {
	fields := strings.SplitN(strings.TrimSpace(line), ":", 5)
	if len(fields) < 4 {
		return GI{}, fmt.Errorf("generation identifiers %.100q: %w", line, ErrUnreadable)
	}
	var ids [4]uint64
	for i := range ids {
		id, err := strconv.ParseUint(fields[i], 16, 64)
		if err != nil || len(fields[i]) != 16 {
			return GI{}, fmt.Errorf("generation identifier %.40q: %w", fields[i], ErrUnreadable)
		}
		ids[i] = id
	}
	g := GI{Current: ids[0], Bitmap: ids[1], History: [2]uint64{ids[2], ids[3]}}
	if len(fields) == 5 {
		g.Flags = fields[4]
	}
	if strings.Trim(g.Flags, "01:") != "" {
		return GI{}, fmt.Errorf("flags of generation identifiers %.40q: %w", g.Flags, ErrUnreadable)
	}
	return g, nil
}

// String is the line that ParseGI reads.
func (g GI) String() string {
	line := fmt.Sprintf("%016X:%016X:%016X:%016X", g.Current, g.Bitmap, g.History[0], g.History[1])
	if g.Flags != "" {
		line += ":" + g.Flags
	}
	return line
}

// MarshalText is String.
func (g GI) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText is ParseGI.
func (g *GI) UnmarshalText(text []byte) (err error) {
	*g, err = ParseGI(string(text))
	return err
}

const (
	// neverWritten is the current identifier of a copy that was made and never had data.
	neverWritten = 4
	// primaryBit is set in an identifier while the node is primary; it does not count.
	primaryBit = 1
)

// plain is the identifiers without the bits that do not count.
func (g GI) plain() GI {
	g.Current &^= primaryBit
	g.Bitmap &^= primaryBit
	g.History[0] &^= primaryBit
	g.History[1] &^= primaryBit
	return g
}

// ancestors are the identifiers of what the data were before, without those that are none.
func (g GI) ancestors() []uint64 {
	var ids []uint64
	for _, id := range []uint64{g.Bitmap, g.History[0], g.History[1]} {
		if id != 0 && id != neverWritten {
			ids = append(ids, id)
		}
	}
	return ids
}

// Relate says how the data of two copies relate, and which identifiers show it. g is this host's, remote the other's;
// both must be of the same volume. It is RelationUnknown when one has none, as without a disk.
func (g GI) Relate(remote GI) (Relation, string) {
	a, b := g.plain(), remote.plain()
	switch newA, newB := a.Current == neverWritten, b.Current == neverWritten; {
	case a.Current == 0 || b.Current == 0:
		return RelationUnknown, "a copy has no generation identifier"
	case newA && newB:
		return JustCreated, "neither copy ever had data"
	case newA:
		return RemoteNewer, "the local copy never had data"
	case newB:
		return LocalNewer, "the remote copy never had data"
	}
	switch {
	case a.Current == b.Current:
		return SameData, fmt.Sprintf("both are generation %016X", a.Current)
	case a.Current == b.Bitmap:
		return RemoteNewer, fmt.Sprintf("the remote data went on from the local generation %016X", a.Current)
	case b.Current == a.Bitmap:
		return LocalNewer, fmt.Sprintf("the local data went on from the remote generation %016X", b.Current)
	case slices.Contains(b.History[:], a.Current):
		return RemoteNewer, fmt.Sprintf("the local generation %016X is in the remote history", a.Current)
	case slices.Contains(a.History[:], b.Current):
		return LocalNewer, fmt.Sprintf("the remote generation %016X is in the local history", b.Current)
	case a.Bitmap == b.Bitmap && a.Bitmap != 0:
		return SplitData, fmt.Sprintf("both went on from generation %016X", a.Bitmap)
	}
	for _, id := range a.ancestors() {
		if slices.Contains(b.ancestors(), id) {
			return SplitData, fmt.Sprintf("generation %016X is in both histories", id)
		}
	}
	return UnrelatedData, "the copies have no generation in common"
}

// A VolumeGI is the generation identifiers of one volume of a host towards one peer.
type VolumeGI struct {
	Resource string `json:"resource"`
	Volume   int    `json:"volume"`
	// Peer is the connection's name with 9, "" or "peer" before.
	Peer string `json:"peer,omitempty"`
	GI   GI     `json:"gi"`
}

// Kinships compares the identifiers of two hosts, volume by volume. remoteName is how the local host names its
// connections to the other, localName the reverse; with 9 they are the hosts' names, and empty names match every
// connection, as with 8.4, where there is one.
func Kinships(local []VolumeGI, localName string, remote []VolumeGI, remoteName string) []Kinship {
	var found []Kinship
	for _, mine := range local {
		for _, theirs := range remote {
			if mine.Resource != theirs.Resource || mine.Volume != theirs.Volume ||
				!towards(mine.Peer, remoteName) || !towards(theirs.Peer, localName) {
				continue
			}
			relation, text := mine.GI.Relate(theirs.GI)
			found = append(found, Kinship{
				Resource: mine.Resource, Volume: mine.Volume, Peer: mine.Peer, Relation: relation, Text: text,
			})
		}
	}
	return found
}

// towards reports whether a connection leads to a host. 8.4 calls every connection peer, or nothing.
func towards(connection, host string) bool {
	return host == "" || connection == "" || connection == "peer" || connection == host
}
