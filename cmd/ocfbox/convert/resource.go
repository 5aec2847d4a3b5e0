package convert

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ocfbox/agents"
	"ocfbox/internal/ocf"
)

// A primitive is a resource of Pacemaker's.
type primitive struct {
	id, agent string
	params    []param
	ops       []operation
}

type param struct{ name, value string }

// An operation has its times in seconds; without an interval it is done once.
type operation struct {
	name              string
	interval, timeout int
}

// Names of agents and scripts that are spelled the same.
const (
	address    = "IPaddr2"
	filesystem = "Filesystem"
	ours       = "ocfbox"
	theirs     = "heartbeat"
)

// resource is the primitive of a member.
func (c *converter) resource(m Member) (primitive, error) {
	p, err := c.primitive(m)
	if err != nil {
		return p, err
	}
	for _, one := range p.params {
		if _, err := quoted(one.value); err != nil {
			return p, err
		}
	}
	key := fmt.Sprint(p.agent, p.params)
	if line, there := c.known[key]; there {
		return p, fmt.Errorf("line %d has it too, and Pacemaker would take one for the other: "+
			"give each its own script or arguments", line)
	}
	c.known[key] = m.Line
	p.id = c.id(p.id)
	return p, nil
}

func (c *converter) primitive(m Member) (primitive, error) {
	switch m.Name {
	case "IPaddr", "IPaddr2", "IPv6addr":
		return c.addressOf(m)
	case filesystem:
		return c.filesystemOf(m)
	case "SendArp":
		return c.sendArp(m)
	case "AudibleAlarm":
		return c.agent(script{agent: m.Name, params: []string{"nodelist"}}, m.Name, []string{strings.Join(m.Args, " ")})
	case "WAS":
		name := "config"
		if len(m.Args) > 0 && strings.Trim(m.Args[0], "0123456789") == "" {
			name = "port"
		}
		return c.agent(script{agent: m.Name, params: []string{name}, start: 300}, m.Name, m.Args)
	}
	if s, ok := c.scripts[m.Name]; ok && len(m.Args) >= s.must {
		return c.agent(s, m.Name, m.Args)
	}
	if why, ok := refused()[m.Name]; ok {
		return primitive{}, errors.New(why)
	}
	if s, ok := c.scripts[m.Name]; ok {
		return primitive{}, fmt.Errorf("%s has to be told %s", m.Name, strings.Join(s.params[:s.must], " and "))
	}
	return c.service(m)
}

// agent is the primitive of a script that is an OCF agent today.
func (c *converter) agent(s script, name string, args []string) (primitive, error) {
	if len(args) > len(s.params) {
		return primitive{}, fmt.Errorf("%s knows no argument %q", name, args[len(s.params)])
	}
	p := primitive{id: strings.ToLower(name), agent: c.provided(s.agent)}
	for i, value := range args {
		if value != "" {
			p.params = append(p.params, param{s.params[i], value})
		}
	}
	if len(p.params) > 0 {
		p.id += "-" + p.params[0].value
	}
	p.ops = c.operations(s.agent, s.start)
	return p, nil
}

// provided is the full name of an agent: ours if wanted and there, else the distribution's. Nobody else has drbddisk.
func (c *converter) provided(agent string) string {
	if agent == "drbddisk" || c.Provider != theirs && agents.Find(agent) != nil {
		return "ocf:" + ours + ":" + agent
	}
	return "ocf:" + theirs + ":" + agent
}

// addressOf reads the argument as the agent itself does, and spells a label as today's configurations do.
func (c *converter) addressOf(m Member) (primitive, error) {
	name, args := m.Name, m.Args
	if name == "IPv6addr" {
		// The two colons of a short form divide it: heartbeat wants it in full.
		name, args = address, []string{strings.Join(m.Args, "::")}
	}
	p, err := c.own(address, name, args)
	if err != nil {
		return p, err
	}
	for i := range p.params {
		nic, label, labelled := strings.Cut(p.params[i].value, ":")
		if p.params[i].name == "nic" && labelled {
			p.params[i].value = nic
			p.params = slices.Insert(p.params, i+1, param{"iflabel", label})
			break
		}
	}
	p.id = "ip-" + p.params[0].value
	return p, nil
}

func (c *converter) filesystemOf(m Member) (primitive, error) {
	p, err := c.own(filesystem, m.Name, m.Args)
	if err != nil {
		return p, err
	}
	if len(m.Args) == 2 && c.Provider != theirs {
		// Ours finds the type then as mount does; the distribution's does so when there is no parameter.
		p.params = append(p.params, param{"fstype", "auto"})
	}
	directory := strings.Trim(p.params[1].value, "/")
	if directory == "" {
		directory = "root"
	}
	p.id = "fs-" + directory
	return p, nil
}

// own is the primitive of an agent of ours that heartbeat can call, too.
func (c *converter) own(agent, name string, args []string) (primitive, error) {
	a := agents.Find(agent)
	_, values, ok := a.Heartbeat.Params(name, args)
	if !ok {
		return primitive{}, fmt.Errorf("the arguments of %s are %s", name, a.Heartbeat.Usage)
	}
	p := primitive{agent: c.provided(agent), ops: c.operations(agent, 0)}
	for _, parameter := range a.Parameters() {
		value, given := values[parameter.Name]
		switch {
		case value != "" && parameter.Flags&ocf.Hidden == 0:
			p.params = append(p.params, param{parameter.Name, value})
		case given && parameter.Flags&ocf.Required != 0:
			return primitive{}, fmt.Errorf("it has no %s", parameter.Name)
		}
	}
	return p, nil
}

func (c *converter) sendArp(m Member) (primitive, error) {
	if len(m.Args) != 1 {
		return primitive{}, errors.New("the argument of SendArp is IP/NIC")
	}
	ip, nic, _ := strings.Cut(m.Args[0], "/")
	return c.agent(script{agent: m.Name, params: []string{"ip", "nic"}, must: 2}, m.Name, []string{ip, nic})
}

// service is the primitive of an init script. Nobody but heartbeat gives one of those arguments.
func (c *converter) service(m Member) (primitive, error) {
	switch {
	case len(m.Args) > 0:
		return primitive{}, fmt.Errorf("there is no agent of the name %s, and an init script is not given arguments: "+
			"write a script without any", m.Name)
	case !word(m.Name):
		return primitive{}, fmt.Errorf("%q is no name for a script", m.Name)
	}
	class := c.Services
	if class != "lsb" && class != "systemd" {
		class = c.classHere(m)
	}
	return primitive{id: strings.TrimSuffix(m.Name, ".service"), agent: class + ":" + m.Name, ops: c.operations("", 120)}, nil
}

// classHere is what this host has of a service.
func (c *converter) classHere(m Member) string {
	for _, folder := range []string{"/etc/systemd/system/", "/lib/systemd/system/", "/usr/lib/systemd/system/"} {
		if c.Exists(folder + m.Name + ".service") {
			return "systemd"
		}
	}
	if !c.Exists("/etc/init.d/" + m.Name) {
		c.note(c.Haresources, m.Line, "%s: this host has neither an init script nor a unit of that name; lsb is assumed", m.Name)
	}
	return "lsb"
}

// operations are those of our declaration where the agent is one of ours; else the given time to start and stop.
func (c *converter) operations(agent string, start int) []operation {
	const usual, every, look = 60, 30, 30
	if a := agents.Find(agent); a != nil && c.Provider != theirs {
		var ops []operation
		for _, name := range []string{"start", "stop", "monitor"} {
			if i := slices.IndexFunc(a.Ops, func(op ocf.Op) bool { return op.Name == name }); i >= 0 {
				op := a.Ops[i]
				ops = append(ops, operation{name, int(op.Interval.Seconds()), int(op.Timeout.Seconds())})
			}
		}
		return ops
	}
	if start == 0 {
		start = usual
	}
	return []operation{{"start", 0, start}, {"stop", 0, start}, {"monitor", every, look}}
}
