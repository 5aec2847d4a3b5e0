package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
)

// UnitSocket is where process 1 takes orders about units.
const UnitSocket Units = "/run/ocflab/units"

// A UnitOrder is what systemctl asks of process 1.
type UnitOrder struct {
	// Verb is list, start, stop, restart, enable or disable; all but list are about Unit.
	Verb string
	Unit string `json:",omitempty"`
}

// A UnitAnswer holds the state of all units after an order.
type UnitAnswer struct {
	Units []UnitStatus
	// Error says why a job failed; Dependency that it was for another unit's failure.
	Error      string `json:",omitempty"`
	Dependency bool   `json:",omitempty"`
}

// Units is process 1 behind its socket.
type Units string

// Ask sends one order and waits until it is carried out. The error says that process 1 could not be asked.
func (s Units) Ask(ctx context.Context, order UnitOrder) (UnitAnswer, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", string(s))
	if err != nil {
		return UnitAnswer{}, fmt.Errorf("reach process 1: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	var answer UnitAnswer
	if err := json.NewEncoder(conn).Encode(order); err != nil {
		return answer, fmt.Errorf("send %s to process 1: %w", order.Verb, err)
	}
	if err := json.NewDecoder(conn).Decode(&answer); err != nil {
		return answer, fmt.Errorf("wait for process 1 to %s: %w", order.Verb, err)
	}
	return answer, nil
}

// listen answers orders as long as the node lives.
func (m *manager) listen() error {
	listener, err := net.Listen("unix", string(UnitSocket))
	if err != nil {
		return err
	}
	if err := os.Chmod(string(UnitSocket), 0o600); err != nil {
		return err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go m.answer(conn)
		}
	}()
	return nil
}

func (m *manager) answer(conn net.Conn) {
	defer conn.Close()
	var order UnitOrder
	if err := json.NewDecoder(conn).Decode(&order); err != nil {
		return
	}
	var answer UnitAnswer
	if err := m.carryOut(order); err != nil {
		answer.Error, answer.Dependency = err.Error(), errors.Is(err, errDependency)
	}
	answer.Units = m.list()
	// Somebody who went away needs no answer; the job is done all the same.
	_ = json.NewEncoder(conn).Encode(answer)
}

func (m *manager) list() []UnitStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []UnitStatus
	for _, u := range m.units {
		if u.Unit != nil {
			all = append(all, u.status())
		}
	}
	return all
}

func (m *manager) carryOut(order UnitOrder) error {
	if order.Verb == "list" {
		return nil
	}
	u := m.find(order.Unit)
	if u == nil {
		return fmt.Errorf("there is no unit %q", order.Unit)
	}
	switch order.Verb {
	case "enable", "disable":
		return enable(u.Name, order.Verb == "enable")
	}
	m.jobs.Lock()
	defer m.jobs.Unlock()
	switch order.Verb {
	case "start":
		return m.bringUp(u)
	case "stop":
		m.takeDown(u)
		return nil
	case "restart":
		down := m.takeDown(u)
		// Those that were stopped for its sake come back, too.
		slices.Reverse(down)
		err := m.bringUp(u)
		for _, other := range down {
			err = errors.Join(err, m.bringUp(other))
		}
		return err
	}
	return fmt.Errorf("order %q is unknown", order.Verb)
}
