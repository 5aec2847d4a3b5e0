package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Event is something that happens before or while the scheduler's plan is carried out.
type Event struct {
	// flag is crm_simulate's.
	flag, node string
	// What follows is that of an operation.
	resource, operation string
	interval            time.Duration
	code                int
}

// Vanishes is a node that is suddenly no longer there.
func Vanishes(node string) Event { return Event{flag: "--node-fail", node: node} }

// Joins is a node whose cluster software starts.
func Joins(node string) Event { return Event{flag: "--node-up", node: node} }

// Reports is an operation that has ended with that exit code. The interval of one that does not recur is 0.
func Reports(resource, operation string, interval time.Duration, node string, code int) Event {
	return Event{"--op-inject", node, resource, operation, interval, code}
}

// WillFail is an operation that ends with that exit code if the plan has it.
func WillFail(resource, operation, node string, code int) Event {
	return Event{"--op-fail", node, resource, operation, 0, code}
}

// value is the flag's.
func (e Event) value() string {
	if e.resource == "" {
		return e.node
	}
	return fmt.Sprintf("%s_%s_%d@%s=%d", e.resource, e.operation, e.interval.Milliseconds(), e.node, e.code)
}

// String is the event as crm_simulate is told it.
func (e Event) String() string { return strings.TrimPrefix(e.flag, "--") + " " + e.value() }

// check finds what crm_simulate passes over in silence: events of nodes and resources that there are not.
func (c *Cluster) check(e Event) error {
	if !slices.Contains(c.Nodes(), e.node) {
		return fmt.Errorf("event %q: no node %q", e, e.node)
	}
	if e.resource != "" && c.doc.FindElement("/cib/configuration/resources//primitive[@id='"+e.resource+"']") == nil {
		return fmt.Errorf("event %q: no primitive %q", e, e.resource)
	}
	return nil
}
