package account

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// ErrUnavailable says that the kernel tells nothing, or not to us: in another namespace of processes than the
// first, without root, or without taskstats.
var ErrUnavailable = errors.New("the kernel's account of processes cannot be had")

// A Lab is the laboratory, of which an account needs process 1 of each node as a descriptor.
type Lab interface {
	Process(ctx context.Context, node string) (*os.File, error)
}

// An Account is kept from Watch to Stop.
type Account struct {
	connector  *connector
	statistics *statistics
	// wake is an event descriptor that ends the keeper.
	wake int
	// epoch is when CLOCK_MONOTONIC was zero.
	epoch time.Time
	kept  sync.WaitGroup

	mu   sync.Mutex
	book *book
	// heard gets the number of each process that executes something, while the account is tried out.
	heard chan int
	err   error
}

// Watch begins the account of the named members of a laboratory; no name is none yet. A member that is off
// gets its account by Node, when it is on. The error wraps ErrUnavailable when there can be none here.
func Watch(ctx context.Context, lab Lab, members ...string) (*Account, error) {
	a, err := open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	for _, m := range members {
		process, err := lab.Process(ctx, m)
		if err == nil {
			err = a.Node(m, process)
			err = errors.Join(err, process.Close())
		}
		if err != nil {
			_, stopped := a.Stop()
			return nil, errors.Join(fmt.Errorf("watch the agents of %s: %w", m, err), stopped)
		}
	}
	return a, nil
}

// Node takes a node into the account, or takes it up again after it was off: process is a pidfd of its
// process 1, which stays the caller's.
func (a *Account) Node(name string, process *os.File) error {
	pid, err := pidOf(process)
	if err != nil {
		return fmt.Errorf("process 1 of %s: %w", name, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	space := a.book.table.space(pid)
	if space == "" {
		return fmt.Errorf("process 1 of %s has ended", name)
	}
	a.book.nodes[space] = name
	for _, pid := range (procfs{}).named(executor) {
		a.book.employ(pid)
	}
	return nil
}

// Ledger is the account so far.
func (a *Account) Ledger() Ledger {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.book.ledger(a.epoch)
}

// Stop ends the account. It is called once. The ledger is there even when the error is not nil, but may lack
// what came after the error.
func (a *Account) Stop() (Ledger, error) {
	_, err := unix.Write(a.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	a.kept.Wait()
	err = errors.Join(err, a.err, a.connector.close(), a.statistics.close(), unix.Close(a.wake))
	return a.Ledger(), err
}

func open() (*Account, error) {
	a := &Account{wake: -1, book: newBook(procfs{}), heard: make(chan int, 1024), epoch: epoch()}
	var err error
	if a.connector, err = dialConnector(); err != nil {
		return nil, err
	}
	if a.statistics, err = dialStatistics(); err != nil {
		return nil, errors.Join(err, a.connector.close())
	}
	if a.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC); err != nil {
		return nil, errors.Join(err, a.connector.close(), a.statistics.close())
	}
	a.kept.Go(a.keep)
	if err := a.try(); err != nil {
		_, stopped := a.Stop()
		return nil, errors.Join(err, stopped)
	}
	return a, nil
}

// epoch compares the clocks.
func epoch() time.Time {
	var monotonic unix.Timespec
	now := time.Now()
	// This clock is always there.
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &monotonic)
	return now.Add(-time.Duration(monotonic.Nano()))
}

// patience is how long the news of a program may take on a busy machine.
const patience = 3 * time.Second

// try starts a program and waits for its news: the kernel accepts a subscription that it does not serve.
func (a *Account) try() error {
	cmd := exec.Command("/bin/true")
	if err := cmd.Run(); err != nil {
		return err
	}
	limit := time.After(patience)
	for {
		select {
		case pid := <-a.heard:
			if pid == cmd.Process.Pid {
				a.mu.Lock()
				a.heard = nil
				a.mu.Unlock()
				return nil
			}
		case <-limit:
			return fmt.Errorf("no news of a program within %s", patience)
		}
	}
}

// keep reads what the kernel tells until the account is stopped.
func (a *Account) keep() {
	// A program can be looked at only while it runs, and many run for a millisecond. The thread is not used
	// again, as it is never unlocked.
	runtime.LockOSThread()
	hurry()
	space := make([]byte, 1<<16)
	for stop := false; !stop; {
		fds := []unix.PollFd{
			{Fd: int32(a.connector.fd), Events: unix.POLLIN}, {Fd: int32(a.statistics.fd), Events: unix.POLLIN},
			{Fd: int32(a.wake), Events: unix.POLLIN},
		}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			a.err = err
			return
		}
		stop = fds[2].Revents != 0
		if err := a.read(space, stop || fds[1].Revents != 0); err != nil {
			a.err = err
			return
		}
	}
}

// hurry lets this thread go before all others. It does little, and what it does is of no use later. A kernel
// that does not permit it lets us miss names of programs, which are noted.
func hurry() {
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{
		Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1, Flags: unix.SCHED_FLAG_RESET_ON_FORK,
	}, 0)
}

// read takes everything that there is. The times are taken out before the events and written down after them:
// a thread that has told its time has a process that was told of before.
func (a *Account) read(space []byte, statistics bool) error {
	var times []event
	var late error
	if statistics {
		late = receive(a.statistics.fd, space, func(_ uint16, payload []byte) {
			if e, ok := decodeSpent(payload); ok {
				times = append(times, e)
			}
		})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	lost := receive(a.connector.fd, space, func(_ uint16, payload []byte) {
		e, ok := decodeEvent(payload)
		if !ok {
			return
		}
		a.book.add(e)
		if a.heard != nil && e.kind == executed {
			select {
			case a.heard <- e.process:
			default:
			}
		}
	})
	for _, e := range times {
		a.book.add(e)
	}
	if errors.Is(late, errLost) || errors.Is(lost, errLost) {
		a.book.miss("the kernel had more events than were read")
		return nil
	}
	return errors.Join(late, lost)
}
