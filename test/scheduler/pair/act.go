package pair

import (
	"fmt"
	"strconv"
	"strings"

	"ocfbox/agents/saphana"
	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// node is what the cluster's attributes say of a node.
func (p *Pair) node(name string) saphana.Node {
	transient := func(word string) string { return p.Cluster.TransientValue(name, sid.Attribute(word)) }
	permanent := func(word string) string { return p.Cluster.PermanentValue(name, sid.Attribute(word)) }
	return saphana.Node{
		Name: name, Site: SiteOf(name), VirtualHost: name, RemoteHost: Other(name), SRMode: "sync",
		OpMode: permanent("op_mode"), LPT: p.Cluster.PermanentValue(name, "lpa_"+sid.Lower()+"_lpt"),
		Roles: transient("roles"), CloneState: transient("clone_state"), SyncState: transient("sync_state"),
		Action: transient("sra"), ActionHistory: transient("srah"), Score: p.Score(name),
		Hook:   p.Cluster.PropertyValue(sid.Attribute("site_srHook_" + SiteOf(name))),
		Online: p.Cluster.Member(name), Seen: true,
	}
}

// observe is what the agent learns on a node.
func (p *Pair) observe(node string, occasion saphana.Occasion) saphana.Observation {
	d := p.Databases[node]
	o := saphana.Observation{
		Occasion: occasion, Now: p.clock, SID: sid, Instance: "10", Resource: Resource, Policy: p.Policy,
		Own: p.node(node), Partner: p.node(Other(node)), LPTFile: p.files[node],
		Role: d.Role, Landscape: d.landscape(), OperationMode: "logreplay",
	}
	o.FirstLPT, o.Unknown = o.Own.LPT, p.unknown[node]
	o.OtherPrimary = p.primaryRuns(Other(node))
	if o.MayPoll() {
		o.Poll = p.poll(node, o.Landscape)
	}
	return o
}

// poll is what the primary on a node finds out about its partner.
func (p *Pair) poll(node string, own saphana.Landscape) saphana.Poll {
	switch {
	case p.Mute:
		return saphana.Poll{Answer: saphana.NotRun}
	case p.inSync(Other(node)):
		return saphana.Poll{Answer: saphana.Active}
	}
	return saphana.Poll{Answer: saphana.Broken, Status: "error", Database: own}
}

// primaryRuns reports whether the attributes show a running primary there.
func (p *Pair) primaryRuns(node string) bool {
	roles := p.node(node).Roles
	return strings.HasPrefix(roles, "4:P:") || strings.HasPrefix(roles, "3:P:")
}

// maxEffects bounds an action; a registration with a start takes five.
const maxEffects = 12

// Act carries out an action of the agent on a node: it writes what Decide says, does to the database what Decide asks
// for, and asks again, as the agent does.
func (p *Pair) Act(node string, occasion saphana.Occasion) (ocf.Code, error) {
	o := p.observe(node, occasion)
	for range maxEffects {
		verdict := p.Agent(o)
		for _, write := range verdict.Writes {
			p.write(node, write)
		}
		if verdict.Next == saphana.Done {
			if occasion != saphana.Probe {
				p.unknown[node] = verdict.Unknown
			}
			return verdict.Code, nil
		}
		o = o.Apply(verdict)
		o.After, o.OK = verdict.Next, p.effect(node, verdict.Next)
		o.Role, o.Landscape = p.Databases[node].Role, p.Databases[node].landscape()
	}
	return 0, fmt.Errorf("%s on %s: no end after %d effects", occasion, node, maxEffects)
}

// effect does something to the database of a node, and reports whether it came about.
func (p *Pair) effect(node string, effect saphana.Effect) bool {
	if p.Databases[node].Stuck == effect {
		return false
	}
	switch effect {
	case saphana.Launch:
		p.With(node, func(d *Database) { d.Up, d.Behind = true, p.Lags && d.Role == hana.Secondary })
	case saphana.Halt:
		p.Crash(node)
	case saphana.Register:
		p.With(node, func(d *Database) { d.Role = hana.Secondary })
	case saphana.TakeOver:
		if p.Databases[node].Behind || !p.Linked {
			p.lost = append(p.lost, node)
		}
		p.With(node, func(d *Database) { d.Role, d.Roles, d.Behind = hana.Primary, "", false })
	case saphana.AwaitToRegister, saphana.AwaitToStart, saphana.AwaitAfterFailure:
		return p.primaryRuns(Other(node))
	}
	return true
}

// write gives an attribute its value, now and in the cluster that comes of the transition.
func (p *Pair) write(node string, w saphana.Write) {
	if w.File {
		p.files[node] = w.Value
	}
	p.written = append(p.written, w)
	p.put(w)
}

func (p *Pair) put(w saphana.Write) {
	a, value := w.Attribute, w.Value
	if score, err := strconv.Atoi(value); a.Store == crm.Promotion && err == nil {
		value = crm.Score(score).String()
	}
	switch {
	case a.Store == crm.Property:
		p.Cluster = p.Cluster.Property(a.Name, value)
	case a.Store == crm.Permanent:
		p.Cluster = p.Cluster.Permanent(a.Node, a.Name, value)
	case !p.Cluster.Member(a.Node):
		// A node that is not there has no transient attributes.
	case a.Store == crm.Promotion:
		p.Cluster = p.Cluster.Score(a.Name, a.Node, value)
	default:
		p.Cluster = p.Cluster.Transient(a.Node, a.Name, value)
	}
}
