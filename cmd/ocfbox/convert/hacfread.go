package convert

import (
	"fmt"
	"path"
	"strings"
)

// readHaCf writes what ha.cf has of the configuration, and says of all other directives whose they are now.
func (c *converter) readHaCf(directives []Directive) {
	pings := pingNodes{hosts: map[int][]string{}}
	for _, d := range directives {
		note := func(format string, args ...any) { c.note(c.HaCf, d.Line, d.Name+": "+format, args...) }
		missing := func(format string, args ...any) { c.missing(c.HaCf, d.Line, d.Name+": "+format, args...) }
		switch d.Name {
		case "node":
			c.nodes = append(c.nodes, d.Args...)
			note("corosync.conf has a node { name: ... } for each in nodelist")
		case "auto_failback", "nice_failback":
			c.failback(d, missing)
		case "ping", "ping_group", "deadping":
			pings.read(d, missing)
		case "respawn":
			c.respawn(d, &pings, note, missing)
		case "stonith", "stonith_host":
			c.fencing(d, missing)
		case "crm", "pacemaker":
			if yes, ok := truth(strings.Join(d.Args, " ")); !ok || yes {
				missing("heartbeat does not read haresources then: its resources are in the CIB of the cluster")
			}
		default:
			c.elsewhere(d, note, missing)
		}
	}
	pings.write(c)
}

// failback sets how much services stay.
func (c *converter) failback(d Directive, missing func(string, ...any)) {
	value := strings.Join(d.Args, " ")
	yes, ok := truth(value)
	switch {
	case d.Name == "auto_failback" && strings.EqualFold(value, "legacy"):
		yes = true
	case !ok:
		missing("%q is no value of it", value)
		return
	case d.Name == "nice_failback":
		yes = !yes
	}
	c.stickiness = stays
	if yes {
		c.stickiness = givesBack
	}
}

// respawn is a program that runs on every node.
func (c *converter) respawn(d Directive, pings *pingNodes, note, missing func(string, ...any)) {
	if len(d.Args) < 2 {
		missing("it needs a user and a program")
		return
	}
	switch user, program := d.Args[0], d.Args[1]; path.Base(program) {
	case "ipfail":
		pings.used = true
	case "dopd":
		note("%s", "in DRBD's configuration, fencing resource-only and the handler crm-fence-peer.sh take its place")
	case "ccm", "cib", "attrd", "crmd", "pengine", "lrmd", "stonithd", "mgmtd", "quorumd", "pingd", "hbagent":
		missing("%s is a part of a cluster that Pacemaker runs already: haresources are not read beside it", path.Base(program))
	default:
		p := primitive{id: c.id(path.Base(program)), agent: c.provided("anything"), ops: c.operations("anything", 0)}
		p.params = []param{{"binfile", program}, {"user", user}}
		if len(d.Args) > 2 {
			p.params = append(p.params, param{"cmdline_options", strings.Join(d.Args[2:], " ")})
		}
		for _, one := range p.params {
			if _, err := quoted(one.value); err != nil {
				missing("%v", err)
				return
			}
		}
		c.write(p)
		fmt.Fprintf(&c.text, "clone %s %s\n", c.id(p.id+"-everywhere"), p.id)
	}
}

// elsewhere says where a directive about communication or the daemon itself belongs now.
func (c *converter) elsewhere(d Directive, note, missing func(string, ...any)) {
	value := strings.Join(d.Args, " ")
	switch d.Name {
	case "deadtime":
		if t, ok := span(value); ok {
			note("corosync.conf has token: %d in totem", t.Milliseconds())
			return
		}
		missing("%q is no time", value)
	case "initdead":
		note("Pacemaker waits for the property dc-deadtime, and corosync's votequorum with wait_for_all until all nodes were seen")
	case "keepalive", "warntime":
		note("corosync derives it from token")
	case "udpport":
		note("corosync.conf has mcastport in totem's interface")
	case "udp", "bcast", "mcast", "ucast", "mcast6", "ucast6":
		note("corosync.conf has ring0_addr for each node in nodelist; a second network is ring1_addr")
	case "serial", "baud":
		note("corosync has no serial lines: a second network, ring1_addr, takes their place")
	case "logfile", "debugfile", "logfacility", "debug", "use_logd", "conn_logd_time":
		note("corosync.conf has logging, and Pacemaker the variables PCMK_logfile, PCMK_logfacility and PCMK_debug")
	case "watchdog":
		note("sbd has the watchdog now")
	case "quorum", "quorum_server", "cluster":
		note("corosync.conf has quorum, with a device for a third vote")
	case "apiauth", "hopfudge", "hbgenmethod", "uuidfrom", "realtime", "rtprio", "coredumps", "msgfmt", "compression",
		"compression_threshold", "traditional_compression", "hbversion", "memreserve", "normalpoll", "autojoin",
		"syslogmsgfmt", "directive_order", "logdbadmsgs", "cold_start", "deadnode":
		note("it is heartbeat's own, and nothing has to take its place")
	default:
		missing("the directive is not known")
	}
}
