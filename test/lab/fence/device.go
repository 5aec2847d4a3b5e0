package fence

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
)

// A Mode is how the fencing device behaves.
type Mode string

// Devices there are in the field.
const (
	// Works does what it is told.
	Works Mode = "works"
	// Fails refuses every order to switch.
	Fails Mode = "fails"
	// Hangs takes an order and never answers.
	Hangs Mode = "hangs"
	// Lies answers that it switched a node, and did not. Asked for the state, it tells the truth.
	Lies Mode = "lies"
	// Swears lies about the state as well: a node that it was told to switch off is "off".
	Swears Mode = "swears"
)

// Modes lists all.
func Modes() []Mode { return []Mode{Works, Fails, Hangs, Lies, Swears} }

// An Order is what an agent sends to the device.
type Order struct {
	// Action is on, off, status or list; or, about the shared storage of sbd, message or slots.
	Action string
	Node   string `json:",omitempty"`
	// Message is what off, and message, leave in the node's slot. Empty: nothing.
	Message string `json:",omitempty"`
}

// A Slot is a node's mail box on the shared storage of sbd.
type Slot struct {
	Node string
	// Message is clear, or why the cluster must not start on the node.
	Message string
	// From is the node that wrote it, if one did.
	From string `json:",omitempty"`
}

// Clear is the message of a slot that holds none.
const Clear = "clear"

// An Answer is the device's.
type Answer struct {
	Error string `json:",omitempty"`
	// On is the state of the node asked for.
	On bool
	// Nodes is the answer to list.
	Nodes []string `json:",omitempty"`
	// Slots is the answer to slots, in the order of the nodes.
	Slots []Slot `json:",omitempty"`
}

// A Device carries out orders.
type Device interface {
	Do(context.Context, Order) (Answer, error)
}

// Socket is a Device behind a unix socket.
type Socket string

// Do sends one order and waits for the answer. An answer with an Error is an error.
func (s Socket) Do(ctx context.Context, order Order) (Answer, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", string(s))
	if err != nil {
		return Answer{}, fmt.Errorf("reach the power controller: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if err := json.NewEncoder(conn).Encode(order); err != nil {
		return Answer{}, fmt.Errorf("send %s to the power controller: %w", order.Action, err)
	}
	var answer Answer
	if err := json.NewDecoder(conn).Decode(&answer); err != nil {
		return Answer{}, fmt.Errorf("wait for the power controller's answer to %s: %w", order.Action, errors.Join(err, ctx.Err()))
	}
	if answer.Error != "" {
		return answer, errors.New(answer.Error)
	}
	return answer, nil
}
