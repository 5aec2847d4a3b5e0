package ipaddr2

import "strings"

// heartbeatParams reads the argument of a resource script, IP[/BITS[/NIC[:LABEL]][/BROADCAST]]: a third
// part that begins with a digit is the broadcast address. IPv6 addresses may stand in brackets.
// The name IPaddr stands for the agent without LVS and labels (ocf-framework.md 13.2, 13.3).
func heartbeatParams(name string, args []string) (instance string, params map[string]string, ok bool) {
	if len(args) != 1 || args[0] == "" {
		return "", nil, false
	}
	parts := strings.Split(args[0], "/")
	if len(parts) > 4 {
		return "", nil, false
	}
	ip := strings.TrimSuffix(strings.TrimPrefix(parts[0], "["), "]")
	params = map[string]string{"ip": ip}
	switch {
	case name == "IPaddr":
		params[heartbeatPing] = "true"
	case !strings.Contains(ip, ":"):
		params["lvs_support"] = "1"
	}
	if len(parts) > 1 && parts[1] != "" {
		params["cidr_netmask"] = parts[1]
	}
	rest := parts[min(2, len(parts)):]
	if len(rest) > 0 && rest[0] != "" && !isDigit(rest[0][0]) {
		nic := rest[0]
		if name == "IPaddr" {
			nic, _, _ = strings.Cut(nic, ":")
		}
		params["nic"] = nic
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0] != "" {
		params["broadcast"] = rest[0]
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0] != "" {
		return "", nil, false
	}
	return name + "_" + ip, params, true
}

// heartbeatPing is a parameter no configuration has: the script IPaddr monitors with ping where
// OCFBOX_HB_PING=1 asks for it.
const heartbeatPing = "ocfbox_ping"

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
