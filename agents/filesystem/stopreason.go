package filesystem

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/holder"
	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// selfPID is this process.
func selfPID() int { return os.Getpid() }

const (
	// maxTold is how many victims the log names one by one; of more, the first and the last few.
	maxTold, fewTold = 24, 10
	// describing bounds the time for their words, which a process may withhold.
	describing = 200 * time.Millisecond
)

// A victim is a process that gets signals.
type victim struct {
	holder.User
	process holder.Process
}

// describeAll finds out what the log is to say of the processes, before they are gone.
func (s *stopping) describeAll(ctx context.Context, users []holder.User) []victim {
	if len(users) > maxTold {
		users = slices.Concat(users[:fewTold], users[len(users)-fewTold:])
	}
	answers := make(chan victim, len(users))
	go func() {
		for _, user := range users {
			answers <- victim{user, holder.Describe(s.chase.proc, user.PID)}
		}
		close(answers)
	}()
	ctx, cancel := context.WithTimeout(ctx, describing)
	defer cancel()
	var all []victim
	for {
		select {
		case v, more := <-answers:
			if !more {
				return all
			}
			all = append(all, v)
		case <-ctx.Done():
			return all
		}
	}
}

// tell logs who got which signals; of one who gets them again, only that.
func (s *stopping) tell(signals []unix.Signal, victims []victim) {
	if len(s.chase.handles) == 0 {
		return
	}
	names := make([]string, len(signals))
	for i, signal := range signals {
		names[i] = strings.TrimPrefix(unix.SignalName(signal), "SIG")
	}
	what := strings.Join(names, " ")
	s.call.Log.Info("sent %s to %d processes that use %s", what, len(s.chase.handles), points(s.targets))
	if s.chase.told == nil {
		s.chase.told = make(map[string]bool)
	}
	for _, v := range victims {
		key := fmt.Sprint(v.PID, what)
		if !s.chase.told[key] {
			s.chase.told[key] = true
			s.call.Log.Info("sent %s: %s (%s)", what, v.process, v.How)
		}
	}
}

// failure is the outcome of a stop whose time is up, with the first path that stays and who keeps it.
func (s *stopping) failure(ctx context.Context) error {
	if len(s.refusals) == 0 {
		return ocf.ErrGeneric.With("%s is still mounted: mounts come as fast as they are taken away", s.targets[0].Point)
	}
	first := s.refusals[0]
	switch point := first.target.Point; {
	case !errors.Is(first.err, unix.EBUSY):
		return ocf.ErrGeneric.With("%w", first.err)
	case first.target.cover:
		return ocf.ErrGeneric.With("%s is hidden by %s on %s, which is busy", s.observation.point,
			nameOf(first.target.Entry), point)
	default:
		return ocf.ErrGeneric.With("%s is busy: %s", point, s.keepers(ctx))
	}
}

const (
	// maxKeepers is how many users a reason names: it is one short line.
	maxKeepers = 3
	// lately is how old what is known of the users may be.
	lately = 2 * time.Second
)

// keepers says who keeps the first target busy: processes, or what the kernel itself does with it.
func (s *stopping) keepers(ctx context.Context) string {
	if time.Since(s.chase.searched) > lately {
		s.search(ctx)
	}
	first := s.refusals[0].target.ID
	var all []string
	for _, u := range s.chase.spared {
		if u.Mount == first {
			all = append(all, s.nameUser(u.User)+", "+u.why)
		}
	}
	for _, u := range s.chase.victims {
		if u.Mount == first {
			all = append(all, s.nameUser(u))
		}
	}
	if len(all) == 0 {
		all = holder.Kernel("/", s.observation.table, s.mountTargets())
	}
	if len(all) == 0 && s.chase.proc != nil {
		for _, pid := range holder.Rings(ctx, s.chase.proc) {
			all = append(all, "perhaps "+s.nameUser(holder.User{PID: pid, How: holder.RegisteredFile}))
		}
	}
	switch n := len(all); {
	case n == 0:
		return "nobody is known to use it"
	case n > maxKeepers:
		all = append(all[:maxKeepers:maxKeepers], fmt.Sprintf("%d more", n-maxKeepers))
	}
	return "used by " + strings.Join(all, "; ")
}

func (s *stopping) nameUser(u holder.User) string {
	process := holder.Describe(s.chase.proc, u.PID)
	return fmt.Sprintf("pid %d (%s: %s)", u.PID, process.Name, u.How)
}

func (s *stopping) mountTargets() []mount.Target {
	var all []mount.Target
	for _, t := range s.targets {
		all = append(all, t.Target())
	}
	return all
}
