package convert

import (
	"fmt"
	"strings"
)

// devices are cluster-glue's fencing plugins with the names of their parameters in the order in which ha.cf has them,
// which is what `stonith -t TYPE -n` prints. The last one takes all words that are left.
func devices() map[string][]string {
	return map[string][]string{
		"apcmaster":        {"ipaddr", "login", "password"},
		"apcmastersnmp":    {"ipaddr", "port", "community"},
		"apcsmart":         {"ttydev", "hostlist"},
		"baytech":          {"ipaddr", "login", "password"},
		"bladehpi":         {"entity_root"},
		"cyclades":         {"ipaddr", "login", "serialport"},
		"drac3":            {"host", "login", "password"},
		"ibmhmc":           {"ipaddr"},
		"ipmilan":          {"hostname", "ipaddr", "port", "auth", "priv", "login", "password", "reset_method"},
		"meatware":         {"hostlist"},
		"null":             {"hostlist"},
		"nw_rpc100s":       {"ttydev", "hostlist"},
		"rcd_serial":       {"hostlist", "ttydev", "dtr_rts", "msduration"},
		"rps10":            {"serial_to_targets"},
		"ssh":              {"hostlist"},
		"wti_mpc":          {"ipaddr", "port", "community", "mib-version"},
		"wti_nps":          {"ipaddr", "password"},
		"external/ibmrsa":  {"hostname", "ipaddr", "userid", "passwd", "type"},
		"external/ipmi":    {"hostname", "ipaddr", "userid", "passwd", "interface"},
		"external/libvirt": {"hostlist", "hypervisor_uri", "reboot_method"},
		"external/rackpdu": {"hostlist", "pduip", "community"},
		"external/riloe": {"hostlist", "ilo_hostname", "ilo_user", "ilo_password", "ilo_can_reset", "ilo_protocol",
			"ilo_powerdown_method", "ilo_proxyhost", "ilo_proxyport"},
		"external/ssh":    {"hostlist"},
		"external/vmware": {"device_host"},
		"external/xen0":   {"hostlist", "dom0"},
	}
}

// fencing writes the device of a directive stonith or stonith_host.
func (c *converter) fencing(d Directive, missing func(string, ...any)) {
	host, kind, words := "*", "", []string(nil)
	switch {
	case d.Name == "stonith_host" && len(d.Args) >= 2:
		host, kind, words = d.Args[0], d.Args[1], d.Args[2:]
	case d.Name == "stonith" && len(d.Args) == 2:
		kind = d.Args[0]
		text, err := c.Read(d.Args[1])
		if err != nil {
			missing("its parameters are in a file: %v; write them behind stonith_host *", err)
			return
		}
		words = strings.Fields(firstLine(text))
	default:
		missing("the words behind it are not a device's")
		return
	}
	p, err := deviceOf(kind, words)
	if err == nil && host != "*" && !word(host) {
		err = fmt.Errorf("%q is no name for a node", host)
	}
	if err != nil {
		missing("%v", err)
		return
	}
	c.devices++
	p.id = c.id(fmt.Sprintf("fencing-%d", c.devices))
	c.write(p)
	if host != "*" {
		fmt.Fprintf(&c.text, "location %s %s \\\n    rule -inf: #uname ne %s\n", c.id(p.id+"-host"), p.id, host)
	}
}

// firstLine is the first one with something on it that is no comment.
func firstLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return line
		}
	}
	return ""
}

func deviceOf(kind string, words []string) (primitive, error) {
	names, ok := devices()[kind]
	if !ok {
		return primitive{}, fmt.Errorf("what the parameters of the device %q are called is not known: "+
			"`stonith -t %s -n` tells, on a machine that has it", kind, kind)
	}
	if len(words) < len(names) {
		return primitive{}, fmt.Errorf("device %s has the parameters %s, and there are %d words", kind, strings.Join(names, " "), len(words))
	}
	p := primitive{agent: "stonith:" + kind, ops: []operation{{"monitor", 3600, 20}}}
	for i, name := range names {
		value := words[i]
		if i == len(names)-1 {
			value = strings.Join(words[i:], " ")
		}
		if _, err := quoted(value); err != nil {
			return p, err
		}
		p.params = append(p.params, param{name, value})
	}
	return p, nil
}
