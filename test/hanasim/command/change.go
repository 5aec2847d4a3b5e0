package command

import (
	"fmt"
	"strconv"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/process"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// unregister takes a secondary from its source's list: on the source by name or number, on the secondary itself.
func (n nsCall) unregister() int {
	m, err := n.system.Recall()
	if err != nil {
		return n.failed(err)
	}
	n.say("unregistering site ...\n")
	if m.Mode.Secondary() && n.value("--id") == "" && n.value("--name") == "" {
		me, _ := m.Peer(m.ID)
		if err := process.UnregisterAt(n.system, m.Remote, me); err != nil {
			return n.failed(err)
		}
		if _, err := n.system.Change((*site.Memory).Clear); err != nil {
			return n.failed(err)
		}
		n.say("done.\n")
		return 0
	}
	id, _ := strconv.Atoi(n.value("--id"))
	_, running, err := n.ask(wire.Question{Ask: wire.AskDrop, ID: id, Name: n.value("--name")})
	if err == nil && !running {
		err = fmt.Errorf("nameserver is not running: start the system first")
	}
	if err != nil {
		return n.failed(err)
	}
	n.say("done.\n")
	return 0
}

// takeover makes this site primary, running or not.
func (n nsCall) takeover() int {
	q := wire.Question{Ask: wire.AskTakeover, Handshake: n.has("--suspendPrimary"), Force: n.has("--force")}
	a, running, err := n.ask(q)
	if a.Code != 0 {
		n.say("error: takeover is refused by an HA/DR provider, error code %d\n", a.Code)
		return 1
	}
	if err != nil {
		return n.failed(err)
	}
	if !running {
		if err := n.takeoverOffline(q.Handshake); err != nil {
			return n.failed(err)
		}
	}
	n.say("done.\n")
	return 0
}

func (n nsCall) takeoverOffline(handshake bool) error {
	m, err := n.system.Recall()
	if err != nil {
		return err
	}
	if !m.Mode.Secondary() {
		return fmt.Errorf("not a secondary site: takeover is not possible")
	}
	if handshake {
		return fmt.Errorf("takeover with handshake needs a running secondary")
	}
	for _, v := range n.system.Volumes() {
		log, _, err := process.ReadJournal(n.system.Journal(v))
		if err != nil {
			return err
		}
		if !(core.Target{Log: log}).Usable() {
			return fmt.Errorf("takeover is not possible: %s has no consistent data", v.Name)
		}
	}
	_, err = n.system.Change(func(m *site.Memory) { m.TakeOver(uint64(time.Now().UnixNano())) })
	return err
}

// cleanup makes a stopped system forget its role.
func (n nsCall) cleanup() int {
	if !n.has("--force") {
		return n.failed(fmt.Errorf("cleanup removes the replication configuration; use --force"))
	}
	if _, running, _ := n.ask(wire.Question{Ask: wire.AskState}); running {
		return n.failed(fmt.Errorf("nameserver is active: stop the system first"))
	}
	n.say("cleaning up ...\n")
	if _, err := n.system.Change((*site.Memory).Clear); err != nil {
		return n.failed(err)
	}
	n.say("done.\n")
	return 0
}

func (n nsCall) changeMode() int {
	_, running, err := n.ask(wire.Question{Ask: wire.AskMode, Name: n.value("--mode")})
	if err == nil && !running {
		err = fmt.Errorf("nameserver is not running: start the system first")
	}
	if err != nil {
		return n.failed(err)
	}
	n.say("done.\n")
	return 0
}
