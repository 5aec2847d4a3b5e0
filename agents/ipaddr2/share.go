package ipaddr2

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// startShared makes this node hear the clients of the instance's bucket. The rules come before the
// address: a node that has the address and no rules would answer everybody's clients.
func (s *session) startShared(ctx context.Context, now finding) (err error) {
	before, err := s.net.Shared(s.ip)
	if err == nil {
		err = s.hear(now.at, before)
	}
	if errors.Is(err, netif.ErrNoFilter) {
		return ocf.ErrInstalled.With("a load-sharing clone of %s cannot run here: %w", s.ip, err)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && !before.Has(s.bucket()) {
			s.takeBackBucket(now.at)
		}
	}()
	again, err := s.look(now.at)
	if err != nil || again.state == held && !again.entry.Flags.Tentative() {
		return err
	}
	return s.complete(ctx, again)
}

// hear adds the instance's bucket to those that were heard before, and lets the shared hardware address
// in.
func (s *session) hear(at place, before netif.Shared) error {
	sharing := s.sharing(at)
	buckets := bucketsWith(before.Buckets, s.bucket(), s.total())
	s.call.Log.Info("share %s on %s as %s: buckets %v of %d", s.ip, at.link.Name, sharing.Hardware, buckets, sharing.Total)
	if len(at.link.Address) != len(sharing.Hardware) {
		return ocf.ErrConfigured.With("%s is no Ethernet interface; a load-sharing clone needs one", at.link.Name)
	}
	if err := s.net.Share(sharing, buckets); err != nil {
		return err
	}
	return s.net.JoinHardware(at.link, sharing.Hardware)
}

// bucketsWith are the buckets with one more, without those that a smaller clone-max has left over.
func bucketsWith(buckets []int, own, total int) []int {
	return append(bucketsWithout(buckets, own, total), own)
}

// bucketsWithout are the buckets of the other instances.
func bucketsWithout(buckets []int, own, total int) []int {
	return slices.DeleteFunc(slices.Clone(buckets), func(bucket int) bool {
		return bucket == own || bucket < 1 || bucket > total
	})
}

// takeBackBucket undoes hear for a start that did not succeed.
func (s *session) takeBackBucket(at place) {
	others, err := s.leaveBucket()
	if err == nil && !others {
		err = s.endSharing(record{Index: at.link.Index, Hardware: s.sharing(at).Hardware})
	}
	if err != nil {
		s.call.Log.Err("take back the rules for %s: %v", s.ip, err)
	}
}

// leaveBucket makes the node deaf to the clients of the instance's bucket, provided that other instances
// here hear some: then the address stays. When there are none, nothing is done yet, because the rules
// must outlast the address.
func (s *session) leaveBucket() (others bool, err error) {
	shared, err := s.net.Shared(s.ip)
	if errors.Is(err, netif.ErrNoFilter) {
		return false, nil
	}
	if err != nil || len(bucketsWithout(shared.Buckets, s.bucket(), s.total())) == 0 {
		return false, err
	}
	s.call.Log.Info("%s stays: other instances here hear buckets %v", s.ip, shared.Buckets)
	return true, s.net.Unhear(s.ip, shared, s.bucket())
}

// endSharing removes the rules and lets the shared hardware address go, after the address has gone.
func (s *session) endSharing(kept record) error {
	err := s.net.Unshare(s.ip)
	if err != nil && !errors.Is(err, netif.ErrNoFilter) {
		return err
	}
	if kept.Hardware == nil {
		at, err := s.locate(true)
		if err != nil || !s.shares(at.link) {
			return nil // nobody can tell any more what it was
		}
		kept.Index, kept.Hardware = at.link.Index, s.sharing(at).Hardware
	}
	link, err := s.net.LinkByIndex(kept.Index)
	if err == nil {
		err = s.net.LeaveHardware(link, kept.Hardware)
	}
	if err != nil && !errors.Is(err, netif.ErrNoLink) && !errors.Is(err, unix.ENODEV) {
		s.call.Log.Warn("%s stays among the addresses that are let in: %v", kept.Hardware, err)
	}
	return nil
}
