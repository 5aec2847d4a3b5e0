package saphanatopology

import (
	"context"
	"errors"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// start makes the marker and sees to the host agent. It asks no HANA (14, 1).
func (a *topology) start(ctx context.Context, c *ocf.Call) error {
	if err := a.refuse(c); err != nil {
		return err
	}
	if err := a.marker(c).set(); err != nil {
		return a.marker(c).failed(err)
	}
	ctx, cancel := asking(ctx)
	defer cancel()
	before := a.recall(c)
	now := before
	now.Tried = a.keepHostAgent(ctx, c, 0)
	a.remember(c, before, now)
	return nil
}

// monitor answers whether the agent was started, and publishes what it sees; the one does not depend on
// the other (5.3).
func (a *topology) monitor(ctx context.Context, c *ocf.Call) error {
	if err := a.refuse(c); err != nil {
		return err
	}
	result := a.marker(c).result()
	switch {
	case !c.Clone.Used():
	case c.Probe():
		if a.watchProbe(ctx, c).Adopt && result != nil {
			return a.adopt(c)
		}
	default:
		a.watchRegular(ctx, c)
	}
	return result
}

// adopt answers a probe on a node whose database runs already: from now on this agent is started there. To say
// "not running" would make the cluster start it first, and restart the healthy database for that, since the order
// is mandatory.
func (a *topology) adopt(c *ocf.Call) error {
	if err := a.marker(c).set(); err != nil {
		return a.marker(c).failed(err)
	}
	c.Log.Info("ACT: the database runs already: started without being asked, so that nothing is restarted")
	return nil
}

// watchRegular is one round of watching.
func (a *topology) watchRegular(ctx context.Context, c *ocf.Call) {
	ask, cancel := asking(ctx)
	defer cancel()
	before := a.recall(c)
	watch := a.observer(c, Regular)
	watch.seen.Memory = before
	cluster := a.cluster(c)
	cib, err := readCluster(ask, cluster, &watch.seen)
	if err != nil {
		// Without the cluster there is nothing to publish to. The host agent is watched all the same.
		c.Log.Warn("nothing is published: %v", err)
		now := before
		now.Tried = a.keepHostAgent(ask, c, before.Tried)
		a.remember(c, before, now)
		return
	}
	o := watch.look(ask)
	a.carryOut(ctx, c, cluster, cib, o, before)
}

// watchProbe publishes the version, and what a node that has just joined lacks. The verdict is empty when there was
// nobody to ask.
func (a *topology) watchProbe(ctx context.Context, c *ocf.Call) (v Verdict) {
	ask, cancel := context.WithTimeout(ctx, min(hana.Left(ctx)/2, probeLimit))
	defer cancel()
	watch := a.observer(c, Probe)
	o := &watch.seen
	o.Version = watch.manifest(ask)
	if o.Version == "" {
		tools := watch.tools(ask)
		if tools == nil {
			c.Log.Debug("DBG: there is no %s on this node", a.instance)
			return v
		}
		o.Version, _ = hana.Within(ask, versionLimit, 2, tools.InstalledVersion)
	}
	cluster := a.cluster(c)
	cib, err := readCluster(ask, cluster, o)
	if err != nil {
		c.Log.Warn("nothing is published: %v", err)
		return v
	}
	seen := *o
	if o.Published.Roles == "" || !a.marker(c).isSet() {
		installed := o.Version
		seen = watch.look(ask)
		seen.Version = installed
	}
	return a.carryOut(ctx, c, cluster, cib, seen, Memory{})
}

// carryOut does what the observation calls for: writes what has changed, and says so. It returns the verdict.
func (a *topology) carryOut(ctx context.Context, c *ocf.Call, cluster *crm.Cluster, cib *crm.CIB, o Observation, before Memory) Verdict {
	v := Decide(o)
	c.Log.Debug("DBG: observation=%+v", o)
	for _, note := range v.Notes {
		switch note.Level {
		case ocf.Warn:
			c.Log.Warn("%s", note.Text)
		default:
			a.info(c, cib, note.Text)
		}
	}
	if changed := a.publish(ctx, c, cluster, cib, v.Writes); len(changed) > 0 {
		a.info(c, cib, "DEC: "+strings.Join(changed, " ")+" because "+grounds(o, v))
	}
	if o.Occasion == Regular {
		a.remember(c, before, v.Memory)
	}
	return v
}

// publish writes what differs from what is published, and returns what it wrote. Without a CIB it
// writes everything.
func (a *topology) publish(ctx context.Context, c *ocf.Call, cluster *crm.Cluster, cib *crm.CIB, writes []Write) []string {
	var changed []string
	for _, write := range writes {
		wrote, err := true, error(nil)
		if cib != nil {
			wrote, err = cluster.Update(ctx, cib, write.Attribute, write.Value)
		} else {
			err = cluster.Set(ctx, write.Attribute, write.Value)
		}
		switch {
		case errors.Is(err, run.ErrTimeout):
			// The next one would only take as long.
			c.Log.Warn("the cluster takes no attributes: %v", err)
			return changed
		case err != nil:
			c.Log.Warn("%v", err)
		case wrote:
			changed = append(changed, named(write))
		}
	}
	return changed
}

// named is a write as the log has it: name=value, with the node where the name alone does not say which.
func named(w Write) string {
	if strings.HasSuffix(w.Attribute.Name, "_srmode") {
		return w.Attribute.Name + "@" + w.Attribute.Node + "=" + w.Value
	}
	return w.Attribute.Name + "=" + w.Value
}

// grounds are the facts behind a verdict.
func grounds(o Observation, v Verdict) string {
	words := []string{"mode=" + orUnknown(string(o.Mode)), "site=" + orUnknown(o.Site), "vhost=" + orUnknown(o.VirtualHost)}
	if o.Landscape.Answer == Complete {
		words = append(words, "lss="+o.Landscape.Status.String())
	}
	if v.RemoteHost != "" {
		words = append(words, "remoteHost="+v.RemoteHost, "by="+v.From)
	}
	return strings.Join(words, " ")
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}
