package ipaddr2

import (
	"fmt"
	"net/netip"
	"time"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// A config is the resource's configuration, typed. Values whose text was bad are zero, and the error is
// kept in the parameters.
type config struct {
	ip      netip.Addr // without zone
	zone    string
	nic     string // interface, without label
	label   string // what follows the colon of an IPv4 label
	mask    maskValue
	netmask maskValue // the parameter's older name
	bcast   broadcast
	proto   uint8

	lvs        bool
	addrLabel  bool
	labelValue string

	uniqueClone bool
	cluster     clusterConfig

	count, refresh int
	interval       time.Duration
	background     string
	style          netif.Style
	sendOptions    string

	flushRoutes, runARPing, noDAD, noPrefixRoute, checkLink bool
	preferred                                               lifetime
	namespace                                               string
	pings                                                   bool
}

func (a *config) bindAddress(p *ocf.Params) {
	p.Func(a.parseIP, ocf.Parameter{Name: "ip", Flags: ocf.Required | ocf.Unique,
		Short: "IPv4 or IPv6 address",
		Long: `The address to hold, without a prefix length: dotted decimal IPv4, or IPv6 in any of its
spellings. Example: "192.168.1.1" or "2001:db8::1".`})
	p.Func(a.parseNIC, ocf.Parameter{Name: "nic", Flags: ocf.NoDefault,
		Short: "Network interface",
		Long: `The interface that gets the address; alternative names are accepted. Without it, the route
to the address decides. A link-local IPv6 address needs it. The old form "eth0:label" sets iflabel too.

An interface that has no address of its own in the subnet is fine when cidr_netmask is given too.`})
	p.Func(a.mask.parse(a), ocf.Parameter{Name: "cidr_netmask",
		Short: "Prefix length",
		Long: `The prefix length of the address: 1 to 32 for IPv4, 1 to 128 for IPv6. A dotted netmask
such as "255.255.255.0" is understood. Without it, the prefix length of the route is taken.`})
	p.Func(a.netmask.parse(a), ocf.Parameter{Name: "netmask", Flags: ocf.Hidden})
	p.Func(a.parseBroadcast, ocf.Parameter{Name: "broadcast",
		Short: "Broadcast address",
		Long: `The broadcast address of the entry (IPv4). "+" and "-" mean the subnet's address with all
host bits set or cleared. Without it, it is copied from the interface's own address in the subnet.`})
	p.Func(func(value string) (err error) {
		if value != "" {
			a.proto, err = netif.ParseProtocol(value)
		}
		return err
	}, ocf.Parameter{Name: "proto",
		Short: "Take only routes of this protocol",
		Long: `When interface or prefix length come from the routing table, look only at routes of this
protocol, such as "kernel", "static", "dhcp" or a number.`})
	p.Func(func(value string) error {
		if a.label == "" {
			a.label = value
		}
		return nil
	}, ocf.Parameter{Name: "iflabel",
		Short: "Interface label",
		Long: `A label for the IPv4 address, shown as NIC:LABEL; at most 15 characters together. IPv6
addresses have no labels: there it is ignored.`})
}

func (a *config) bindLVS(p *ocf.Params) {
	p.Bool(&a.lvs, "lvs_support", false, 0, "Work beside LVS direct routing",
		`On an LVS director in direct-routing mode, take the address away from the loopback interface
while it is held here, and give it back on stop. IPv4 only.`)
	p.Bool(&a.addrLabel, "lvs_ipv6_addrlabel", true, 0, "Keep the address from being a source address",
		`Install an address label for the IPv6 address, so that the kernel does not choose it as the
source of connections that this node opens.`)
	p.Func(func(value string) error { a.labelValue = value; return nil },
		ocf.Parameter{Name: "lvs_ipv6_addrlabel_value", Type: "integer", Default: "99",
			Short: "Value of the address label",
			Long:  `The label's value for lvs_ipv6_addrlabel. It must differ from those in use.`})
}

func (a *config) bindAnnouncement(p *ocf.Params) {
	milliseconds := 200
	p.Func(positive(func(n int) { milliseconds = n; a.interval = time.Duration(n) * time.Millisecond }),
		ocf.Parameter{Name: "arp_interval", Type: "integer", Default: fmt.Sprint(milliseconds),
			Short: "Time between announcements in ms",
			Long:  `The time between two announcements of the address, in milliseconds.`})
	p.Func(positive(func(n int) { a.count = n }),
		ocf.Parameter{Name: "arp_count", Type: "integer", Default: "5",
			Short: "Announcements on start",
			Long: `How often the address is announced when it has been added: by gratuitous ARP (IPv4) or
unsolicited neighbour advertisements (IPv6).`})
	p.Int(&a.refresh, "arp_count_refresh", 0, 0, "Announcements on each monitor",
		`How often the address is announced again by each successful recurring monitor; 0 is never.`)
	p.String(&a.background, "arp_bg", "", 0, "Announce in the background",
		`Whether start returns while announcements still go on. Without a value it does, after the first
one has been sent.`)
	p.Func(func(value string) (err error) { a.style, err = netif.ParseStyle(value); return err },
		ocf.Parameter{Name: "arp_sender",
			Short: "Manner of ARP announcements",
			Long: `In whose manner to announce an IPv4 address: "send_arp" (a request and a reply each time,
the default), "iputils_arping", "libnet_arping" or "ipoibarping". No such program is needed.`})
	p.String(&a.sendOptions, "send_arp_opts", "", 0, "Options for ARP announcements",
		`"-A" sends replies only, "-U" requests only, "-c N" and "-i MS" override arp_count and
arp_interval. Other words are ignored with a warning.`)
}

func (a *config) bindKernel(p *ocf.Params) {
	p.Bool(&a.flushRoutes, "flush_routes", false, 0, "Flush the route cache on stop",
		`Flush the kernel's route cache after the address is gone. Kernels since 3.6 have none.`)
	p.Bool(&a.runARPing, "run_arping", false, ocf.AsString, "Look for the address before adding it",
		`Ask by ARP whether somebody else has the IPv4 address, and refuse to start if so.`)
	p.Bool(&a.noDAD, "nodad", false, ocf.AsString, "No duplicate address detection",
		`Use the IPv6 address at once, without waiting for duplicate address detection.`)
	p.Bool(&a.noPrefixRoute, "noprefixroute", false, ocf.AsString, "No route to the subnet",
		`Do not let the kernel add a route to the address's subnet.`)
	p.Func(a.preferred.parse, ocf.Parameter{Name: "preferred_lft", Default: "forever",
		Short: "Preferred lifetime of an IPv6 address",
		Long: `"forever", or seconds after which the IPv6 address is no longer chosen as a source address;
0 is never chosen. It stays valid in any case.`})
	p.Bool(&a.pings, heartbeatPing, false, ocf.Hidden, "", "")
	p.String(&a.namespace, "network_namespace", "", 0, "Network namespace",
		`The network namespace, by its name for "ip netns", in which the address is held.`)
	byDefault := p.IsSet("check_link_status") || !oldRedHat(ocf.ReadRelease())
	p.Bool(&a.checkLink, "check_link_status", byDefault, ocf.AsString, "Check the link",
		`Count the address as lost when its interface has no link.`)
}
