package rack

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/network"
)

// setUp installs the image, gives every machine its fencing socket, and boots all at once.
func (r *rack) setUp(s Spec) error {
	if r.slots != nil {
		return errors.New("the laboratory is set up already")
	}
	for _, f := range s.Image {
		if err := f.Put(r.file("image")); err != nil {
			return err
		}
	}
	if err := r.makeDisks(s); err != nil {
		return err
	}
	var slots []*slot
	for _, m := range s.Nodes {
		slot := &slot{Machine: m}
		slots = append(slots, slot)
		if err := r.serveMounts(slot); err != nil {
			return err
		}
		if m.Observer {
			continue
		}
		if err := r.servePower(slot); err != nil {
			return err
		}
	}
	r.slots, r.software = slots, s.Software
	return r.each(r.slots, r.boot)
}

func (r *rack) boot(s *slot) error {
	if err := r.on(s); err != nil {
		return err
	}
	return r.awaitBoot(s)
}

func (r *rack) each(slots []*slot, do func(*slot) error) error {
	errs := make([]error, len(slots))
	var all sync.WaitGroup
	for i, s := range slots {
		all.Go(func() { errs[i] = do(s) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// members are the machines of the cluster.
func (r *rack) members() []*slot {
	var members []*slot
	for _, s := range r.slots {
		if !s.Observer {
			members = append(members, s)
		}
	}
	return members
}

// servers are the members, and the other machines that run or mount something: those that change while a laboratory is
// used.
func (r *rack) servers() []*slot {
	return slices.DeleteFunc(slices.Clone(r.slots), func(s *slot) bool { return s.Observer && len(s.Services) == 0 && len(s.Disks) == 0 })
}

// reset gives the servers new disks, heals every link and boots them: the laboratory
// is as it was when it was set up, only faster.
func (r *rack) reset() error {
	if err := r.erase(); err != nil {
		return err
	}
	r.setMode(fence.Works)
	for _, s := range r.slots {
		for _, link := range network.Links() {
			if err := r.cabling.Set(s.Name, link, false); err != nil {
				return err
			}
		}
	}
	return r.each(r.servers(), r.boot)
}

// erase switches all servers off and throws their disks away. Nobody switches one on meanwhile.
func (r *rack) erase() error {
	r.power.Lock()
	defer r.power.Unlock()
	for _, s := range r.servers() {
		if err := r.offLocked(s, "reset"); err != nil {
			return err
		}
		s.message = fence.Slot{}
		if err := os.RemoveAll(r.file("disks", s.Name)); err != nil {
			return fmt.Errorf("erase the disk of %s: %w", s.Name, err)
		}
	}
	for _, d := range r.disks {
		if err := r.renew(d); err != nil {
			return fmt.Errorf("erase the shared disk %s: %w", d.Name, err)
		}
	}
	return nil
}
