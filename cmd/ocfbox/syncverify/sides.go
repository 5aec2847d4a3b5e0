package syncverify

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/block/wire"
	"ocfbox/internal/drbd/metadata"
	"ocfbox/internal/run"
)

// A side is a device and how much of it holds data. It is read here, or there through a link.
type side struct {
	place
	device *block.Device
	link   *wire.Link
	data   int64
	// super is DRBD's superblock at the end of the device, replica the volume that DRBD runs on it; both may be nil.
	super   *metadata.Superblock
	replica *replica
}

// Close gives the device back.
func (s side) Close() {
	if s.device != nil {
		s.device.Close()
	}
	if s.link != nil {
		s.link.Close()
	}
}

// peerName is how DRBD would name the side's host: the name that it has itself, empty where it is this one.
func (s side) peerName() string {
	if s.link == nil {
		return ""
	}
	return s.link.Peer().Host
}

// identity is what is known of the device, whose path has the host.
func (s side) identity() block.Identity {
	if s.device != nil {
		return s.device.Identity()
	}
	id := s.link.Device().Identity
	id.Path = s.String()
	return id
}

// open opens a side, here or there.
func (t *Tool) open(ctx context.Context, word string, o Options) (side, error) {
	p, err := parsePlace(word)
	if err != nil {
		return side{}, err
	}
	if p.host != "" {
		return t.connect(ctx, p, o)
	}
	device, data, super, err := openHere(p.path, o)
	return side{place: p, device: device, data: data, super: super}, err
}

// connect opens a side on another host.
func (t *Tool) connect(ctx context.Context, p place, o Options) (side, error) {
	c, err := p.command(o.Rsh, t.Env)
	if err != nil {
		return side{}, &Failure{Err: err}
	}
	link, err := wire.Connect(ctx, wire.LinkOptions{
		Host: p.host, Software: t.Version, Stall: o.Stall, Outage: o.Outage, Warn: t.warn,
		Dial: func(context.Context) (wire.Conn, error) { return start(ctx, t.Runner, c) },
		Open: wire.OpenRequest{
			Path: p.path, Direct: o.Direct, Cached: o.Cached, StaleIsFine: o.StaleIsFine, Raw: o.Raw, Size: o.Size,
		},
	})
	if err != nil {
		return side{}, peerFailure(ctx, err, p.host)
	}
	return side{place: p, link: link, data: link.Device().Effective}, nil
}

// peerFailure is the error of ctx where that has ended, or what a user can do about another host that does not serve.
func peerFailure(ctx context.Context, err error, host string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return hinted(err, host)
}

func hinted(err error, host string) *Failure {
	var refused *wire.Refusal
	var ended *endError
	switch {
	case errors.As(err, &refused):
		return &Failure{Err: err, Hint: refused.Hint, Code: refused.Code}
	case errors.Is(err, wire.ErrReplaced):
		return &Failure{Err: err, Hint: "begin anew"}
	case errors.Is(err, run.ErrNotFound):
		return &Failure{Err: err, Hint: "name the program that reaches the host with --rsh", Code: verify.ExitPeer}
	case errors.As(err, &ended) && ended.Code == notFound:
		return &Failure{Err: err, Hint: "ocfbox has to be there too, where a login finds it", Code: verify.ExitPeer}
	case errors.As(err, &ended) && ended.Code == sshFailed:
		return &Failure{Err: err, Hint: fmt.Sprintf("ssh -oBatchMode=yes %s has to work without a question", host), Code: verify.ExitPeer}
	case errors.Is(err, wire.ErrFrame):
		return &Failure{Err: err, Hint: "a login there must print nothing", Code: verify.ExitPeer}
	}
	return &Failure{Err: err, Code: verify.ExitPeer}
}

// Exit codes of a shell that finds no program, and of ssh itself.
const (
	notFound  = 127
	sshFailed = 255
)

// drbdMajor is the number of DRBD's own devices.
const drbdMajor = 147

// openHere opens a device of this host, and finds out where its data end.
func openHere(path string, o Options) (*block.Device, int64, *metadata.Superblock, error) {
	d, err := block.Open(path, block.OpenOptions{Direct: o.Direct, Cached: o.Cached, StaleIsFine: o.StaleIsFine})
	switch {
	case errors.Is(err, block.ErrCached):
		return nil, 0, nil, &Failure{Err: err, Hint: "--i-know-cached-is-stale reads it all the same", Code: verify.ExitRefused}
	case err != nil:
		return nil, 0, nil, &Failure{Err: err}
	}
	if d.Major() == drbdMajor {
		d.Close()
		return nil, 0, nil, &Failure{
			Err:  fmt.Errorf("%s is DRBD's own device, which may be served from the other host", path),
			Hint: "compare the backing devices",
		}
	}
	data, super, err := dataOf(d, o)
	if err != nil {
		d.Close()
		return nil, 0, nil, err
	}
	return d, data, super, nil
}

// dataOf is where the data end: where the user says, or before DRBD's internal meta data, or at the device's end. The
// superblock is nil where there is none, or none that can be trusted.
func dataOf(d *block.Device, o Options) (int64, *metadata.Superblock, error) {
	super, err := metadata.Find(d, d.Size())
	switch {
	case o.Size > d.Size():
		return 0, nil, &Failure{Err: fmt.Errorf("%s has only %d bytes", d.Path(), d.Size())}
	case o.Size > 0:
		return o.Size, super, nil
	case o.Raw, errors.Is(err, metadata.ErrNone):
		return d.Size(), super, nil
	case err != nil:
		return 0, nil, &Failure{Err: fmt.Errorf("%s: %w", d.Path(), err), Hint: "say with --size how much of it is data, or --raw to compare all"}
	}
	return super.Effective, super, nil
}

// pairOf is what is compared, and how many parts at a time. It is to be closed.
func pairOf(ctx context.Context, sides [2]side, o Options, seed [16]byte, gentle bool) (verify.Pair, int, func(), error) {
	if sides[0].link == nil && sides[1].link == nil {
		pair, err := verify.NewLocal(sides[0].device, sides[1].device, sides[0].data, sides[1].data, o.Hash, seed)
		if err != nil {
			return nil, 0, nil, &Failure{Err: err}
		}
		return pair, cmp.Or(o.Depth, pair.Depth()), pair.Close, nil
	}
	var ends [2]verify.End
	free := func() {}
	for i, s := range sides {
		if s.link != nil {
			ends[i] = s.link
			if err := s.link.Setup(ctx, wire.SetupRequest{Hash: o.Hash, Seed: seed, Depth: o.Depth, Gentle: gentle}); err != nil {
				return nil, 0, free, peerFailure(ctx, err, s.host)
			}
			continue
		}
		near, err := verify.NewNear(s.device, s.data, o.Hash, seed, o.Depth)
		if err != nil {
			return nil, 0, free, &Failure{Err: err}
		}
		free = near.Close
		ends[i] = near
	}
	pair, err := verify.NewDistant(ends[0], ends[1], o.Hash, seed)
	if err != nil {
		return nil, 0, free, &Failure{Err: err}
	}
	return pair, verify.Window, free, nil
}
