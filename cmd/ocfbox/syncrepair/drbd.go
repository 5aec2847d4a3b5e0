package syncrepair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd"
	"ocfbox/internal/repair"
)

// throughDRBD prints the commands with which DRBD mends what a comparison has found. The first device of the comparison
// is this host's.
func (t *Tool) throughDRBD(ctx context.Context, o Options, result verify.Result) (int, error) {
	view, err := t.View(ctx)
	if err != nil {
		return 0, &syncverify.Failure{Err: err, Code: verify.ExitIncomplete}
	}
	volume, err := volumeOf(&view.Host, o)
	if err != nil {
		return 0, &syncverify.Failure{Err: err}
	}
	steps, err := repair.ThroughDRBD(volume, result.Ranges)
	if err != nil {
		return 0, &syncverify.Failure{Err: err, Code: verify.ExitRefused}
	}
	if err := t.printSteps(steps, o); err != nil {
		return 0, &syncverify.Failure{Err: err, Code: verify.ExitIncomplete}
	}
	if len(result.Ranges) == 0 {
		return verify.ExitSame, nil
	}
	return verify.ExitDifferent, nil
}

// volumeOf is the pair of copies that RESOURCE/VOLUME means.
func volumeOf(host *drbd.Host, o Options) (v repair.Volume, err error) {
	name, number, ok := strings.Cut(o.DRBD, "/")
	if !ok {
		number = "0"
	}
	if v.Number, err = strconv.Atoi(number); err != nil {
		return v, fmt.Errorf("--drbd: %q is no volume", number)
	}
	r := host.Resource(name)
	if r == nil {
		return v, fmt.Errorf("DRBD has no resource %q here", name)
	}
	at := slices.IndexFunc(r.Volumes, func(one drbd.Volume) bool { return one.Number == v.Number })
	if at < 0 {
		return v, fmt.Errorf("%s has no volume %d", name, v.Number)
	}
	peer, err := peerOf(r, o.Peer)
	if err != nil {
		return v, err
	}
	here, there := nameOr(host.Name, "this host"), nameOr(strings.TrimPrefix(peer.Name, "peer"), "the other host")
	v.Generation, v.Resource, v.Minor, v.PeerNodeID, v.Here = host.Version.Generation, name, r.Volumes[at].Minor, peer.NodeID, here
	v.Source, v.SourceRole, v.Target, v.TargetRole = here, r.Role, there, peer.Role
	if o.Direction == "b>a" {
		v.Source, v.SourceRole, v.Target, v.TargetRole = there, peer.Role, here, r.Role
	}
	return v, nil
}

// peerOf is the connected peer that is meant.
func peerOf(r *drbd.Resource, name string) (*drbd.Peer, error) {
	var found []*drbd.Peer
	for i := range r.Peers {
		if p := &r.Peers[i]; name == "" || p.Name == name {
			found = append(found, p)
		}
	}
	switch {
	case len(found) > 1:
		return nil, errors.New("the resource has several peers: name one with --peer")
	case len(found) == 0:
		return nil, errors.New("the resource has no such peer")
	case found[0].Connection != drbd.Connected:
		return nil, errors.New("DRBD is not connected: it can copy nothing")
	}
	return found[0], nil
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return name
}
