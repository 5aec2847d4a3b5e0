package holder

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ocfbox/internal/mount"
)

// A How is a way to use a mount, in the words of a message.
type How string

// The ways.
const (
	OpenFile         How = "an open file"
	WorkingDirectory How = "its working directory"
	RootDirectory    How = "its root directory"
	Program          How = "its program"
	MappedFile       How = "a mapped file"
	BoundSocket      How = "a bound Unix socket"
)

// A User is a process that uses one of the mounts looked for.
type User struct {
	// PID is the process.
	PID int
	// How is the first use that was found, Mount the number of the mount.
	How   How
	Mount int
	// Thread is the one thread that uses the mount where the process as a whole does not, and else 0.
	Thread int
}

// A Search looks for the users of some mounts.
type Search struct {
	// Proc is where it looks.
	Proc View
	// Targets are the mounts.
	Targets []mount.Target
	// Sockets are the Unix sockets bound in one of the mounts: socket number to mount. See [Sockets].
	Sockets map[uint64]int
	// Stuck bounds the wait for what one process tells: a thread of it may hold its memory map locked while it
	// waits for a dead server. 0 is 250 ms.
	Stuck time.Duration

	// devices are the targets' device numbers as memory maps have them.
	devices []string
}

const (
	defaultStuck = 250 * time.Millisecond
	// maxStuck is how many processes a walker waits for in vain before it gives up.
	maxStuck = 10
	// maxWalkers is how many processors a pass uses at most.
	maxWalkers = 4
)

// Users makes one pass over all processes, and looks at all but their memory maps. The order is that of the numbers. When ctx ends early, or a
// process could not be looked at in time, the result is what was found and complete is false.
func (s *Search) Users(ctx context.Context) (users []User, complete bool, err error) {
	return s.pass(ctx, s.process)
}

// Mapped makes a pass over the memory maps of all processes, which are long.
func (s *Search) Mapped(ctx context.Context) (users []User, complete bool, err error) {
	return s.pass(ctx, s.mapped)
}

// Threads makes a pass over the threads of all processes: a thread may have directories and descriptors of its own.
// It costs several times as much as Users.
func (s *Search) Threads(ctx context.Context) (users []User, complete bool, err error) {
	return s.pass(ctx, s.threads)
}

// Again looks whether the process still uses one of the mounts in the way it did.
func (s *Search) Again(u User) bool {
	s.prepare()
	look := s.process
	switch {
	case u.Thread != 0:
		look = s.threads
	case u.How == MappedFile:
		look = s.mapped
	}
	_, uses := look(u.PID)
	return uses
}

// pass looks at every process in one way, by as many walkers as there are processors to be had.
func (s *Search) pass(ctx context.Context, look func(int) (User, bool)) (users []User, complete bool, err error) {
	s.prepare()
	pids, err := s.Proc.Processes()
	if err != nil || len(pids) == 0 {
		return nil, err == nil, err
	}
	walkers := min(runtime.GOMAXPROCS(0), maxWalkers)
	found, stuck := new(finds), new(atomic.Bool)
	var all sync.WaitGroup
	for part := range slices.Chunk(pids, (len(pids)+walkers-1)/walkers) {
		all.Go(func() {
			if !s.patiently(ctx, found, part, look) {
				stuck.Store(true)
			}
		})
	}
	all.Wait()
	users = found.take()
	slices.SortFunc(users, func(a, b User) int { return a.PID - b.PID })
	return users, !stuck.Load(), nil
}

func (s *Search) prepare() {
	if len(s.devices) == len(s.Targets) {
		return
	}
	s.devices = nil
	for _, t := range s.Targets {
		s.devices = append(s.devices, mapDevice(t.Device))
	}
}

// patiently looks at processes one after the other, and goes on with the next one when it gets stuck. The result
// tells that it has looked at all of them.
func (s *Search) patiently(ctx context.Context, found *finds, pids []int, look func(int) (User, bool)) bool {
	for stuck := 0; ; stuck++ {
		done := s.walk(ctx, found, pids, look)
		if done == len(pids) {
			return stuck == 0
		}
		if stuck == maxStuck || ctx.Err() != nil {
			return false
		}
		pids = pids[done+1:]
	}
}

// walk looks at the processes in order and returns how many it has done: fewer than all when it waited too long
// for the next one, or when ctx has ended. What it is stuck in is left behind: it ends with this process.
func (s *Search) walk(ctx context.Context, found *finds, pids []int, look func(int) (User, bool)) int {
	var done atomic.Int64
	var left atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, pid := range pids {
			user, uses := look(pid)
			if left.Load() {
				return
			}
			if uses {
				found.add(user)
			}
			done.Add(1)
		}
	}()
	limit := cmp.Or(s.Stuck, defaultStuck)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for before := int64(0); ; before = done.Load() {
		select {
		case <-ended:
			return len(pids)
		case <-ctx.Done():
		case <-timer.C:
			if done.Load() != before {
				timer.Reset(limit)
				continue
			}
		}
		left.Store(true)
		return min(int(done.Load()), len(pids)-1)
	}
}

// finds collects users from walks, of which one that was left behind may still come back.
type finds struct {
	mu    sync.Mutex
	users []User
}

func (f *finds) add(u User) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users = append(f.users, u)
}

func (f *finds) take() []User {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.users)
}
