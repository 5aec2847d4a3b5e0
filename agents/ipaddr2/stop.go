package ipaddr2

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// stop takes the address away. It succeeds when the address is verifiably not on this node, whatever
// else is wrong with the configuration, and never while it still is.
func (a *config) stop(ctx context.Context, c *ocf.Call) error {
	if !c.Root() {
		return ocf.ErrPerm.With("stop needs root")
	}
	for _, bad := range c.Params.Bad() {
		c.Log.Warn("ignored by stop: %v", bad)
	}
	if err := a.checkIdentity(c); err != nil {
		c.Log.Warn("ignored by stop: %v", err)
	}
	if a.ip.IsValid() {
		unlock, err := c.State.Lock(ctx, a.lockName())
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return a.busy()
		case err != nil:
			c.Log.Warn("stop without a lock: %v", err)
		default:
			defer unlock()
		}
	}
	err := a.inside(c, func(s *session) error { return s.stop() })
	if errors.Is(err, netif.ErrNoNamespace) || errors.Is(err, netif.ErrBadNamespace) {
		c.Log.Info("nothing to stop: %v", err)
		if err := c.State.Remove(a.recordName(c)); err != nil {
			c.Log.Warn("the record of the address stays: %v", err)
		}
		return nil
	}
	return refusedByKernel(err)
}

func (s *session) stop() error {
	kept, err := s.loadRecord()
	known := err == nil
	if !known {
		kept = record{}
	}
	if !s.ip.IsValid() {
		s.ip = kept.IP
	}
	if !s.ip.IsValid() {
		return nil
	}
	if s.clusterIP(s.call) {
		others, err := s.leaveBucket()
		if err != nil {
			return err
		}
		if others {
			return s.forget()
		}
	}
	s.stopAnnouncer()
	targets, err := s.targets(kept)
	if err != nil {
		return err
	}
	for _, target := range targets {
		if err := s.remove(target, &kept, known); err != nil {
			return err
		}
	}
	if len(targets) == 0 {
		s.restoreForKilled(kept)
	}
	if s.clusterIP(s.call) {
		if err := s.endSharing(kept); err != nil {
			return err
		}
	}
	return s.cleanUp(kept)
}

// cleanUp undoes what start did besides adding the address, and forgets it.
func (s *session) cleanUp(kept record) error {
	if s.ip.Is6() {
		s.removeAddrLabel(kept)
	}
	if s.flushRoutes {
		if err := s.net.FlushRouteCache(netif.FamilyOf(s.ip)); err != nil {
			s.call.Log.Warn("flush the route cache: %v", err)
		}
	}
	if s.lvs || len(kept.Loopback) > 0 {
		if err := s.giveToLoopback(kept); err != nil {
			return err
		}
	}
	return s.forget()
}

// forget removes the record, which nothing depends on any more.
func (s *session) forget() error {
	if err := s.call.State.Remove(s.recordName(s.call)); err != nil {
		s.call.Log.Warn("the record of the address stays: %v", err)
	}
	return nil
}

// targets are the entries to delete (ipaddr2.md 5.2): those that the record or the configuration names;
// else the only one that can be meant. Several that can be meant are an error: deleting a foreign
// address is as bad as leaving ours.
func (s *session) targets(kept record) ([]found, error) {
	entries, err := s.entries(s.ip)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	at, err := s.locate(false)
	located := err == nil
	if !located && asMisplaced(err) == nil {
		return nil, err
	}
	named := slices.DeleteFunc(slices.Clone(entries), func(entry found) bool {
		recorded := kept.IP == entry.IP && kept.Index == entry.Index && kept.Prefix == entry.Prefix
		selected := located && at.link.Index == entry.Index && at.prefix == entry.Prefix
		return !recorded && !selected
	})
	if len(named) > 0 {
		return named, nil
	}
	possible, err := s.possible(entries)
	if err != nil || len(possible) <= 1 {
		return possible, err
	}
	return nil, ocf.ErrGeneric.With("%s is on this node %d times, and which entry to delete cannot be told; "+
		"set nic and cidr_netmask, or delete it by hand", s.ip, len(possible))
}

// possible are the entries that the configuration does not exclude.
func (s *session) possible(entries []found) ([]found, error) {
	index := 0
	if s.nic != "" {
		link, err := s.net.LinkByName(s.nic)
		if errors.Is(err, netif.ErrNoLink) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		index = link.Index
	}
	prefix := s.prefix()
	return slices.DeleteFunc(s.withoutMirrors(entries), func(entry found) bool {
		return (index != 0 && entry.Index != index) || (prefix != 0 && entry.Prefix != prefix)
	}), nil
}

// remove deletes the entry without what the kernel would delete along with it, and makes sure that the
// entry is gone.
func (s *session) remove(target found, kept *record, known bool) error {
	s.call.Log.Info("delete %s/%d from %s", target.IP, target.Prefix, target.nic)
	restored, err := s.net.DeleteKeeping(target.Address, func(lost netif.Company) {
		if !known {
			*kept = record{IP: target.IP, Prefix: target.Prefix, Index: target.Index, Wish: s.wish()}
		}
		kept.Lost = &lostCompany{lost, time.Now()}
		if err := s.saveRecord(*kept); err != nil {
			s.call.Log.Warn("no record of what is to be restored: %v", err)
		}
	})
	s.tellRestored(restored)
	left, unseen := s.left(target)
	if left && err != nil {
		s.call.Log.Warn("what the kernel deletes along with %s is not kept: %v", target.IP, err)
		err = s.net.Delete(target.Address)
		left, unseen = s.left(target)
	}
	switch {
	case unseen != nil:
		return fmt.Errorf("look whether %s is gone: %w", target.IP, errors.Join(unseen, err))
	case left && err != nil:
		return fmt.Errorf("%s does not give up %s/%d: %w", target.nic, target.IP, target.Prefix, causeOf(err))
	case left:
		return ocf.ErrGeneric.With("%s/%d is still on %s after its deletion", target.IP, target.Prefix, target.nic)
	case err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) && !errors.Is(err, unix.ENODEV):
		s.call.Log.Warn("%s is gone, but what went along with it is not all back: %v", target.IP, err)
	}
	return nil
}

// left reports whether the entry is still there.
func (s *session) left(target found) (bool, error) {
	entries, err := s.net.Addresses(target.Index, netif.FamilyOf(target.IP))
	if errors.Is(err, netif.ErrNoLink) {
		return false, nil
	}
	return slices.ContainsFunc(entries, func(entry netif.Address) bool {
		return entry.IP == target.IP && entry.Prefix == target.Prefix
	}), err
}

// restoreForKilled adds again what a stop that was killed had no time to.
func (s *session) restoreForKilled(kept record) {
	if kept.Lost == nil || !kept.Lost.fresh(time.Now()) {
		return
	}
	restored, err := s.net.Restore(kept.Lost.Company)
	s.tellRestored(restored)
	if err != nil {
		s.call.Log.Err("restore what the kernel deleted along with %s: %v", s.ip, err)
	}
}

// tellRestored says what was added again.
func (s *session) tellRestored(restored netif.Company) {
	for _, address := range restored.Addresses {
		s.call.Log.Warn("the kernel deleted %s/%d along with %s; added again "+
			"(set promote_secondaries to avoid this)", address.IP, address.Prefix, s.ip)
	}
	for _, route := range restored.Routes {
		s.call.Log.Warn("the kernel deleted the route to %s along with %s; added again", route.Dst, s.ip)
	}
}
