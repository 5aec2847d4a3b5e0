package compare

import (
	"slices"
	"strings"
)

// ipaddr2Generated is how many cases are generated for IPaddr2, beside those of the matrix.
const ipaddr2Generated = 250

// IPaddr2Cases are the cases of IPaddr2: the matrix of ipaddr2.md 14, and generated ones.
func IPaddr2Cases() []Case {
	return append(ipaddr2Matrix(), generate(ipaddr2Generated, ipaddr2Plans())...)
}

// words makes a list of a text without blanks in its parts.
func words(text string) []string { return strings.Fields(text) }

// row is a case whose parameters have no blanks, with its steps between slashes.
func row(name, params, steps string) Case {
	c := Case{Name: name, Params: words(params)}
	for step := range strings.SplitSeq(steps, " / ") {
		c.Steps = append(c.Steps, strings.TrimSpace(step))
	}
	return c
}

const (
	v4full = "ip=192.168.144.2 nic=eth0 cidr_netmask=24 arp_interval=20"
	v4     = "ip=192.168.144.2 arp_interval=20"
	v6     = "ip=2001:db8:1234::2 arp_interval=20 arp_count=2 lvs_ipv6_addrlabel=false"
	all    = "probe / start / monitor / stop / probe"
)

// with is a case's parameters and more.
func with(c Case, params ...string) Case {
	c.Params = append(slices.Clone(c.Params), params...)
	return c
}

// ipaddr2Matrix are the rows of the specification that a rig can show. Those of cluster addresses are not among
// them, for this generation of the shell agent needs a part of the kernel that is no more.
func ipaddr2Matrix() []Case {
	return []Case{
		row("rows 1-8 an address comes and goes", v4, "probe / monitor / status / stop / start / start / monitor / status / probe / stop / stop / monitor / status"),
		row("rows 9-10 no address", "", "probe / monitor / status / start / validate-all / stop"),
		row("rows 11-12 an address that is none", "ip=foobar", "probe / monitor / status / start / validate-all / stop"),
		row("row 13 an octet too big", "ip=10.0.0.256 nic=eth0 cidr_netmask=24", "validate-all / start / monitor / probe / stop"),
		row("rows 14-16 an interface that is missing", v4+" nic=nonic", "start / validate-all / monitor / probe / stop"),
		row("row 17 an interface that is missing with a mask", v4+" nic=nonic cidr_netmask=24", "start / validate-all / monitor / probe / stop"),
		row("row 18 a prefix length too long", v4+" cidr_netmask=33", "start / validate-all / monitor / probe / stop"),
		row("row 19 a dotted mask", v4+" cidr_netmask=255.255.255.0", all),
		row("row 20 a mask with a hole", v4+" cidr_netmask=255.0.255.0", "validate-all / start / monitor / probe / stop"),
		row("row 21 a host address", v4+" cidr_netmask=32", all),
		row("row 22 a mask that no route has", v4+" cidr_netmask=16", "start / validate-all / monitor / probe / stop"),
		row("row 23 a longer mask than the route's", v4+" cidr_netmask=28", all),
		row("row 24 no route", "ip=10.9.9.9", "start / monitor / probe / stop / validate-all"),
		row("row 25 only a gateway's route", "ip=10.6.7.7", "$ ip route add 10.6.0.0/16 via 192.168.144.254 / start / monitor / probe / stop / validate-all"),
		row("row 26 interface and mask without a route", "ip=10.6.7.7 nic=eth1 cidr_netmask=24 arp_interval=20", all),
		row("row 27 with its broadcast address", "ip=10.6.7.7 nic=eth1 cidr_netmask=24 broadcast=+ arp_interval=20", all),
		row("row 28 broadcast cleared", v4+" broadcast=-", all),
		row("row 29 a broadcast address that is none", v4+" broadcast=foo", "start / validate-all / monitor / probe / stop"),
		row("row 30 the longer of two routes", "ip=10.1.2.3 arp_interval=20", "$ ip route add 10.0.0.0/8 dev eth1; ip route add 10.1.0.0/16 dev eth0 / start / monitor / stop"),
		row("row 31 two metrics", "ip=10.5.7.7 arp_interval=20", "$ ip route add 10.5.0.0/16 dev eth0 metric 100; ip route add 10.5.0.0/16 dev eth1 metric 200 / start / monitor / stop"),
		row("row 33 a label behind the interface", v4+" nic=eth0:web", all),
		row("row 34 two labels", v4+" nic=eth0:aa iflabel=bb", all),
		row("row 35 a label too long", v4+" iflabel=labellabellabel", "start / validate-all / monitor / stop"),
		row("rows 36-38 another label is there, monitor and stop", v4+" iflabel=web", "$ ip addr add 192.168.144.2/24 brd + dev eth0 label eth0:zz / monitor / stop"),
		row("row 37 another label is there, start", v4+" iflabel=web", "$ ip addr add 192.168.144.2/24 brd + dev eth0 label eth0:zz / start / monitor / stop"),
		row("row 39 IPv6 with a label", v6+" iflabel=web nodad=true", "start / monitor / stop"),
		row("row 40 IPv6 with duplicate detection", v6, all),
		row("row 40 IPv6 by default", "ip=2001:db8:1234::2", "start / monitor / stop"),
		row("row 41 IPv6 in another spelling", "ip=2001:DB8:1234:0:0::2 nodad=true arp_count=1 lvs_ipv6_addrlabel=false", all),
		row("row 42 IPv6 without any route", "ip=FD00:0:0:0:0:0:0:1 nic=eth1 cidr_netmask=64 nodad=true arp_count=1 lvs_ipv6_addrlabel=false", all),
		row("row 43 IPv6 that the peer has", "ip=2001:db8:1234::9 lvs_ipv6_addrlabel=true lvs_ipv6_addrlabel_value=77", "$ ip -n {peer0} addr add 2001:db8:1234::9/64 dev peer nodad / start / monitor / stop"),
		row("row 44 link-local without an interface", "ip=fe80::2", "start / validate-all / monitor / stop"),
		row("row 45 link-local", "ip=fe80::2 nic=eth0 nodad=true arp_count=1 lvs_ipv6_addrlabel=false", all),
		row("row 46 no preferred lifetime", v6+" preferred_lft=0 nodad=true", all),
		row("row 47 preferred lifetime empty", v6+" preferred_lft= nodad=true", "start / validate-all / monitor / probe / stop"),
		row("row 48 preferred lifetime that is none", v6+" preferred_lft=abc nodad=true", "start / validate-all / monitor / stop"),
		row("row 49 IPv6 with a broadcast address", v6+" broadcast=1.2.3.4 nodad=true", "start / monitor / stop"),
		row("row 50 a prefix length too long for IPv6", v6+" cidr_netmask=129", "validate-all / start / monitor / probe / stop"),
		row("row 51 IPv6 with LVS", v6+" lvs_support=true", "validate-all / start / stop"),
		row("row 52 an address label for IPv4", v4+" lvs_ipv6_addrlabel=true", "validate-all / start / monitor / stop"),
		row("row 53 LVS", v4+" lvs_support=true", "$ ip addr add 192.168.144.2/32 dev lo / start / monitor / stop"),
		row("rows 54-55 the interface goes down", v4, "start / $ ip link set eth0 down / monitor / probe / stop"),
		row("rows 56-58 the interface goes down, all is given", v4full, "start / $ ip link set eth0 down / monitor / probe / stop"),
		row("row 57 start on an interface that is down", v4full, "$ ip link set eth0 down / start / monitor / stop"),
		row("row 59 no carrier", "ip=10.8.8.8 nic=eth1 cidr_netmask=24 arp_interval=20", "$ ip -n {peer1} link set peer down / start / monitor / stop"),
		row("row 60 no carrier, and nobody looks", "ip=10.8.8.8 nic=eth1 cidr_netmask=24 arp_interval=20 check_link_status=false", "$ ip -n {peer1} link set peer down / start / monitor / stop"),
		row("row 61 the same address with another mask", v4full, "$ ip addr add 192.168.144.2/32 dev eth0 / monitor / start / monitor / stop"),
		row("row 62 the same address elsewhere", v4full, "$ ip addr add 192.168.144.2/24 dev eth1 / monitor / start / monitor / stop"),
		row("row 63 the address of the far end", "ip=10.9.9.2 nic=eth1 cidr_netmask=32 arp_interval=20", "$ ip addr add 10.9.9.1 peer 10.9.9.2/32 dev eth1 / monitor / probe"),
		row("row 64 another name of the interface", v4+" nic=uplinkinterface cidr_netmask=24", "$ ip link property add dev eth0 altname uplinkinterface / start / monitor / stop"),
		row("row 65 another name of the interface, no mask", v4+" nic=uplinkinterface", "$ ip link property add dev eth0 altname uplinkinterface / start / monitor / stop"),
		row("row 66 no announcements", v4full+" arp_count=0", "start / validate-all / monitor / stop"),
		row("row 67 an unknown sender", v4full+" arp_sender=foo", "start / validate-all / monitor / stop"),
		row("row 70 the peer has the address", v4+" run_arping=true", "$ ip -n {peer0} addr add 192.168.144.2/24 dev peer / start / monitor / stop"),
		row("row 70 nobody has the address", v4+" run_arping=true", "start / monitor / stop"),
		row("row 71 announcements by default", "ip=192.168.144.2", "start"),
		row("row 72 three advertisements", v6+" arp_count=3 nodad=true", "start / stop"),
		row("row 73 announced again by monitors", v4+" arp_count_refresh=2", "start / monitor / probe / stop / monitor"),
		row("row 74 an address for each instance", v4+" unique_clone_address=true CRM_meta_clone=2 CRM_meta_clone_max=3 CRM_meta_globally_unique=true", all),
		row("row 75 the same of a clone that is not unique", v4+" unique_clone_address=true CRM_meta_clone=2 CRM_meta_clone_max=3", "validate-all / start / stop"),
		row("row 82 in another namespace", v4full+" network_namespace=inner", "$ ip netns add inner; ip -n inner link add eth0 type veth peer name x; ip -n inner link set eth0 up; ip -n inner link set x up / start / monitor / stop / monitor"),
		row("row 83 in a namespace that is missing", v4full+" network_namespace=nope", "probe / monitor / start / validate-all / stop"),
		row("row 84 two addresses and no promotion", "ip=10.77.0.5 nic=eth1 cidr_netmask=24 arp_interval=20", "$ sysctl -qw net.ipv4.conf.all.promote_secondaries=0 net.ipv4.conf.eth1.promote_secondaries=0 / start / $ ip addr add 10.77.0.6/24 dev eth1 / stop"),
		row("row 85 a process of the number that an old note has", v4, "& stranger echo $$ | tee /run/resource-agents/send_arp-192.168.144.2; exec sleep 1000 / stop / start"),
		row("row 89 an address of the loopback network", "ip=127.0.0.3", all),
		{Name: "row 90 a blank behind the address", Params: []string{"ip=192.168.144.2 ", "arp_interval=20"}, Steps: words("start monitor stop")},
		row("IPv6 that loopback has too", v6+" nodad=true", "$ ip addr add 2001:db8:1234::2/128 dev lo nodad / probe / start / monitor / stop"),
		row("IPv6 that loopback has too, the interface given", v6+" nodad=true nic=eth0", "$ ip addr add 2001:db8:1234::2/128 dev lo nodad / probe / start / monitor / stop"),
		row("no parameter is looked at by an unknown action", v4, "reload / notify / promote / migrate_to"),
	}
}
