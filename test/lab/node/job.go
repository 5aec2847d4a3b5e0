package node

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// boot starts what starts with the machine, in order. What a OneShot holds back is not started, and no error.
func (m *manager) boot() error {
	m.jobs.Lock()
	defer m.jobs.Unlock()
	for _, u := range m.units {
		if u.Unit != nil && !enabled(u.Name) {
			continue
		}
		err := m.bringUp(u)
		if errors.Is(err, errHeld) {
			if !errors.Is(err, errDependency) {
				notify(m.notices, Held, err.Error())
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errDependency says that a unit was not started because one that it requires was not.
var errDependency = errors.New("a dependency failed")

// bringUp starts a unit and before it what it requires. The caller holds jobs.
func (m *manager) bringUp(u *unitState) error {
	if m.activeState(u) == Active {
		return nil
	}
	if u.Unit != nil {
		for _, name := range u.Unit.Requires {
			if err := m.bringUp(m.find(name)); errors.Is(err, errDependency) {
				return err
			} else if err != nil {
				return fmt.Errorf("%w: %w", errDependency, err)
			}
		}
	}
	m.mu.Lock()
	may := u.mayStart(time.Now())
	m.mu.Unlock()
	if !may {
		return fmt.Errorf("%s was started too often", u.Name)
	}
	return m.launch(u)
}

// takeDown stops a unit, before it those that require it, and after it its parts. It returns what it stopped,
// in that order. The caller holds jobs.
func (m *manager) takeDown(u *unitState) []*unitState {
	if !m.isUp(u) {
		return nil
	}
	var down []*unitState
	for _, other := range m.units {
		if other.Unit != nil && slices.Contains(other.Unit.Requires, u.Name) {
			down = append(down, m.takeDown(other)...)
		}
	}
	// The stop of another may have stopped it.
	if m.isUp(u) {
		m.terminate(u)
		down = append(down, u)
	}
	for _, other := range m.units {
		if other.Unit != nil && slices.Contains(other.Unit.PartOf, u.Name) {
			down = append(down, m.takeDown(other)...)
		}
	}
	return down
}

// isUp tells whether there is something to stop: a process, or the wish to start one.
func (m *manager) isUp(u *unitState) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return u.pid != 0 || u.pending || u.active == Active
}

// terminate asks a service to end and waits until it does.
func (m *manager) terminate(u *unitState) {
	m.mu.Lock()
	u.pending, u.stopping = false, true
	running := u.pid != 0
	if running {
		u.become(Deactivating)
	} else {
		u.become(Inactive)
	}
	m.mu.Unlock()
	if !running {
		return
	}
	m.signal(u, unix.SIGTERM)
	var late <-chan time.Time
	if u.Unit.KillAfter > 0 {
		late = time.After(u.Unit.KillAfter)
	}
	select {
	case <-u.ended:
	case <-late:
		m.signal(u, unix.SIGKILL)
		<-u.ended
	}
}

// signal reaches the main process only, as KillMode=process does.
func (m *manager) signal(u *unitState, s unix.Signal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if u.pid != 0 {
		// A process that is ending needs no signal.
		_ = unix.Kill(u.pid, s)
	}
}

// startAgain starts a unit that failed, unless somebody did so, or stopped it, meanwhile.
func (m *manager) startAgain(u *unitState) {
	time.Sleep(u.Unit.RestartAfter)
	m.jobs.Lock()
	defer m.jobs.Unlock()
	m.mu.Lock()
	wanted := u.pending
	u.pending = false
	m.mu.Unlock()
	if !wanted {
		return
	}
	if err := m.bringUp(u); err != nil {
		notify(m.notices, Exited, fmt.Sprintf("%s is not started again: %v", u.Name, err))
		return
	}
	notify(m.notices, Restarted, u.Name)
}

// find returns a unit; nil when there is none of that name, or it is no unit of systemd's.
func (m *manager) find(name string) *unitState {
	for _, u := range m.units {
		if u.Name == name && u.Unit != nil {
			return u
		}
	}
	return nil
}
