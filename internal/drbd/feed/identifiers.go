package feed

import (
	"context"
	"fmt"
	"strconv"

	"ocfbox/internal/drbd"
	"ocfbox/internal/run"
)

// maxIdentifiers bounds the commands that are run for generation identifiers in one sample.
const maxIdentifiers = 64

// identifiers asks for those of every copy that is not connected: while there is a connection, the kernel has compared
// them itself.
func (s Source) identifiers(ctx context.Context, view *View) []drbd.VolumeGI {
	var found []drbd.VolumeGI
	asked := 0
	for _, r := range view.Host.Resources {
		for _, p := range r.Peers {
			if p.Connection == drbd.Connected {
				continue
			}
			for _, v := range r.Volumes {
				c, ok := getGI(view.Host.Version.Generation, r, p, v)
				if !ok || asked == maxIdentifiers {
					continue
				}
				asked++
				gi, err := s.identifier(ctx, c)
				if err != nil {
					view.unanswered(err)
					continue
				}
				found = append(found, drbd.VolumeGI{Resource: r.Name, Volume: v.Number, Peer: p.Name, GI: gi})
			}
		}
	}
	return found
}

func (s Source) identifier(ctx context.Context, c run.Cmd) (drbd.GI, error) {
	text, err := s.ask(ctx, c)
	if err != nil {
		return drbd.GI{}, err
	}
	gi, err := drbd.ParseGI(string(text))
	if err != nil {
		return drbd.GI{}, fmt.Errorf("%v: %w", c, err)
	}
	return gi, nil
}

// getGI is the command for one copy; each generation names it in its own way. 0.7 has none.
func getGI(generation drbd.Generation, r drbd.Resource, p drbd.Peer, v drbd.Volume) (run.Cmd, bool) {
	minor := strconv.Itoa(v.Minor)
	switch {
	case generation == drbd.Gen9 && r.Name != "" && p.NodeID >= 0:
		return run.Cmd{Path: drbdsetup, Args: []string{"get-gi", r.Name, strconv.Itoa(p.NodeID), strconv.Itoa(v.Number)}},
			true
	case v.Minor < 0:
		return run.Cmd{}, false
	case generation == drbd.Gen84:
		return run.Cmd{Path: drbdsetup, Args: []string{"get-gi", minor}}, true
	case generation >= drbd.Gen80 && generation < drbd.Gen84:
		return run.Cmd{Path: drbdsetup, Args: []string{"/dev/drbd" + minor, "get-gi"}}, true
	}
	return run.Cmd{}, false
}
