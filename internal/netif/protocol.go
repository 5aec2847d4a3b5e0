package netif

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ParseProtocol returns the number of a route protocol given as a number or
// as a name: those iproute2 knows by itself, and those in rt_protos and
// rt_protos.d/*.conf below /etc/iproute2, /usr/share/iproute2 and
// /usr/lib/iproute2, which are read only for other names.
func ParseProtocol(s string) (uint8, error) {
	return parseProtocol(s, "/etc/iproute2", "/usr/share/iproute2", "/usr/lib/iproute2")
}

func parseProtocol(s string, folders ...string) (uint8, error) {
	if v, err := strconv.ParseUint(s, 0, 8); err == nil {
		return uint8(v), nil
	}
	if v, ok := lookupProtocol(builtinProtocols, s); ok {
		return v, nil
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "rt_protos.d", "*.conf"))
		if err != nil {
			return 0, fmt.Errorf("list route protocols in %s: %w", folder, err)
		}
		for _, file := range append(files, filepath.Join(folder, "rt_protos")) {
			text, err := os.ReadFile(file)
			if err != nil {
				continue // like iproute2: these files are optional
			}
			if v, ok := lookupProtocol(string(text), s); ok {
				return v, nil
			}
		}
	}
	return 0, fmt.Errorf("unknown route protocol %q", s)
}

// lookupProtocol finds a name in the text of an rt_protos file: lines of a
// number, decimal or 0x hexadecimal, and a name, with # comments.
func lookupProtocol(text, name string) (uint8, bool) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) != 2 || fields[1] != name {
			continue
		}
		if v, err := strconv.ParseUint(fields[0], 0, 8); err == nil {
			return uint8(v), true
		}
	}
	return 0, false
}

// builtinProtocols are the names compiled into iproute2 (lib/rt_names.c).
const builtinProtocols = `
0 unspec
1 redirect
2 kernel
3 boot
4 static
8 gated
9 ra
10 mrt
11 zebra
12 bird
13 dnrouted
14 xorp
15 ntk
16 dhcp
18 keepalived
42 babel
84 ovn
99 openr
186 bgp
187 isis
188 ospf
189 rip
192 eigrp
`
