package command

import (
	"fmt"
	"strings"

	"ocfbox/test/drbdsim/core"
)

// show is drbdsetup show, of resources that are up.
func (t *Tool) show(q request) int {
	if q.has("--json") && !t.nine() {
		t.usage()
		t.complain("show: unrecognized option '--json'")
		return core.CodeUsage
	}
	view, missing := only(t.view, q.names)
	var list []string
	for _, r := range view.Resources {
		switch {
		case q.has("--json"):
			list = append(list, showJSON(r))
		case t.nine():
			t.say("%s\n", show9(r))
		default:
			t.say("%s", show84(r))
		}
	}
	if q.has("--json") {
		t.say("[\n%s\n]\n", strings.Join(list, ",\n"))
	}
	return t.noSuch(missing)
}

// An entry is an option as it is shown: its value, and what unit the comment names.
func entry(o core.Option) (value, unit string) {
	switch o.Name {
	case "ping-timeout", "timeout", "c-plan-ahead":
		return o.Value, " # 1/10 seconds"
	case "ping-int", "connect-int":
		return o.Value, " # seconds"
	case "resync-rate", "c-min-rate", "c-max-rate":
		return kilo(o.Value), " # bytes/second"
	case "verify-alg", "csums-alg":
		return `"` + o.Value + `"`, ""
	}
	return o.Value, ""
}

// kilo writes a rate in KiB.
func kilo(value string) string {
	var n int
	unit := ""
	_, _ = fmt.Sscanf(value, "%d%s", &n, &unit)
	if strings.EqualFold(unit, "m") {
		n *= 1024
	}
	return fmt.Sprintf("%dk", n)
}

func options(b *strings.Builder, indent string, list []core.Option) {
	for _, o := range list {
		value, unit := entry(o)
		fmt.Fprintf(b, "%s%-16s\t%s;%s\n", indent, o.Name, value, unit)
	}
}

func show84(r core.ResourceView) string {
	var b strings.Builder
	p := r.Peers[0]
	fmt.Fprintf(&b, "resource %s {\n    options {\n    }\n", r.Name)
	if p.Conn != core.StandAlone {
		b.WriteString("    net {\n")
		options(&b, "        ", r.NetOptions)
		fmt.Fprintf(&b, "    }\n    _remote_host {\n        address\t\t\tipv4 %s;\n    }\n", p.Remote)
	}
	b.WriteString("    _this_host {\n")
	if p.Conn != core.StandAlone {
		fmt.Fprintf(&b, "        address\t\t\tipv4 %s;\n", p.Local)
	}
	for _, v := range r.Volumes {
		fmt.Fprintf(&b, "        volume %d {\n            device\t\t\tminor %d;\n", v.Number, v.Minor)
		if v.Disk != core.Diskless {
			fmt.Fprintf(&b, "            disk\t\t\t%q;\n            meta-disk\t\t\tinternal;\n            disk {\n", v.VolumeSettings.Disk)
			options(&b, "                ", r.DiskOptions)
			b.WriteString("            }\n")
		}
		b.WriteString("        }\n")
	}
	b.WriteString("    }\n}\n")
	return b.String()
}

func show9(r core.ResourceView) string {
	var b strings.Builder
	fmt.Fprintf(&b, "resource %q {\n    _this_host {\n        node-id\t\t\t%d;\n", r.Name, r.NodeID)
	for _, v := range r.Volumes {
		fmt.Fprintf(&b, "        volume %d {\n            device\t\t\tminor %d;\n", v.Number, v.Minor)
		if v.Disk != core.Diskless {
			fmt.Fprintf(&b, "            disk\t\t\t%q;\n            meta-disk\t\t\tinternal;\n", v.VolumeSettings.Disk)
		}
		b.WriteString("        }\n")
	}
	b.WriteString("    }\n")
	for _, p := range r.Peers {
		fmt.Fprintf(&b, "    connection {\n        _peer_node_id %d;\n        path {\n            _this_host ipv4 %s;\n            _remote_host ipv4 %s;\n        }\n",
			p.NodeID, p.Local, p.Remote)
		if p.Conn == core.StandAlone {
			b.WriteString("        _is_standalone;\n")
		}
		b.WriteString("        net {\n")
		options(&b, "            ", r.NetOptions)
		fmt.Fprintf(&b, "            %-16s\t%q;\n        }\n", "_name", p.Name)
		for _, v := range r.Volumes {
			fmt.Fprintf(&b, "        volume %d {\n            disk {\n", v.Number)
			options(&b, "                ", r.DiskOptions)
			b.WriteString("            }\n        }\n")
		}
		b.WriteString("    }\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func showJSON(r core.ResourceView) string {
	var b strings.Builder
	line := func(indent int, format string, args ...any) {
		fmt.Fprintf(&b, strings.Repeat(" ", indent)+format+"\n", args...)
	}
	line(4, "{")
	line(8, "\"resource\": %q,", r.Name)
	line(8, "\"_this_host\": {")
	line(12, "\"node-id\": %d,", r.NodeID)
	line(12, "\"volumes\": [")
	for i, v := range r.Volumes {
		line(16, "{")
		line(20, "\"volume_nr\": %d,", v.Number)
		line(20, "\"device_minor\": %d,", v.Minor)
		line(20, "\"backing-disk\": %q,", v.VolumeSettings.Disk)
		line(20, "\"meta-disk\": \"internal\"")
		line(16, "}%s", comma(i, len(r.Volumes)))
	}
	line(12, "]")
	line(8, "},")
	line(8, "\"connections\": [")
	for i, p := range r.Peers {
		connectionJSON(line, r, p, comma(i, len(r.Peers)))
	}
	line(8, "]")
	b.WriteString("    }")
	return b.String()
}

func connectionJSON(line func(int, string, ...any), r core.ResourceView, p core.PeerView, end string) {
	line(12, "{")
	line(16, "\"path\": {")
	line(20, "\"_this_host\": \"ipv4 %s\",", p.Local)
	line(20, "\"_remote_host\": \"ipv4 %s\"", p.Remote)
	line(16, "},")
	if p.Conn == core.StandAlone {
		line(16, "\"_is_standalone\": true,")
	}
	line(16, "\"net\": {")
	for _, o := range r.NetOptions {
		line(20, "%q: %q,", o.Name, o.Value)
	}
	line(20, "\"_name\": %q", p.Name)
	line(16, "},")
	line(16, "\"volumes\": [")
	for i, v := range r.Volumes {
		line(20, "{")
		line(24, "\"volume_nr\": %d,", v.Number)
		line(24, "\"disk\": {")
		for j, o := range r.DiskOptions {
			value, _ := entry(o)
			line(28, "%q: %q%s", o.Name, value, comma(j, len(r.DiskOptions)))
		}
		line(24, "}")
		line(20, "}%s", comma(i, len(r.Volumes)))
	}
	line(16, "],")
	line(16, "\"_peer_node_id\": %d", p.NodeID)
	line(12, "}%s", end)
}

func comma(i, n int) string {
	if i < n-1 {
		return ","
	}
	return ""
}
