package process

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/wire"
)

// SAP's times. System.Lasts makes them ours.
const (
	logshippingTimeout = 30 * time.Second
	pingInterval       = 5 * time.Second
	reconnectInterval  = 5 * time.Second
	fullCopyTime       = 15 * time.Second
	deltaTime          = 4 * time.Second
	lazyFlush          = 2 * time.Second
)

// A volume is the data of one service, and its part in replication.
type volume struct {
	system  site.System
	service site.Service
	trace   *trace
	noted   *accepted

	// patience is how long another site may be silent: logshipping_timeout, as it was when we started.
	patience time.Duration

	// reports are sent to the nameserver in their order. reported is told when one was passed on.
	reports chan wire.ServiceMessage

	mu      sync.Mutex
	changed chan struct{}
	journal *journal
	log     *core.Log
	source  core.Source
	role    wire.Role
	inSync  map[int]bool
	number  uint64
	awaited map[uint64]func()
	feeds   map[int]*wire.Conn
	// follower is the connection to our own source; contact is true once it answered.
	follower *follower
	contact  bool
	// topology counts the changes of the list of sites.
	topology int
	// closed ends writing: the service stops.
	closed bool
}

func newVolume(s site.System, v site.Service, t *trace) (*volume, error) {
	j, log, inSync, err := openJournal(s.Journal(v))
	if err != nil {
		return nil, err
	}
	noted, err := openAccepted(s, v)
	if err != nil {
		return nil, err
	}
	return &volume{
		system: s, service: v, trace: t, noted: noted, journal: j, log: log, inSync: inSync,
		source:  core.Source{Log: log},
		reports: make(chan wire.ServiceMessage, 1000), changed: make(chan struct{}),
		awaited: map[uint64]func(){}, feeds: map[int]*wire.Conn{},
	}, nil
}

// wake tells everybody who waits that something changed. The caller holds the lock.
func (v *volume) wake() {
	close(v.changed)
	v.changed = make(chan struct{})
}

// take makes the volume what its site is now.
func (v *volume) take(r wire.Role) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.role
	v.role = r
	if !slices.Equal(before.Peers, r.Peers) {
		v.topology++
	}
	v.source.FullSync, v.source.Timeout = r.FullSync, r.Timeout
	if v.patience == 0 {
		v.patience = r.Timeout
	}
	if r.Mode.Secondary() {
		v.expect()
		v.follow(before)
		return nil
	}
	v.unfollow()
	if err := v.journal.flush(); err != nil {
		return err
	}
	if v.log.Begin(r.Epoch) {
		if err := v.journal.write(record{Turns: v.log.Turns}); err != nil {
			return err
		}
	}
	v.contact = true
	v.expect()
	if before.Mode != r.Mode || before.Suspended != r.Suspended {
		return v.noteOpening(r)
	}
	return nil
}

func (v *volume) noteOpening(r wire.Role) error {
	what := truth.Opened
	if r.Suspended {
		what = truth.Closed
	}
	return v.noted.note(what, r.Name, r.Epoch)
}

// expect makes the source know the sites that we feed. The caller holds the lock.
func (v *volume) expect() {
	fed := map[int]bool{}
	for _, p := range v.role.Peers {
		if p.Source != v.role.ID || p.ID == v.role.ID || v.role.Mode == core.None {
			continue
		}
		fed[p.ID] = true
		known := len(v.source.Links())
		// A secondary that is one itself acknowledges for its own data only.
		mode := p.Mode
		if v.role.Mode.Secondary() {
			mode = core.Async
		}
		v.source.Expect(p.ID, p.Name, mode, v.inSync[p.ID])
		if len(v.source.Links()) > known {
			v.report(p.ID, "Starting", nil)
		}
	}
	for _, k := range v.source.Links() {
		if !fed[k.Site] {
			v.source.Forget(k.Site)
			v.hangUp(k.Site)
		}
	}
	v.wake()
}

func (v *volume) hangUp(id int) {
	if c := v.feeds[id]; c != nil {
		c.Close()
		delete(v.feeds, id)
	}
}

// report queues the state of a channel for the nameserver. done is called, with the lock held, when the
// HA/DR providers know. The caller holds the lock.
func (v *volume) report(id int, reason string, done func()) {
	for _, k := range v.source.Links() {
		if k.Site != id {
			continue
		}
		v.number++
		if done != nil {
			v.awaited[v.number] = done
		}
		inSync := k.InSync && k.Status != core.Error && k.Status != core.Initializing
		v.reports <- wire.ServiceMessage{Report: &wire.Report{
			Number: v.number, Site: id, Name: k.Name, Mode: k.Mode, Status: k.Status, InSync: inSync, Reason: reason, Details: k.Details,
		}}
	}
}

// passedOn notes that the HA/DR providers know of a report.
func (v *volume) passedOn(number uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if done := v.awaited[number]; done != nil {
		delete(v.awaited, number)
		done()
		v.wake()
	}
}

// lose ends a channel. Commits wait until that was reported. The caller holds the lock.
func (v *volume) lose(id int, details string) {
	v.hangUp(id)
	if v.closed || !v.source.Lose(id, details) {
		return
	}
	v.trace.info("site %d: connection lost: %s", id, details)
	v.reportLoss(id)
	v.wake()
}

// reportLoss queues a loss; when the HA/DR providers know, commits do not wait for the secondary any more. The
// caller holds the lock.
func (v *volume) reportLoss(id int) {
	loss := v.source.Loss(id)
	v.report(id, "", func() {
		v.source.Reported(id, loss)
		v.remember()
	})
}

// remember keeps on disk which secondaries have everything. The caller holds the lock.
func (v *volume) remember() {
	changed := false
	for _, k := range v.source.Links() {
		if v.inSync[k.Site] != k.InSync {
			v.inSync[k.Site], changed = k.InSync, true
		}
	}
	if !changed {
		return
	}
	if err := v.journal.write(record{InSync: v.inSync}); err != nil {
		v.trace.line('e', "sr_simulator", "Simulator.cpp(00002)", "%v", err)
	}
}

// ready tells whether the service does its work: a secondary has spoken to its source once.
func (v *volume) ready() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.contact
}

// usable tells whether the data is a complete database.
func (v *volume) usable() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return core.Target{Log: v.log}.Usable()
}

// shut ends the volume when its service stops.
func (v *volume) shut() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	open := v.writable()
	v.closed = true
	v.unfollow()
	for id := range v.feeds {
		v.hangUp(id)
	}
	err := v.journal.flush()
	if open && v.role.Mode != "" {
		err = errors.Join(err, v.noted.note(truth.Closed, v.role.Name, v.role.Epoch))
	}
	if err != nil {
		return fmt.Errorf("close volume %d: %w", v.service.Volume, err)
	}
	return nil
}
