package process

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// takeoverTime is what SAP's takeover takes for a small database.
const takeoverTime = 8 * time.Second

// errRefused carries the number with which a provider refused a takeover.
type errRefused struct{ code int }

func (e errRefused) Error() string {
	return fmt.Sprintf("takeover is refused by an HA/DR provider (error code %d)", e.code)
}

// answer serves a command.
func (c *coordinator) answer(conn *wire.Conn) {
	var q wire.Question
	if conn.Receive(&q) != nil {
		return
	}
	a := wire.Answer{}
	err := c.do(q, &a)
	if err != nil {
		a.Error = err.Error()
		if refused := (errRefused{}); errors.As(err, &refused) {
			a.Code = refused.code
		}
	}
	// A command that was killed needs no answer.
	_ = conn.Send(a)
}

func (c *coordinator) do(q wire.Question, a *wire.Answer) error {
	switch q.Ask {
	case wire.AskState:
		a.State, a.Providers = c.state(), c.hooks.loaded()
		return nil
	case wire.AskEnable:
		return c.enable(q.Name)
	case wire.AskDisable:
		return c.disable(q.Force)
	case wire.AskTakeover:
		return c.takeover(q.Force, q.Handshake)
	case wire.AskDrop:
		return c.drop(q.ID, q.Name)
	case wire.AskMode:
		return c.changeMode(core.Mode(q.Name))
	case wire.AskReload:
		c.run(c.hooks.load)
		return nil
	case wire.AskBackedUp:
		return c.change(func(m *site.Memory) { m.BackedUp = true })
	case wire.AskStopping:
		c.mu.Lock()
		c.stopping = true
		c.mu.Unlock()
		return nil
	}
	return fmt.Errorf("question %q is unknown", q.Ask)
}

// run has something done between the calls of providers, and waits for it.
func (c *coordinator) run(do func()) {
	done := make(chan struct{})
	c.calls <- func() { defer close(done); do() }
	<-done
}

func (c *coordinator) enable(name string) error {
	c.mu.Lock()
	m := c.memory
	c.mu.Unlock()
	switch {
	case m.Mode.Secondary():
		// A secondary that is to feed a third site: nothing to do but to be asked.
		return nil
	case m.Mode == core.Primary:
		return errors.New("this system is already enabled for system replication")
	case !m.BackedUp:
		return errors.New("unable to enable system as primary site: no backup exists; create a full backup first")
	}
	return c.change(func(m *site.Memory) { m.Enable(name, c.system.Host) })
}

func (c *coordinator) disable(force bool) error {
	c.mu.Lock()
	m := c.memory
	c.mu.Unlock()
	if m.Mode != core.Primary {
		return errors.New("this system is not a primary")
	}
	if len(m.Fed()) > 0 && !force {
		return errors.New("secondary sites are still registered; unregister them first")
	}
	return c.change((*site.Memory).Clear)
}

func (c *coordinator) drop(id int, name string) error {
	c.mu.Lock()
	fed := c.memory.Fed()
	c.mu.Unlock()
	i := slices.IndexFunc(fed, func(p site.Peer) bool { return p.ID == id || p.Name == name })
	if i < 0 {
		return errors.New("no such site is registered here")
	}
	return c.change(func(m *site.Memory) { m.Drop(fed[i].ID) })
}

// changeMode changes how a secondary replicates. The source learns it by the next registration of it.
func (c *coordinator) changeMode(mode core.Mode) error {
	c.mu.Lock()
	m := c.memory
	c.mu.Unlock()
	if !m.Mode.Secondary() || !mode.Secondary() {
		return errors.New("only a secondary changes its replication mode")
	}
	me, _ := m.Peer(m.ID)
	me.Mode = mode
	if _, err := askSite(c.system, m.Remote, wire.Message{Kind: wire.Register, Site: &me, Key: keyDigest(c.system), Force: true}); err != nil {
		return err
	}
	return c.change(func(m *site.Memory) { m.Mode = mode; m.Set(me) })
}

// takeover makes a secondary primary. The former primary is asked only for the handshake: without it,
// it goes on as it is.
func (c *coordinator) takeover(force, handshake bool) error {
	state := c.state()
	if !state.Mode.Secondary() {
		return errors.New("not a secondary site: takeover is not possible")
	}
	for _, v := range state.Services {
		if v.Volume > 0 && v.Active != "no" && !v.Usable {
			return fmt.Errorf("takeover is not possible: %s at port %d has no consistent data; the full data shipping is not finished", v.Name, v.Port)
		}
	}
	code := 0
	c.run(func() { code = c.hooks.preTakeover(force) })
	if code != 0 {
		return errRefused{code}
	}
	if handshake {
		if _, err := askSite(c.system, state.Memory.Remote, wire.Message{Kind: wire.Suspend, Key: keyDigest(c.system)}); err != nil {
			c.run(func() { c.hooks.postTakeover(2) })
			return fmt.Errorf("suspend the primary: %w", err)
		}
	}
	time.Sleep(c.system.Lasts(takeoverTime))
	epoch := uint64(time.Now().UnixNano())
	if err := c.change(func(m *site.Memory) { m.TakeOver(epoch) }); err != nil {
		return err
	}
	err := c.awaitApplied(false)
	rc := 0
	if err != nil {
		rc = 2
	}
	c.run(func() { c.hooks.postTakeover(rc) })
	return err
}

// awaitApplied waits until all services that are there took the present role.
func (c *coordinator) awaitApplied(drained bool) error {
	end := time.Now().Add(c.system.Lasts(2 * logshippingTimeout))
	for {
		c.mu.Lock()
		missing := ""
		for _, me := range c.members {
			if me.service.Volume > 0 && (me.applied < c.version || drained && !me.drained) {
				missing = me.service.Name
			}
		}
		changed := c.changed
		c.mu.Unlock()
		if missing == "" {
			return nil
		}
		select {
		case <-changed:
		case <-time.After(time.Until(end)):
			return fmt.Errorf("%s did not follow in time", missing)
		}
	}
}
