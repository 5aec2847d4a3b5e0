package convert

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// pingNodes are the hosts by which ipfail tells how well a node is connected.
type pingNodes struct {
	// used: ipfail runs. Without it heartbeat moves nothing for them.
	used   bool
	single []string
	groups []pingGroup
	hosts  map[int][]string
	lines  []Directive
	dampen time.Duration
}

// A pingGroup counts as one host, which is there when any of its own is.
type pingGroup struct {
	name  string
	hosts []string
}

func (p *pingNodes) read(d Directive, missing func(string, ...any)) {
	if d.Name == "deadping" {
		t, ok := span(strings.Join(d.Args, " "))
		if !ok {
			missing("%q is no time", strings.Join(d.Args, " "))
		}
		p.dampen = t
		return
	}
	name, hosts := "", d.Args
	if d.Name == "ping_group" && len(hosts) > 0 {
		name, hosts = hosts[0], hosts[1:]
	}
	for _, host := range hosts {
		if _, err := netip.ParseAddr(host); err != nil && !word(host) {
			missing("%q is no host", host)
			return
		}
	}
	switch {
	case len(hosts) == 0:
		missing("it names no host")
	case d.Name == "ping":
		p.single = append(p.single, hosts...)
		p.lines = append(p.lines, d)
	default:
		p.groups = append(p.groups, pingGroup{name, hosts})
		p.lines = append(p.lines, d)
	}
}

// write makes a clone of each set of hosts, and for every service a rule by which more hosts are better.
func (p *pingNodes) write(c *converter) {
	if !p.used {
		for _, d := range p.lines {
			c.note(c.HaCf, d.Line, "%s: without ipfail heartbeat moves nothing for it, and nothing was translated", d.Name)
		}
		return
	}
	if len(p.lines) == 0 {
		c.missing(c.HaCf, 0, "ipfail runs, and there is no ping node")
		return
	}
	if len(p.single) > 0 {
		p.clone(c, "ping", p.single)
		c.pings = append(c.pings, "ping: defined ping")
	}
	for _, group := range p.groups {
		name := strings.NewReplacer("-", "_", ".", "_").Replace(c.id("ping_" + group.name))
		p.clone(c, name, group.hosts)
		c.pings = append(c.pings, fmt.Sprintf("%d: defined %s and %s gt 0", perPing, name, name))
	}
}

func (p *pingNodes) clone(c *converter, name string, hosts []string) {
	dampen := 5 * time.Second
	if p.dampen > 0 {
		dampen = p.dampen
	}
	one := primitive{id: c.id(name + "-hosts"), agent: "ocf:pacemaker:ping", params: []param{
		{"host_list", strings.Join(hosts, " ")}, {"name", name}, {"multiplier", fmt.Sprint(perPing)},
		{"dampen", fmt.Sprintf("%ds", int(dampen.Seconds()))},
	}, ops: []operation{{"start", 0, 60}, {"stop", 0, 20}, {"monitor", 10, 60}}}
	c.write(one)
	fmt.Fprintf(&c.text, "clone %s %s\n", c.id(name+"-everywhere"), one.id)
}
