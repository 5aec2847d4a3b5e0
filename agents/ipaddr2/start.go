package ipaddr2

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

const (
	// carrierWait bounds the wait for a link, dadWait that for duplicate address detection.
	carrierWait = 5 * time.Second
	dadWait     = 10 * time.Second
	// collisionProbes and collisionWindow bound the look for another owner of an IPv4 address.
	collisionProbes = 2
	collisionWindow = 500 * time.Millisecond
)

// start makes the address usable on this node and tells the neighbours. An address that is already
// there and usable is left as it is, without a packet.
func (a *config) start(ctx context.Context, c *ocf.Call) error {
	if err := a.checkStart(c); err != nil {
		return err
	}
	if !c.Root() {
		return ocf.ErrPerm.With("start needs root")
	}
	if err := c.Params.Err(a.selectionParams()...); err != nil {
		return (&misplaced{badSyntax, err}).startFailure(c)
	}
	a.warnIgnored(c)
	unlock, err := c.State.Lock(ctx, a.lockName())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return a.busy()
	case err != nil:
		return unusableState(c, err)
	}
	defer unlock()
	err = a.inside(c, func(s *session) error { return s.start(ctx) })
	return refusedByKernel(missingNamespace(a, err))
}

func (s *session) start(ctx context.Context) error {
	at, err := s.locate(true)
	if lost := asMisplaced(err); lost != nil {
		return lost.startFailure(s.call)
	}
	if err != nil {
		return err
	}
	if s.shares(at.link) {
		// The other nodes have the address as well, and shall.
		s.noDAD, s.runARPing = true, false
		at.hardware = s.sharing(at).Hardware
	}
	if kept, err := s.loadRecord(); err == nil {
		s.restoreForKilled(kept)
	}
	now, err := s.look(at)
	if err != nil {
		return err
	}
	if now.state == held && !now.entry.Flags.Tentative() {
		return s.adopt(at)
	}
	if err := s.saveRecord(s.newRecord(at)); err != nil {
		return unusableState(s.call, err)
	}
	if s.shares(at.link) {
		return s.startShared(ctx, now)
	}
	return s.complete(ctx, now)
}

// complete makes a usable entry of what is there.
func (s *session) complete(ctx context.Context, now finding) (err error) {
	if now.state == noLink {
		if now, err = s.revive(ctx, now); err != nil {
			return err
		}
	}
	switch now.state {
	case otherLabel, dadFailed:
		s.call.Log.Info("replace the entry: %s", now.describe())
		if err := s.net.Delete(now.entry); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return err
		}
	}
	return s.add(ctx, now.at)
}

// newRecord is the record for an address at the place. What an earlier start has noted to be given back
// and was killed before giving it back stays noted.
func (s *session) newRecord(at place) record {
	r := record{IP: s.ip, Prefix: at.prefix, Index: at.link.Index, Wish: s.wish(), Hardware: at.hardware}
	if kept, err := s.loadRecord(); err == nil && kept.IP == s.ip {
		r.Loopback, r.AddrLabel = kept.Loopback, kept.AddrLabel
	}
	return r
}

// adopt keeps a record of an address that is held already, unless there is one: the shell agents leave
// none, and neither does an administrator.
func (s *session) adopt(at place) error {
	if kept, err := s.loadRecord(); err == nil && kept.IP == s.ip && kept.Index == at.link.Index && kept.Prefix == at.prefix {
		return nil
	}
	if err := s.saveRecord(s.newRecord(at)); err != nil {
		s.call.Log.Warn("no record of the address is kept: %v", err)
	}
	return nil
}

// revive brings the link of an address that is there back up, and looks again.
func (s *session) revive(ctx context.Context, now finding) (finding, error) {
	watch, err := s.net.Watch(netif.LinkChanges)
	if err != nil {
		return now, err
	}
	defer watch.Close()
	if now.at.link, err = s.waitLink(ctx, watch, now.at.link); err != nil {
		return now, err
	}
	if now.at.link.OperState.Failed() {
		return now, ocf.ErrInstalled.With("%s", now.describe())
	}
	return s.look(now.at)
}

// add adds the address, waits until it is usable and announces it. What was done is undone when a
// later step fails.
func (s *session) add(ctx context.Context, at place) (err error) {
	var undo []func()
	defer func() {
		if err == nil {
			return
		}
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
	}()
	watch, err := s.net.Watch(netif.LinkChanges, netif.Address6Changes)
	if err != nil {
		return err
	}
	defer watch.Close()
	if at.link, err = s.waitLink(ctx, watch, at.link); err != nil {
		return err
	}
	if s.checkLink && at.link.OperState.Failed() {
		return ocf.ErrGeneric.With("interface %s has no link (operational state %s); "+
			"see to it, or set check_link_status=false", at.link.Name, at.link.OperState)
	}
	if s.lvs {
		restore, err := s.takeFromLoopback(at)
		undo = append(undo, restore)
		if err != nil {
			return err
		}
	}
	if s.runARPing && s.ip.Is4() {
		if err := s.refuseCollision(ctx, at); err != nil {
			return err
		}
	}
	if s.ip.Is6() && s.addrLabel {
		undo = append(undo, s.addAddrLabel(at))
	}
	entry := s.entry(at)
	s.call.Log.Info("add %s/%d to %s", s.ip, at.prefix, at.link.Name)
	switch err := s.net.Add(entry); {
	case errors.Is(err, unix.EEXIST):
		// Somebody was quicker; whether theirs is as good is looked at below.
	case err != nil:
		return fmt.Errorf("%s refuses %s/%d: %w", at.link.Name, s.ip, at.prefix, causeOf(err))
	default:
		undo = append(undo, func() { s.takeBack(entry) })
	}
	if s.ip.Is6() && !s.noDAD && !at.link.Loopback {
		if err := s.waitDAD(ctx, watch, at.link); err != nil {
			return err
		}
	}
	if err := s.verify(at); err != nil {
		return err
	}
	s.announce(ctx, at)
	return nil
}

// takeBack deletes the entry of a start that did not succeed.
func (s *session) takeBack(entry netif.Address) {
	err := s.net.Delete(entry)
	if err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) && !errors.Is(err, unix.ENODEV) {
		s.call.Log.Err("take back %s/%d: %v", entry.IP, entry.Prefix, err)
	}
}

// waitLink sets the link up, and waits for its carrier where that matters.
func (s *session) waitLink(ctx context.Context, watch *netif.Watch, link netif.Link) (netif.Link, error) {
	if link.Up && (!s.checkLink || !link.OperState.Failed()) {
		return link, nil
	}
	if !link.Up {
		if err := s.net.SetUp(link.Index); err != nil {
			return link, fmt.Errorf("set %s up: %w", link.Name, err)
		}
	}
	if !s.checkLink {
		return s.net.LinkByIndex(link.Index)
	}
	ctx, cancel := context.WithTimeout(ctx, carrierWait)
	defer cancel()
	s.call.Log.Trace("wait for the link of %s", link.Name)
	return s.net.WaitCarrier(ctx, watch, link.Index)
}

// waitDAD waits for the kernel's duplicate address detection.
func (s *session) waitDAD(ctx context.Context, watch *netif.Watch, link netif.Link) error {
	ctx, cancel := context.WithTimeout(ctx, dadWait)
	defer cancel()
	s.call.Log.Trace("wait for duplicate address detection of %s on %s", s.ip, link.Name)
	result, err := s.net.WaitDAD(ctx, watch, link.Index, s.ip)
	switch {
	case err != nil:
		return err
	case result == netif.DADFailed:
		return ocf.ErrGeneric.With("another host on %s has %s: duplicate address detection failed", link.Name, s.ip)
	case result == netif.DADRemoved:
		return ocf.ErrGeneric.With("%s vanished from %s during duplicate address detection", s.ip, link.Name)
	case result == netif.DADPending:
		s.call.Log.Warn("duplicate address detection of %s has not ended in %v; going on", s.ip, dadWait)
	}
	return nil
}

// refuseCollision refuses an IPv4 address that another host has.
func (s *session) refuseCollision(ctx context.Context, at place) error {
	if at.link.Mute() != "" {
		return nil
	}
	owner, err := s.net.ProbeARP(ctx, at.link, s.ip, collisionProbes, collisionWindow)
	if err != nil {
		return fmt.Errorf("look for another owner of %s: %w", s.ip, err)
	}
	if owner != nil {
		return ocf.ErrGeneric.With("%s is in use: %s answers for it on %s", s.ip, owner, at.link.Name)
	}
	return nil
}

// verify makes sure that what start promises is so.
func (s *session) verify(at place) error {
	now, err := s.look(at)
	switch {
	case err != nil:
		return err
	case now.state == absent:
		return ocf.ErrGeneric.With("%s/%d is not on %s although it was added", s.ip, at.prefix, at.link.Name)
	case now.state != held:
		return ocf.ErrGeneric.With("%s", now.describe())
	}
	return nil
}
