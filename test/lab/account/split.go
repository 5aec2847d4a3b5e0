package account

import (
	"errors"
	"time"
)

// A Failure is what a takeover is asked after.
type Failure struct {
	At time.Time
	// Resource is the promotable resource, Address the one with the moving address; "" asks after none.
	Resource, Address string
	// Fenced is when a lost node was confirmed off; zero when a monitor sees the failure.
	Fenced time.Time
}

// A Takeover is how a cluster answered a failure.
type Takeover struct {
	// Seen is the monitor that saw the failure; nil when a node was lost.
	Seen *Operation
	// Promote is the first successful one after that. Address is the first successful start of the address on
	// the same node after the begin of the window, or nil: with the guide's constraints, which order nothing
	// between them, it may be over before the promote.
	Promote, Address *Operation
	// Window is from the begin of Seen, or from when the node was confirmed off, to the end of Promote.
	Window Span
	// SAP, Agent and Pacemaker add up to the window. Tools is the part of Agent in which it waited for tools of
	// the cluster.
	SAP, Agent, Pacemaker, Tools time.Duration
}

// What a takeover may lack.
var (
	ErrUnseen     = errors.New("no monitor saw the failure")
	ErrUnpromoted = errors.New("nothing was promoted after the failure")
)

// Split says how a cluster answered a failure, and who took the time. ops are in order of their begin. The error is
// ErrUnseen, or ErrUnpromoted with what there is of the takeover.
//
// An instant is SAP's when tools of SAP's run in all operations of the resource that run then, Pacemaker's when
// none runs, and the agent's otherwise: where two nodes are busy at once, the doubt is the agent's. Once the promote
// runs, only that counts: nothing else keeps the takeover waiting, such as the start of the former primary.
func Split(ops []Operation, f Failure) (Takeover, error) {
	var t Takeover
	t.Window.From = f.Fenced
	after := f.Fenced
	if f.Fenced.IsZero() {
		t.Seen = first(ops, func(o Operation) bool { return o.sees(f) })
		if t.Seen == nil {
			return t, ErrUnseen
		}
		t.Window.From, after = t.Seen.Began, t.Seen.Ended
	}
	t.Promote = first(ops, func(o Operation) bool { return o.succeeds("promote", f.Resource, after) })
	if t.Promote == nil {
		return t, ErrUnpromoted
	}
	t.Window.To = t.Promote.Ended
	t.Address = first(ops, func(o Operation) bool {
		return o.Node == t.Promote.Node && o.succeeds("start", f.Address, t.Window.From)
	})
	t.divide(ops, f.Resource)
	return t, nil
}

func (t *Takeover) divide(ops []Operation, resource string) {
	var busy, own, tools []Span
	for _, o := range ops {
		if o.Resource != resource {
			continue
		}
		window := t.Window
		if !o.is(t.Promote) {
			window.To = t.Promote.Began
		}
		whole := clip([]Span{{o.Began, o.Ended}}, window)
		busy = append(busy, whole...)
		own = append(own, without(whole, o.SAP)...)
		tools = append(tools, clip(o.Tools, window)...)
	}
	running := length(union(busy))
	t.Agent = length(union(own))
	t.SAP = running - t.Agent
	t.Pacemaker = t.Window.To.Sub(t.Window.From) - running
	t.Tools = length(union(tools))
}

// is tells that it is the same operation.
func (o Operation) is(other *Operation) bool {
	return o.Node == other.Node && o.Action == other.Action && o.Began.Equal(other.Began)
}

// first is the one of ops that fits and ended first.
func first(ops []Operation, fits func(Operation) bool) *Operation {
	var found *Operation
	for i := range ops {
		if fits(ops[i]) && (found == nil || ops[i].Ended.Before(found.Ended)) {
			found = &ops[i]
		}
	}
	return found
}

// sees tells that it is a recurring monitor with another result than the expected, known after the failure.
func (o Operation) sees(f Failure) bool {
	return o.Resource == f.Resource && o.Action == "monitor" && o.Interval > 0 && o.Ended.After(f.At) && o.Failed()
}

// succeeds tells that it ended well and after a moment.
func (o Operation) succeeds(action, resource string, after time.Time) bool {
	return o.Resource == resource && o.Action == action && !o.Began.Before(after) &&
		o.Signal == 0 && o.Code == 0
}
