package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"ocfbox/test/lab"
)

// A netWorld is a node with eth0, which has addresses, and eth1, which has none; each has a wire, at whose other end
// somebody listens (ipaddr2.md 14).
type netWorld struct {
	wires []*wire
}

type wire struct {
	veth  *lab.Veth
	ears  *lab.Sniffer
	mac   string
	heard int
}

func newNetWorld() (world, error) {
	t := &stand{}
	w := new(netWorld)
	for _, name := range []string{"eth0", "eth1"} {
		veth := lab.NewVeth(t, name)
		if name == "eth0" {
			veth.Address("192.168.144.1/24", "2001:db8:1234::1/64")
		}
		w.wires = append(w.wires, &wire{veth: veth, ears: veth.Sniff(), mac: veth.Hardware()})
	}
	return w, nil
}

// fill puts the peers' namespaces in the place of {peer0} and {peer1}.
func (w *netWorld) fill(text string) string {
	for i, wire := range w.wires {
		text = strings.ReplaceAll(text, fmt.Sprintf("{peer%d}", i), wire.veth.NS)
	}
	return text
}

func (w *netWorld) plain(text string) string { return text }

func (w *netWorld) close() {}

// look asks iproute2.
func (w *netWorld) look() (map[string][]string, error) {
	cmd := exec.Command("ip", "-j", "-batch", "-")
	cmd.Stdin = strings.NewReader("address show\nroute show table all\naddrlabel list\n")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ip: %w: %s", err, errs.String())
	}
	var links []link
	var routes []route
	var labels []label
	decoder := json.NewDecoder(&out)
	for _, to := range []any{&links, &routes, &labels} {
		if err := decoder.Decode(to); err != nil {
			return nil, fmt.Errorf("ip: %w", err)
		}
	}
	seen := map[string][]string{"link": nil, "addr": nil, "route": nil, "label": nil}
	for _, l := range links {
		seen["link"] = append(seen["link"], l.String())
		for _, a := range l.Addresses {
			if text := a.text(l.Name); text != "" {
				seen["addr"] = append(seen["addr"], text)
			}
		}
	}
	for _, r := range routes {
		if text := r.text(); text != "" {
			seen["route"] = append(seen["route"], text)
		}
	}
	for _, l := range labels {
		if l.Length == 128 {
			seen["label"] = append(seen["label"], fmt.Sprintf("%s %d", l.Address, l.Label))
		}
	}
	return seen, nil
}

// heard counts what was announced and asked on the wires. Frames are with the listener a moment after they were
// sent.
func (w *netWorld) heard() string {
	time.Sleep(3 * time.Millisecond)
	count := make(map[string]int)
	var order []string
	for _, wire := range w.wires {
		frames := wire.ears.Frames(func(lab.Captured) bool { return true })
		for _, frame := range frames[wire.heard:] {
			text := say(frame, wire.mac)
			if text == "" {
				continue
			}
			text = wire.veth.Name + " " + text
			if count[text]++; count[text] == 1 {
				order = append(order, text)
			}
		}
		wire.heard = len(frames)
	}
	for i, text := range order {
		order[i] = fmt.Sprintf("%dx %s", count[text], text)
	}
	return strings.Join(order, "; ")
}

// say is what a frame of the node means. Questions of the kernel's, whose sender is no announced address, are none
// of the agent's and left out, but for those of a search for duplicates.
func say(frame lab.Captured, mac string) string {
	switch {
	case frame.From.String() != mac:
		return ""
	case frame.Advertisement() && len(frame.Payload) >= 64:
		target, _ := netip.AddrFromSlice(frame.Payload[48:64])
		if target.IsLinkLocalUnicast() && target.As16()[11] == 0xff {
			return ""
		}
		return fmt.Sprintf("advertises %s flags %x", target, frame.Payload[44]>>4)
	case !frame.ARP() || len(frame.Payload) < 28:
		return ""
	}
	sender, _ := netip.AddrFromSlice(frame.Payload[14:18])
	target, _ := netip.AddrFromSlice(frame.Payload[24:28])
	word := map[byte]string{1: "request", 2: "reply"}[frame.Payload[7]]
	if sender == target {
		return fmt.Sprintf("announces %s by %s", sender, word)
	}
	return fmt.Sprintf("%s from %s for %s", word, sender, target)
}

// A link is an interface in iproute2's words.
type link struct {
	Name      string    `json:"ifname"`
	Flags     []string  `json:"flags"`
	Addresses []address `json:"addr_info"`
}

// String leaves the operational state out: the kernel finds it out a moment later.
func (l link) String() string {
	if slices.Contains(l.Flags, "UP") {
		return l.Name + " up"
	}
	return l.Name + " down"
}

// An address is an entry on an interface.
type address struct {
	Family, Local, Address, Broadcast, Scope, Label string

	Prefix       int    `json:"prefixlen"`
	Metric       int    `json:"metric"`
	Secondary    bool   `json:"secondary"`
	Deprecated   bool   `json:"deprecated"`
	Tentative    bool   `json:"tentative"`
	Failed       bool   `json:"dadfailed"`
	NoPrefix     bool   `json:"noprefixroute"`
	NoDAD        bool   `json:"nodad"`
	ValidLft     uint32 `json:"valid_life_time"`
	PreferredLft uint32 `json:"preferred_life_time"`
}

// text is the entry without what differs from run to run; "" is one that the kernel has made by itself.
func (a address) text(nic string) string {
	if a.Scope == "link" && strings.Contains(a.Local, "ff:fe") {
		return ""
	}
	words := []string{nic, fmt.Sprintf("%s/%d", a.Local, a.Prefix)}
	add := func(holds bool, word string) {
		if holds {
			words = append(words, word)
		}
	}
	add(a.Address != "", "peer "+a.Address)
	add(a.Broadcast != "", "brd "+a.Broadcast)
	add(a.Scope != "global", "scope "+a.Scope)
	add(a.Family == "inet" && a.Label != nic, "label "+a.Label)
	// 256 is what the kernel gives an IPv6 address that is added without a metric.
	add(a.Metric != 0 && a.Metric != 256, fmt.Sprint("metric ", a.Metric))
	add(a.Secondary, "secondary")
	add(a.Deprecated, "deprecated")
	add(a.Tentative, "tentative")
	add(a.Failed, "dadfailed")
	add(a.NoPrefix, "noprefixroute")
	add(a.NoDAD, "nodad")
	const forever = 1<<32 - 1
	add(a.ValidLft != forever, "not for ever")
	add(a.PreferredLft != forever && a.PreferredLft != 0, "preferred for a time")
	return strings.Join(words, " ")
}

// A route is one in iproute2's words.
type route struct {
	Type, Dst, Dev, Protocol, Scope, Gateway, Table string

	Source string `json:"prefsrc"`
	Metric int    `json:"metric"`
	Flags  []string
}

// text is the route; "" is one that follows from an address.
func (r route) text() string {
	switch r.Type {
	case "local", "broadcast", "multicast", "anycast":
		return ""
	}
	if r.Dst == "fe80::/64" {
		return ""
	}
	words := []string{strings.TrimSpace(r.Type + " " + r.Dst)}
	for _, pair := range [][2]string{{"via", r.Gateway}, {"dev", r.Dev}, {"proto", r.Protocol}, {"scope", r.Scope},
		{"src", r.Source}, {"table", r.Table}} {
		if pair[1] != "" {
			words = append(words, pair[0]+" "+pair[1])
		}
	}
	if r.Metric != 0 {
		words = append(words, fmt.Sprint("metric ", r.Metric))
	}
	return strings.Join(append(words, r.Flags...), " ")
}

// A label is an address label.
type label struct {
	Address string `json:"address"`
	Length  int    `json:"prefixlen"`
	Label   int    `json:"label"`
}

// A stand is what the laboratory's parts report to where no test runs: a rig that cannot be built ends.
type stand struct{ testing.TB }

func (*stand) Helper()        {}
func (*stand) Cleanup(func()) {}

func (*stand) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (*stand) FailNow() { panic("the rig cannot be built") }
