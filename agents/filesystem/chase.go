package filesystem

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/holder"
	"ocfbox/internal/mount"
)

// A chase is the search for the users of the targets and the wait for their end.
type chase struct {
	proc   *holder.Proc
	family holder.Family
	// known are the users that the last search found, or one before that came to its end.
	known []holder.User
	// incomplete tells that the log says that a search was.
	incomplete bool
	// victims are those that may be signalled, spared those that may not.
	victims []holder.User
	spared  []sparedUser
	// searched is when that was.
	searched time.Time
	// handles are processes that have been signalled, and since when.
	handles   []*holder.Handle
	signalled time.Time
	// over tells that those who can be killed have been, or that there are none.
	over bool
	// wait is the next pause where there is nobody to wait for.
	wait time.Duration
	// told are the processes that the log has named.
	told map[string]bool
}

// A sparedUser is a user that must not be signalled, and why.
type sparedUser struct {
	holder.User
	why string
}

func (h *chase) end() {
	h.release()
	if h.proc != nil {
		h.proc.Close()
	}
}

func (h *chase) release() {
	for _, handle := range h.handles {
		handle.Close()
	}
	h.handles = nil
}

const (
	// firstWait is the first pause between two tries where there is nobody to wait for; each one after it is twice
	// as long, up to the delay between signals.
	firstWait = 20 * time.Millisecond
	// nameWait is the pause from which on users are looked for only to name them.
	nameWait = 16 * firstWait
)

// pursue does what makes another try worth while: it ends the targets' users, or waits for their end, or waits.
func (s *stopping) pursue(ctx context.Context, p phase) {
	h := &s.chase
	switch {
	case len(s.refusals) == 0:
		return // mounts have come and gone: try at once
	case len(h.handles) > 0:
		holder.AwaitEnd(ctx, h.handles, min(time.Until(h.signalled.Add(s.policy.delay)), time.Until(p.until)))
		h.release()
		h.over = h.over || p.hard
		return
	}
	h.wait = max(h.wait, firstWait)
	if s.forced && h.wait < nameWait {
		// Those whose requests have been ended are about to end, and would only be found once more.
		h.rest(ctx, p, s.policy.delay)
		return
	}
	if s.policy.signals || h.searched.IsZero() || h.wait >= nameWait {
		s.search(ctx)
	}
	signals := s.policy.term
	if p.hard {
		signals = s.policy.kill
	}
	if s.policy.signals && len(signals) > 0 && s.signal(ctx, signals) {
		h.wait = firstWait
		return
	}
	h.over = p.hard
	h.rest(ctx, p, s.policy.delay)
}

// rest waits, and longer each time.
func (h *chase) rest(ctx context.Context, p phase, atMost time.Duration) {
	pause(ctx, min(h.wait, time.Until(p.until)))
	h.wait = min(2*h.wait, max(atMost, firstWait))
}

// pause waits.
func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// searchTime bounds one search.
const searchTime = 5 * time.Second

// search looks who uses the targets.
func (s *stopping) search(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, min(searchTime, s.call.Timeout/4))
	defer cancel()
	h := &s.chase
	first := h.searched.IsZero()
	h.searched = time.Now()
	search, err := s.searcher()
	if err != nil {
		s.call.Log.Warn("who uses %s is not known: %v", points(s.targets), err)
		return
	}
	var all []holder.User
	for i, pass := range []func(context.Context) ([]holder.User, bool, error){search.Users, search.Mapped, search.Threads} {
		s.call.Log.Trace("look for users of %s", points(s.targets))
		users, complete, err := pass(ctx)
		if all = append(all, users...); err != nil || !complete {
			s.tellIncomplete(err)
			all = append(all, h.known...) // they are looked at again before they get a signal
		}
		// Those who are found at once are mostly all; only if they were not, each pass is worth its cost.
		if s.sort(all); len(h.victims) > 0 && (first || i > 0) {
			break
		}
	}
	h.known = all
}

// tellIncomplete says, once, that a search has not looked at all processes.
func (s *stopping) tellIncomplete(err error) {
	say := s.call.Log.Warn
	if s.chase.incomplete {
		say = s.call.Log.Debug
	}
	s.chase.incomplete = true
	if err != nil {
		say("who uses %s is not known: %v", points(s.targets), err)
		return
	}
	say("not all processes could be looked at in time")
}

// searcher is a search for users of the targets, in the processes as they are now.
func (s *stopping) searcher() (*holder.Search, error) {
	h := &s.chase
	if h.proc == nil {
		proc, err := holder.OpenProc()
		if err != nil {
			return nil, err
		}
		h.proc, h.family = proc, holder.FamilyOf(proc, selfPID())
	}
	search := &holder.Search{Proc: h.proc}
	search.Targets = s.mountTargets()
	var err error
	if search.Sockets, err = holder.Sockets(s.observation.table, search.Targets); err != nil {
		s.call.Log.Debug("bound Unix sockets are not found: %v", err)
	}
	return search, nil
}

// sort parts users that may be signalled from those that may not.
func (s *stopping) sort(users []holder.User) {
	h := &s.chase
	h.victims, h.spared = nil, nil
	seen := make(map[int]bool)
	users = slices.DeleteFunc(slices.Clone(users), func(u holder.User) bool {
		again := seen[u.PID]
		seen[u.PID] = true
		return again
	})
	for _, user := range users {
		if why := s.spares(user); why != "" {
			h.spared = append(h.spared, sparedUser{user, why})
			continue
		}
		h.victims = append(h.victims, user)
	}
}

// spares says why a user must not be signalled, and is empty when it may be.
func (s *stopping) spares(user holder.User) string {
	for _, t := range s.targets {
		if t.ID == user.Mount && t.cover {
			return "a user of what is mounted over it"
		}
	}
	return s.chase.family.Spares(s.chase.proc, user.PID)
}

// signal sends the signals to all victims, and tells whether there was one. A process is held before it is looked at
// once more: so it is this very process that gets the signal, and not one that was given its number since.
func (s *stopping) signal(ctx context.Context, signals []unix.Signal) bool {
	h := &s.chase
	search, err := s.searcher()
	if err != nil {
		return false
	}
	var sent []holder.User
	for _, user := range h.victims {
		handle, err := holder.Hold(h.proc, user.PID)
		if err != nil {
			continue // it has ended
		}
		if !search.Again(user) || s.spares(user) != "" {
			handle.Close()
			continue
		}
		h.handles = append(h.handles, handle)
		sent = append(sent, user)
	}
	sent = s.stillUsers(sent)
	described := s.describeAll(ctx, sent)
	for _, handle := range h.handles {
		for _, signal := range signals {
			if err := handle.Signal(signal); err != nil {
				s.call.Log.Warn("%v", err)
			}
		}
	}
	h.signalled = time.Now()
	s.tell(signals, described)
	return len(h.handles) > 0
}

// stillUsers are the users of targets that are still mounted, and lets go of the others: the kernel may have given the
// number of a mount that is gone to another.
func (s *stopping) stillUsers(users []holder.User) []holder.User {
	table, err := mount.Read()
	if err != nil {
		s.chase.release()
		return nil
	}
	mounted := make(map[int]bool)
	for _, t := range s.targets {
		e, ok := table.ByID(t.ID)
		mounted[t.ID] = ok && same(e, t.Entry)
	}
	var sure []holder.User
	var handles []*holder.Handle
	for i, user := range users {
		if !mounted[user.Mount] {
			s.chase.handles[i].Close()
			continue
		}
		sure, handles = append(sure, user), append(handles, s.chase.handles[i])
	}
	s.chase.handles = handles
	return sure
}
