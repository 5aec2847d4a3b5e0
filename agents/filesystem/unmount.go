package filesystem

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/abandon"
	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// errExists is that a directory is there already.
const errExists = unix.EEXIST

// unmountAll unmounts the targets, all within one time: half of it for those who use them to end when asked, the
// other half for those who must be made to (filesystem.md 7.3).
func (s *stopping) unmountAll(ctx context.Context) error {
	began := time.Now()
	ends := began.Add(s.policy.budget)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(ends) {
		ends = deadline
	}
	ctx, cancel := context.WithDeadline(ctx, ends)
	defer cancel()
	ends = ends.Add(-min(explaining, time.Until(ends)/8))
	half := began.Add(ends.Sub(began) / 2)
	defer s.chase.end()
	for tried := false; ; tried = true {
		phase := phase{until: half}
		if time.Until(half) < leastTry {
			phase = phaseUntil(ends)
		}
		last := tried && time.Until(ends) < leastTry
		if last {
			phase = phaseUntil(ends.Add(leastTry))
		}
		if err := s.unmountRound(ctx, phase); err != nil || len(s.targets) == 0 {
			return err
		}
		if last {
			return s.failure(ctx)
		}
		s.pursue(ctx, phase)
	}
}

// leastTry is the time that a try must have: one that is cut short would look as if the kernel did not answer.
const leastTry = 100 * time.Millisecond

// explaining is the part of the time in which a stop that has failed finds out why.
const explaining = 400 * time.Millisecond

// A phase is one half of the time: hard is the second one.
type phase struct {
	hard  bool
	until time.Time
}

func phaseUntil(end time.Time) phase { return phase{hard: true, until: end} }

// unmountRound tries each target once, as far as nothing that is mounted on it has stayed, and looks what is left.
func (s *stopping) unmountRound(ctx context.Context, p phase) error {
	s.refusals = nil
	stays := make(map[int]bool)
	var remain []target
	for _, t := range s.targets {
		if stays[t.ID] {
			stays[t.Parent] = true
			remain = append(remain, t)
			continue
		}
		err := s.unmount(ctx, p, t)
		if err == nil {
			continue
		}
		remain = append(remain, t)
		stays[t.Parent] = true
		s.refusals = append(s.refusals, refusal{t, err})
		switch {
		case errors.Is(err, unix.EPERM):
			return ocf.ErrPerm.With("root may not unmount %s here: %w", t.Point, err)
		case errors.Is(err, abandon.ErrStuck) && !s.forceable(t.Entry):
			// Even if it is gone from the table, its device is still being written to.
			return ocf.ErrGeneric.With("unmounting %s does not come to an end: its device does not answer", t.Point)
		}
	}
	s.targets = remain
	if err := s.lookAgain(left); err != nil {
		return err
	}
	s.refusals = slices.DeleteFunc(s.refusals, func(r refusal) bool { return !s.stillThere(r.target.ID) })
	return nil
}

// A refusal is what the kernel said when it did not unmount a target.
type refusal struct {
	target target
	err    error
}

// unmount unmounts one target, gently first. A gentle call that is stuck with a server is given up in time for one with
// force.
func (s *stopping) unmount(ctx context.Context, p phase, t target) error {
	s.call.Log.Trace("unmount %s", t.Point)
	if !s.forceable(t.Entry) {
		return s.unmountBy(ctx, t, gently)
	}
	if !s.stuck || !p.hard {
		until := p.until
		if p.hard {
			until = time.Now().Add(time.Until(p.until) / 2)
		}
		gentle, cancel := context.WithDeadline(ctx, until)
		err := s.unmountBy(gentle, t, gently)
		cancel()
		s.stuck = s.stuck || errors.Is(err, abandon.ErrStuck)
		if err == nil || !p.hard || !errors.Is(err, unix.EBUSY) && !errors.Is(err, abandon.ErrStuck) {
			return err
		}
	}
	if !s.force(t.Entry) {
		return unix.EBUSY
	}
	if !s.forced {
		s.call.Log.Info("unmount %s by force", t.Point)
		s.forced, s.chase.wait = true, 0
	}
	return s.unmountBy(ctx, t, forced)
}

func (s *stopping) unmountBy(ctx context.Context, t target, how string) error {
	_, err := s.calls.Do(ctx, callUnmount, strconv.Itoa(t.ID), t.Point, how)
	return err
}

// forcedTypes are the types whose pending requests are ended by force when their users do not end, because the
// server is gone.
const forcedTypes = " nfs nfs4 efs aznfs cifs smbfs smb3 "

// forceable reports whether the mount depends on a server that may be gone.
func (s *stopping) forceable(e mount.Entry) bool {
	return in(forcedTypes, s.fstype) || in(forcedTypes, e.Type) || e.Type == "fuse" || strings.HasPrefix(e.Type, "fuse.")
}

// force decides in the second half whether to end the requests of the mount's users. Those that could end by
// themselves have had the time to: requests that are ended lose what they were to write.
func (s *stopping) force(e mount.Entry) bool {
	if s.policy.signals {
		return s.stuck || s.chase.over
	}
	return in(forcedTypes, s.fstype) || in(forcedTypes, e.Type)
}

// lookAgain replaces the targets by what is left of them, in a new table.
func (s *stopping) lookAgain(what func(mount.Table, []target) []target) error {
	table, err := mount.Read()
	if err != nil {
		return err
	}
	s.observation.table = table
	s.targets = what(table, s.targets)
	return nil
}

// stillThere reports whether the mount is among the targets.
func (s *stopping) stillThere(id int) bool {
	return slices.ContainsFunc(s.targets, func(t target) bool { return t.ID == id })
}
