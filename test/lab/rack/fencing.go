package rack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"

	"ocfbox/test/lab/fence"
)

// servePower opens the socket through which one machine may ask for fencing. Each has
// its own, so that the power controller knows who asks.
func (r *rack) servePower(s *slot) error {
	path := r.file("power", s.Name)
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("open the fencing socket of %s: %w", s.Name, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go r.obey(s, conn)
		}
	}()
	return nil
}

// obey reads one order and answers it.
func (r *rack) obey(from *slot, conn net.Conn) {
	defer conn.Close()
	r.power.Lock()
	asking := from.now
	r.power.Unlock()
	var order fence.Order
	if err := json.NewDecoder(conn).Decode(&order); err != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		// The agent does not write again: this returns when it is gone.
		_, _ = conn.Read(make([]byte, 1))
		cancel()
	}()
	answer, err := r.carryOut(ctx, order, sender{from.Name, func() bool { return from.now == asking && from.alive() }})
	if err != nil {
		answer.Error = err.Error()
	}
	switch order.Action {
	case "on", "off":
		r.record(Event{Node: order.Node, What: Fencing, Detail: verdict(from.Name, order, err)})
	case "message":
		r.record(Event{Node: order.Node, What: Message, Detail: verdict(from.Name, order, err)})
	}
	// An agent that is gone needs no answer.
	_ = json.NewEncoder(conn).Encode(answer)
}

func verdict(from string, o fence.Order, err error) string {
	if o.Action == "message" && err == nil {
		return fmt.Sprintf("%s wrote %s", from, o.Message)
	}
	if err != nil {
		return fmt.Sprintf("%s asked for %s: %v", from, o.Action, err)
	}
	return fmt.Sprintf("%s asked for %s: done, says the device", from, o.Action)
}

// A sender is the node that asked. living, called with the power lock held, tells whether it still lives: of two nodes
// that shoot at each other the first one wins, and the order of the dead one is void.
type sender struct {
	name   string
	living func() bool
}

// carryOut does what the device's mode makes of an order.
func (r *rack) carryOut(ctx context.Context, o fence.Order, from sender) (fence.Answer, error) {
	switch o.Action {
	case "list":
		return r.list(), nil
	case "slots":
		return r.slotTable(), nil
	}
	target, err := r.find(o.Node)
	if err != nil {
		return fence.Answer{}, err
	}
	r.lives.Lock()
	mode := r.mode
	r.lives.Unlock()
	switch o.Action {
	case "message":
		return fence.Answer{}, r.write(target, o.Message, from)
	case "status":
		r.power.Lock()
		defer r.power.Unlock()
		return fence.Answer{On: target.alive() && !target.sworn}, nil
	case "on", "off":
	default:
		return fence.Answer{}, fmt.Errorf("action %q is unknown", o.Action)
	}
	switch mode {
	case fence.Fails:
		return fence.Answer{}, errors.New("the device refuses")
	case fence.Hangs:
		r.record(Event{Node: o.Node, What: Fencing, Detail: o.Action + " was asked for; the device hangs"})
		<-ctx.Done()
		return fence.Answer{}, errors.New("nobody waits any longer")
	case fence.Lies, fence.Swears:
		r.power.Lock()
		defer r.power.Unlock()
		target.sworn = mode == fence.Swears && o.Action == "off"
		return fence.Answer{On: o.Action == "on"}, nil
	}
	return fence.Answer{On: o.Action == "on"}, r.turn(target, o, from)
}

var errSenderOff = errors.New("the node that asked is off")

func (r *rack) turn(target *slot, o fence.Order, from sender) error {
	r.power.Lock()
	defer r.power.Unlock()
	if !from.living() {
		return errSenderOff
	}
	if o.Action == "on" {
		return r.onLocked(target)
	}
	if o.Message != "" {
		target.message = fence.Slot{Message: o.Message, From: from.name}
	}
	return r.offLocked(target, "fenced")
}

func (r *rack) list() fence.Answer {
	var a fence.Answer
	for _, s := range r.members() {
		a.Nodes = append(a.Nodes, s.Name)
	}
	return a
}
