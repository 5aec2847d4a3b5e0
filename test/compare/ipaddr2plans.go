package compare

import "strings"

// ipaddr2Plans are the kinds of addresses from which cases are generated. What is known to differ has its row of
// the matrix and is no trait here, so that it needs one wanted difference and not fifty.
func ipaddr2Plans() []plan {
	return []plan{
		{
			name: "IPv4", params: "ip=192.168.144.7 arp_interval=10 arp_count=2", weight: 5,
			traits:    append(ipv4Traits(), ipv4Surroundings()...),
			histories: addressHistories("192.168.144.7", "eth0"),
		},
		{
			name: "IPv4 beside the network", params: "ip=10.44.0.9 nic=eth1 cidr_netmask=20 arp_interval=10 arp_count=1", weight: 3,
			traits: append(ipv4Traits(), trait{"nic", "the first interface", "nic=eth0", ""},
				trait{"route", "a longer route there", "", "ip route add 10.44.0.0/24 dev eth1"},
				trait{"route", "a shorter route elsewhere", "", "ip route add 10.0.0.0/8 dev eth0"}),
			histories: addressHistories("10.44.0.9", "eth1"),
		},
		{
			name: "IPv6", params: "ip=2001:db8:1234::7 arp_interval=10 arp_count=1 nodad=true lvs_ipv6_addrlabel=false", weight: 3,
			traits:    ipv6Traits(),
			histories: addressHistories("2001:db8:1234::7", "eth0"),
		},
		{
			name: "nonsense", params: "ip=192.168.144.7 nic=eth0 cidr_netmask=24 arp_interval=10 arp_count=1", weight: 2,
			traits: nonsense(),
			histories: []history{
				{"asked", "validate-all / start / validate-all"},
				{"started", "start / monitor"},
				{"probed", "probe / status"},
			},
		},
	}
}

func addressHistories(ip, nic string) []history {
	bits := "/32"
	if strings.Contains(ip, ":") {
		bits = "/128"
	}
	return []history{
		{"comes and goes", "probe / start / monitor / stop / monitor"},
		{"twice each", "start / start / stop / stop"},
		{"asked before and after", "validate-all / start / status / probe / stop / status"},
		{"stopped before it starts", "stop / start / stop"},
		{"comes back", "start / stop / start / monitor"},
		{"an unrelated address comes and goes", "start / $ ip addr add 172.16.5.5/24 dev " + nic + " / monitor / $ ip addr del 172.16.5.5/24 dev " + nic + " / stop"},
		{"taken by hand", "start / $ ip addr flush to " + ip + " / monitor / stop / start / monitor"},
		{"given by hand elsewhere", "start / $ ip addr replace " + ip + bits + " dev lo nodad / monitor / stop"},
		{"announced again", "= arp_count_refresh=1 / start / monitor / monitor"},
	}
}

func ipv4Traits() []trait {
	return []trait{
		{"broadcast", "broadcast set", "broadcast=+", ""},
		{"broadcast", "broadcast cleared", "broadcast=-", ""},
		{"broadcast", "a broadcast address of its own", "broadcast=192.168.144.127", ""},
		{"label", "a label", "iflabel=web", ""},
		{"label", "a label of a digit", "iflabel=0", ""},
		{"label", "the longest label", "iflabel=abcdefghij", ""},
		{"count", "one announcement", "arp_count=1", ""},
		{"count", "three announcements", "arp_count=3", ""},
		{"interval", "announcements close together", "arp_interval=4", ""},
		{"background", "start waits for announcements", "arp_bg=false", ""},
		{"background", "announcements in the background", "arp_bg=true", ""},
		{"sender", "the sender named", "arp_sender=send_arp", ""},
		{"flush", "the cache flushed", "flush_routes=true", ""},
		{"noprefix", "no prefix route", "noprefixroute=true", ""},
		{"label6", "no address label", "lvs_ipv6_addrlabel=false", ""},
		{"lvs", "LVS", "lvs_support=true", ""},
		{"link", "the link not looked at", "check_link_status=false", ""},
		{"clone", "a clone of one", "CRM_meta_clone=0 CRM_meta_clone_max=1", ""},
		{"mask", "a host's mask", "cidr_netmask=32", ""},
		{"mask", "a pair's mask", "cidr_netmask=31", ""},
		{"mask", "a longer mask", "cidr_netmask=27", ""},
	}
}

func ipv4Surroundings() []trait {
	return []trait{
		{"nic", "interface given", "nic=eth0", ""},
		{"nic", "interface and mask given", "nic=eth0 cidr_netmask=24", ""},
		{"mask", "mask given", "cidr_netmask=24", ""},
		{"mask", "a dotted mask", "cidr_netmask=255.255.255.0", ""},
		{"mask", "the old name of the mask", "netmask=24", ""},
		{"nic", "a label behind the interface", "nic=eth0:app", ""},
		{"route", "a default route", "", "ip route add default via 192.168.144.254"},
		{"route", "a gateway's route to it", "", "ip route add 192.168.144.0/28 via 192.168.144.254"},
		{"route", "a route that forbids others", "", "ip route add prohibit 192.168.0.0/16"},
		{"route", "a shorter route elsewhere", "", "ip route add 192.168.0.0/16 dev eth1"},
		{"other", "a neighbour's address on the interface", "", "ip addr add 192.168.144.77/24 brd + dev eth0"},
		{"other", "an address it is the beginning of", "", "ip addr add 192.168.144.71/24 brd + dev eth0"},
		{"other", "another network on the interface", "", "ip addr add 10.3.3.3/16 brd + dev eth0 label eth0:x"},
		{"other", "the address on loopback", "", "ip addr add 192.168.144.7/32 dev lo"},
		{"other", "the address with a host's mask", "", "ip addr add 192.168.144.7/32 dev eth0"},
		{"other", "the address on the other interface", "", "ip addr add 192.168.144.7/25 dev eth1 noprefixroute"},
	}
}

func ipv6Traits() []trait {
	return []trait{
		{"nic", "interface given", "nic=eth0", ""},
		{"nic", "interface and mask given", "nic=eth0 cidr_netmask=64", ""},
		{"nic", "the other interface", "nic=eth1 cidr_netmask=64", ""},
		{"mask", "mask given", "cidr_netmask=64", ""},
		{"mask", "a host's mask", "nic=eth0 cidr_netmask=128", ""},
		{"count", "two announcements", "arp_count=2", ""},
		{"interval", "announcements far apart", "arp_interval=60 arp_count=2", ""},
		{"noprefix", "no prefix route", "noprefixroute=true", ""},
		{"lifetime", "no preferred lifetime", "preferred_lft=0", ""},
		{"lifetime", "preferred for ever", "preferred_lft=forever", ""},
		{"addrlabel", "an address label", "lvs_ipv6_addrlabel=true", ""},
		{"addrlabel", "an address label of its own", "lvs_ipv6_addrlabel=true lvs_ipv6_addrlabel_value=42", ""},
		{"text", "zeros written out", "ip=2001:db8:1234:0:0:0:0:7", ""},
		{"text", "leading zeros", "ip=2001:0db8:1234::0007", ""},
		{"background", "announcements in the background", "arp_bg=true", ""},
		{"background", "start waits for announcements", "arp_bg=false", ""},
		{"flush", "the cache flushed", "flush_routes=true", ""},
		{"clone", "a clone of one", "CRM_meta_clone=0 CRM_meta_clone_max=1", ""},
		{"other", "another address of the network", "", "ip addr add 2001:db8:1234::77/64 dev eth0 nodad"},
		{"other", "another network on the interface", "", "ip addr add fd00:9::1/64 dev eth0 nodad"},
	}
}

func nonsense() []trait {
	return []trait{
		{"ip", "three octets", "ip=192.168.144", ""},
		{"ip", "five octets", "ip=192.168.144.7.1", ""},
		{"ip", "a zero ahead", "ip=0.168.144.7", ""},
		{"ip", "letters", "ip=192.168.144.x", ""},
		{"ip", "a prefix behind the address", "ip=192.168.144.7/24", ""},
		{"mask", "mask zero", "cidr_netmask=0", ""},
		{"mask", "mask 40", "cidr_netmask=40", ""},
		{"mask", "mask of letters", "cidr_netmask=abc", ""},
		{"mask", "mask with a hole", "cidr_netmask=255.0.255.0", ""},
		{"nic", "an interface that is missing", "nic=eth7", ""},
		{"nic", "an interface's name with a slash", "nic=a/b", ""},
		{"count", "count zero", "arp_count=0", ""},
		{"count", "count of letters", "arp_count=many", ""},
		{"count", "count below zero", "arp_count=-1", ""},
		{"interval", "interval zero", "arp_interval=0", ""},
		{"interval", "interval of letters", "arp_interval=soon", ""},
		{"sender", "a sender that is unknown", "arp_sender=nobody", ""},
		{"broadcast", "broadcast of letters", "broadcast=wide", ""},
		{"label", "a label too long", "iflabel=abcdefghijklmnop", ""},
		{"clones", "clones of letters", "CRM_meta_clone_max=many", ""},
		{"clones", "no clones", "CRM_meta_clone_max=0", ""},
		{"lifetime", "an empty lifetime", "preferred_lft=", ""},
	}
}
