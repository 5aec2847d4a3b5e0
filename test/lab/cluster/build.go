package cluster

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"ocfbox/test/lab/network"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/node/ssh"
	"ocfbox/test/lab/node/systemctl"
	"ocfbox/test/lab/rack"
)

// ClientHost is the machine on the client network that is no member of the cluster: it
// sees the cluster's addresses as users do.
const ClientHost = "client"

// Options say what cluster to build.
type Options struct {
	Place rack.Place
	// Nodes are the names of the members, two to five.
	Nodes []string
	// Outsiders are machines beside them, in all networks and numbered on, which are no members of the cluster.
	Outsiders []string
	Agents    Agents
	// Files are more files that all nodes have over the host's.
	Files []node.File
	// Config is crmsh configuration text to load. When it configures fencing, the cluster starts
	// without the fencing resource it has otherwise.
	Config string
	// Heartbeat takes the place of corosync and Pacemaker; nil is the usual.
	Heartbeat *Heartbeat
	// PacemakerEnv are variables (NAME=VALUE) of Pacemaker's service, as /etc/default/pacemaker would set them.
	PacemakerEnv []string
	// Additions are simulators and devices that the members get.
	Additions []Addition
}

// An Addition is what a simulator or device adds to a laboratory: to the image of all machines, and to what members
// start when they boot, before the cluster.
type Addition struct {
	Image    []node.File
	Services []node.Service
	// Disks are shared by the machines that start the services.
	Disks []rack.Disk
	// Hosts are the machines that start the services; nil is all members.
	Hosts []string
}

// serves tells whether a machine starts the services.
func (a Addition) serves(name string, member bool) bool {
	return a.Hosts == nil && member || slices.Contains(a.Hosts, name)
}

func (o Options) ownFencing() bool { return configuresFencing(o.Config) }

// Names returns the usual names of n members.
func Names(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("suse%02d", i+1)
	}
	return names
}

// Check tells whether such a cluster can be built.
func (o Options) Check() error {
	if len(o.Nodes) < 2 || len(o.Nodes) > 5 {
		return fmt.Errorf("a laboratory has 2 to 5 nodes, not %d", len(o.Nodes))
	}
	if err := o.Heartbeat.check(o); err != nil {
		return err
	}
	seen := map[string]bool{ClientHost: true}
	for _, n := range slices.Concat(o.Nodes, o.Outsiders) {
		if n == "" || strings.Trim(n, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || len(n) > 63 {
			return fmt.Errorf("node name %q: use lower case letters, digits and dashes", n)
		}
		if seen[n] {
			return fmt.Errorf("node name %q is taken", n)
		}
		seen[n] = true
	}
	for _, e := range o.PacemakerEnv {
		if name, _, ok := strings.Cut(e, "="); !ok || name == "" {
			return fmt.Errorf("%q is no variable of Pacemaker's: use NAME=VALUE", e)
		}
	}
	return nil
}

// Address is the fixed IPv4 address of the machine with number n in a local network.
func Address(link string, n int) netip.Addr {
	third := map[string]byte{network.Client: 101, network.Cluster: 102, network.Replication: 103}[link]
	return netip.AddrFrom4([4]byte{192, 168, third, byte(10 + n)})
}

// Address6 is the fixed IPv6 address of the machine with number n in the client network.
func Address6(n int) netip.Addr {
	return netip.MustParseAddr(fmt.Sprintf("fd00:101::%d", 10+n))
}

// GuideAddress is a second address on the client network, where SUSE's guide has its nodes and, at 192.168.1.20,
// their virtual address.
func GuideAddress(n int) netip.Addr { return netip.AddrFrom4([4]byte{192, 168, 1, byte(10 + n)}) }

// clientNumber is the client's place in the address plan.
const clientNumber = 90

func (o Options) members() []Member {
	var members []Member
	for i, n := range o.Nodes {
		members = append(members, Member{Name: n, ID: i + 1, Ring: Address(network.Cluster, i+1)})
	}
	return members
}

// outsiders are the other machines, with the numbers after the members'.
func (o Options) outsiders() []Member {
	var list []Member
	for i, n := range o.Outsiders {
		list = append(list, Member{Name: n, ID: len(o.Nodes) + 1 + i})
	}
	return list
}

// build describes the whole laboratory to the rack.
func (o Options) build() (rack.Spec, error) {
	if err := o.Check(); err != nil {
		return rack.Spec{}, err
	}
	agents, err := o.Agents.files()
	if err != nil {
		return rack.Spec{}, err
	}
	program, err := os.Executable()
	if err != nil {
		return rack.Spec{}, err
	}
	members := o.members()
	s := rack.Spec{Software: o.software(), Image: append(slices.Concat(agents, o.Files, o.softwareFiles(members)),
		node.File{Path: node.Binary, From: program},
		node.File{Path: systemctl.Path, Link: node.Binary},
		node.File{Path: ssh.Path, Link: node.Binary},
		node.File{Path: "/etc/hosts", Text: hosts(slices.Concat(members, o.outsiders()))},
		node.File{Path: "/var/log", Emptied: true},
	)}
	for _, a := range o.Additions {
		s.Image = append(s.Image, a.Image...)
		s.Disks = append(s.Disks, a.Disks...)
	}
	for _, m := range members {
		machine := machine(m)
		machine.Files = append(machine.Files, o.memberFiles(members)...)
		machine.Services = append(o.added(m.Name, true), o.softwareServices()...)
		machine.Disks = o.disks(m.Name, true)
		s.Nodes = append(s.Nodes, machine)
	}
	for _, m := range o.outsiders() {
		machine := machine(m)
		machine.Observer, machine.Services, machine.Disks = true, o.added(m.Name, false), o.disks(m.Name, false)
		s.Nodes = append(s.Nodes, machine)
	}
	s.Nodes = append(s.Nodes, rack.Machine{
		Name: ClientHost, Observer: true, Links: []string{network.Client},
		Addrs: []node.Interface{card(network.Client, clientNumber)},
		Files: []node.File{{Path: "/etc/hostname", Text: ClientHost + "\n"}},
	})
	return s, nil
}

// added are the services that the additions bring to a machine.
func (o Options) added(name string, member bool) []node.Service {
	var list []node.Service
	for _, a := range o.Additions {
		if a.serves(name, member) {
			list = append(slices.Clone(a.Services), list...)
		}
	}
	return list
}

// disks are the names of the shared disks that a machine has.
func (o Options) disks(name string, member bool) []string {
	var list []string
	for _, a := range o.Additions {
		if a.serves(name, member) {
			for _, d := range a.Disks {
				list = append(list, d.Name)
			}
		}
	}
	return list
}

func machine(m Member) rack.Machine {
	r := rack.Machine{Name: m.Name, Links: network.Links()}
	for _, link := range network.Links() {
		r.Addrs = append(r.Addrs, card(link, m.ID))
	}
	r.Files = []node.File{{Path: "/etc/hostname", Text: m.Name + "\n"}}
	return r
}

func card(link string, n int) node.Interface {
	i := node.Interface{Name: network.Card(link), Addresses: []netip.Prefix{netip.PrefixFrom(Address(link, n), 24)}}
	if link == network.Client {
		i.Addresses = append(i.Addresses, netip.PrefixFrom(GuideAddress(n), 24), netip.PrefixFrom(Address6(n), 64))
	}
	return i
}

func hosts(members []Member) string {
	var b strings.Builder
	b.WriteString("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n")
	for _, m := range members {
		fmt.Fprintf(&b, "%s\t%s\n", Address(network.Client, m.ID), m.Name)
	}
	fmt.Fprintf(&b, "%s\t%s\n", Address(network.Client, clientNumber), ClientHost)
	return b.String()
}
