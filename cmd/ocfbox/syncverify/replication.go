package syncverify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
)

// A replica is the DRBD volume whose backing device is compared.
type replica struct {
	source feed.Source
	// holds tells the volume from others. peer is the other side's host, empty where it is not known.
	holds func(drbd.Volume) bool
	peer  string
}

// replicaOf is the volume that lies on a device, nil where there is none, or none that can be asked. Only where the
// kernel has DRBD is anything run.
func (t *Tool) replicaOf(ctx context.Context, device *block.Device, peer string) *replica {
	if device.Major() == 0 || t.Source == nil {
		return nil
	}
	r := &replica{source: *t.Source, holds: holder(device.Number()), peer: peer}
	view, err := r.source.Gather(ctx, feed.Options{})
	if err != nil {
		t.warn(fmt.Errorf("DRBD cannot be asked, differences are judged without it: %w", err))
		return nil
	}
	if _, v := volumeOf(&view.Host, r.holds); v == nil {
		return nil
	}
	return r
}

// holder tells whether a volume's backing device has a number: by its path where the tools tell it, or by the minors
// that the kernel names as those who hold the device.
func holder(number uint64) func(drbd.Volume) bool {
	minors := map[int]bool{}
	entries, _ := os.ReadDir(fmt.Sprintf("/sys/dev/block/%d:%d/holders", unix.Major(number), unix.Minor(number)))
	for _, entry := range entries {
		if minor, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(entry.Name()), "drbd")); err == nil {
			minors[minor] = true
		}
	}
	return func(v drbd.Volume) bool {
		var st unix.Stat_t
		if v.Backing != "" && unix.Stat(v.Backing, &st) == nil {
			return st.Mode&unix.S_IFMT == unix.S_IFBLK && st.Rdev == number
		}
		return v.Minor >= 0 && minors[v.Minor]
	}
}

// volumeOf finds the volume.
func volumeOf(h *drbd.Host, holds func(drbd.Volume) bool) (*drbd.Resource, *drbd.Volume) {
	for i := range h.Resources {
		r := &h.Resources[i]
		for j := range r.Volumes {
			if holds(r.Volumes[j]) {
				return r, &r.Volumes[j]
			}
		}
	}
	return nil, nil
}

// state asks what DRBD says now. Not knowing is not being connected.
func (r *replica) state(ctx context.Context) verify.State {
	view, err := r.source.Gather(ctx, feed.Options{})
	if err != nil {
		return verify.State{OutOfSync: -1, Epoch: "DRBD gives no answer"}
	}
	resource, volume := volumeOf(&view.Host, r.holds)
	if volume == nil {
		return verify.State{OutOfSync: -1, Epoch: "DRBD is down"}
	}
	return judged(resource, volume, r.peer)
}

// minor is the number of DRBD's device, or -1.
func (r *replica) minor(ctx context.Context) int {
	view, err := r.source.Gather(ctx, feed.Options{})
	if err != nil {
		return -1
	}
	if _, volume := volumeOf(&view.Host, r.holds); volume != nil {
		return volume.Minor
	}
	return -1
}

// judged is what a volume's states mean for a comparison with a peer, or with any of the peers where none of them
// has the other side's name.
func judged(r *drbd.Resource, v *drbd.Volume, peer string) verify.State {
	state := verify.State{Connected: true, Quiet: v.UpperPending == 0, OutOfSync: -1}
	epoch := []string{r.Role.String(), v.Disk.String()}
	peers := 0
	for i := range r.Peers {
		p := &r.Peers[i]
		if named(r, peer) && p.Name != peer {
			continue
		}
		copied := p.Volume(v.Number)
		if copied == nil || copied.Client {
			continue
		}
		peers++
		epoch = append(epoch, p.Connection.String(), p.Role.String(), copied.Replication.String(), copied.Disk.String())
		state.Connected = state.Connected && p.Connection == drbd.Connected && flows(copied.Replication)
		state.Quiet = state.Quiet && copied.Pending == 0 && copied.Unacked == 0 && p.APInFlight == 0
		state.Resync = state.Resync || copied.Replication.Source() || copied.Replication.Target()
		if copied.OOSKnown && p.Connection == drbd.Connected {
			state.OutOfSync = max(state.OutOfSync, copied.OutOfSyncKiB<<10)
		}
	}
	state.Connected = state.Connected && peers > 0
	// A verify of DRBD itself comes and goes without any effect on the data.
	state.Epoch = strings.NewReplacer(drbd.VerifyS.String(), drbd.Established.String(), drbd.VerifyT.String(),
		drbd.Established.String()).Replace(strings.Join(epoch, "/"))
	return state
}

// named reports whether a peer has the name.
func named(r *drbd.Resource, name string) bool {
	for _, p := range r.Peers {
		if name != "" && p.Name == name {
			return true
		}
	}
	return false
}

// flows reports whether writes reach the peer at once, and nothing else does.
func flows(r drbd.ReplState) bool {
	return r == drbd.Established || r == drbd.VerifyS || r == drbd.VerifyT
}

// states is what the replication of both sides says, nil where there is none.
func states(sides [2]side) func(context.Context) verify.State {
	var ask []func(context.Context) verify.State
	for _, s := range sides {
		switch {
		case s.replica != nil:
			ask = append(ask, s.replica.state)
		case s.link != nil && s.link.Device().Replicated:
			ask = append(ask, func(ctx context.Context) verify.State {
				state, err := s.link.State(ctx)
				if err != nil {
					return verify.State{OutOfSync: -1, Epoch: "no answer from " + s.host}
				}
				return state
			})
		}
	}
	if len(ask) == 0 {
		return nil
	}
	return func(ctx context.Context) verify.State {
		state := ask[0](ctx)
		for _, other := range ask[1:] {
			state = state.And(other(ctx))
		}
		return state
	}
}
