package synccheck

import (
	"context"
	"maps"
	"slices"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// stop takes the attributes back and forgets. What was not started is stopped. It never fails for what the cluster
// does: a node must not be fenced because its watcher could not say good-bye.
func (a *checker) stop(ctx context.Context, c *ocf.Call) error {
	if !c.Root() {
		return ocf.ErrPerm.With("%s needs root", c.Action)
	}
	record, started := recall(c)
	if !started {
		return nil
	}
	a.farewell(ctx, c, record)
	if err := c.State.Remove(recordName(c)); err != nil {
		return ocf.ErrGeneric.With("the record of the agent cannot be removed: %w", err)
	}
	return nil
}

// farewell removes the attributes of this node. The state of a node that is primary stays: it tells the truth, it goes
// when the node leaves the cluster, and without it the location rule would take the service from the node, when the
// agent is only restarted.
func (a *checker) farewell(ctx context.Context, c *ocf.Call, record Record) {
	cluster := a.cluster(c)
	ask, cancel := asking(ctx)
	defer cancel()
	node, err := hana.Within(ask, clusterLimit, 2, cluster.LocalNode)
	if err != nil {
		c.Log.Warn("the attributes are not removed: %v", err)
		return
	}
	cluster.Node = node
	cib, err := hana.Within(ask, clusterLimit, 2, cluster.CIB)
	if err != nil {
		c.Log.Warn("what is published is not known: %v", err)
	}
	primary := a.primaries(ask, c, record)
	prefix := record.Prefix
	if prefix == "" {
		prefix = a.prefix
	}
	var first, rest []Write
	for _, name := range slices.Sorted(maps.Keys(record.Resources)) {
		words := attributes(prefix, name)
		for _, word := range words.all() {
			attribute := of(node, word)
			value, set := "", true
			if cib != nil {
				value, set = cib.Value(attribute)
			}
			switch {
			case !set, word == words.state && primary(name, cib, value):
			case word == words.state:
				first = append(first, Write{Attribute: attribute})
			default:
				rest = append(rest, Write{Attribute: attribute})
			}
		}
	}
	if err := a.write(ctx, c, cluster, [][]Write{first, rest}); err != nil {
		c.Log.Warn("not all attributes are removed: %v", err)
	}
}

// primaries tells whether the state of a resource has to stay. What DRBD does not say is taken from what was last
// published.
func (a *checker) primaries(ctx context.Context, c *ocf.Call, record Record) func(name string, cib *crm.CIB, value string) bool {
	seen := a.look(ctx, c, &record)
	return func(name string, cib *crm.CIB, value string) bool {
		for _, view := range seen {
			if view.Resource == name && view.Known {
				return view.Primary && (cib == nil || State(value) == StatePrimary)
			}
		}
		return State(value) == StatePrimary
	}
}
