package process

import (
	"errors"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/truth"
)

// errReadOnly is what clients get where no rows are accepted.
var errReadOnly = errors.New("database is not open for writing")

// commit writes a row, and returns when it may be acknowledged.
func (v *volume) commit(row core.Row) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.writable() {
		return errReadOnly
	}
	epoch := v.role.Epoch
	e := v.source.Write(row, time.Now())
	if err := v.journal.entries([]core.Entry{e}); err != nil {
		return err
	}
	v.wake()
	for v.source.Released() < e.Position {
		for _, id := range v.source.Overdue(time.Now()) {
			v.lose(id, "CONNECTION TIMEOUT")
		}
		v.await(v.source.Timeout / 20)
		if !v.writable() || v.role.Epoch != epoch {
			return errReadOnly
		}
	}
	return v.noted.note(truth.Accepted, v.role.Name, epoch, e)
}

func (v *volume) writable() bool {
	return !v.closed && !v.role.Suspended && (v.role.Mode == core.Primary || v.role.Mode == core.None)
}

// await lets go of the lock until something changes or a time is over.
func (v *volume) await(within time.Duration) {
	changed := v.changed
	v.mu.Unlock()
	timer := time.NewTimer(within)
	select {
	case <-changed:
	case <-timer.C:
	}
	timer.Stop()
	v.mu.Lock()
}

// drained tells whether every secondary has everything: a handshake waits for it.
func (v *volume) drained() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, k := range v.source.Links() {
		if k.Acked() < v.log.Last() {
			return false
		}
	}
	return true
}
