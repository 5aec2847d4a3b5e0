package ipaddr2

import (
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// A clusterConfig is what only a load-sharing clone uses (ipaddr2.md 7).
type clusterConfig struct {
	hardware net.HardwareAddr // nil: computed
	seed     *uint32          // nil: computed
	hash     netif.Hash
	mangle   bool
}

// clusterParams are the parameters that matter to load-sharing clones alone.
func clusterParams() []string { return []string{"mac", "clusterip_hash_seed", "clusterip_hash"} }

// bindCluster binds what load-sharing clones use, and unique_clone_address.
func (a *config) bindCluster(p *ocf.Params) {
	p.Func(a.cluster.parseMAC, ocf.Parameter{Name: "mac",
		Short: "Cluster IP: multicast MAC address",
		Long: `The multicast hardware address of a load-sharing clone; computed from the address when empty.
It must be the same on all nodes.`})
	var unused string
	p.String(&unused, "clusterip_firewall", "auto", 0, "Cluster IP: packet filter",
		`Accepted for the sake of other agents' configurations: "auto", "nft" or "iptables". The load is
always spread by the kernel's nf_tables, without a program.`)
	p.Func(a.cluster.parseSeed, ocf.Parameter{Name: "clusterip_hash_seed",
		Short: "Cluster IP: hash seed",
		Long: `The seed of the hash that spreads the load, decimal or 0x and hexadecimal; computed from the
address when empty. It must be the same on all nodes.`})
	p.String(&unused, "clusterip_table", "mangle", 0, "Cluster IP: iptables table",
		`Accepted, and without effect: the rules are in a table of their own.`)
	p.String(&unused, "clusterip_chain", "PREROUTING", 0, "Cluster IP: iptables chain",
		`Accepted, and without effect: the rules are in a chain of their own.`)
	p.Bool(&a.cluster.mangle, "clusterip_mac_mangle", false, 0, "Cluster IP: rewrite ARP replies",
		`Accepted, and without effect: ARP replies for a load-sharing clone always name the shared
hardware address. With an IPv6 address it is refused.`)
	p.Func(a.cluster.parseHash, ocf.Parameter{Name: "clusterip_hash", Flags: ocf.Hidden})
	p.Bool(&a.uniqueClone, "unique_clone_address", false, 0, "Give each clone instance its own address",
		`Add the instance's number to the last octet of the address, so that a globally unique clone
holds a row of addresses. IPv4 only.`)
}

// parseMAC reads six pairs of hexadecimal digits with separators of any kind. The address must be one of
// a group: only then does every node get the packets.
func (c *clusterConfig) parseMAC(text string) error {
	if text == "" {
		return nil
	}
	bad := fmt.Errorf("%q is no multicast hardware address: six pairs of digits, the second digit odd", text)
	pairs := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(text) != len("01:00:5e:00:00:00") || len(pairs) != 6 {
		return bad
	}
	address, err := net.ParseMAC(strings.Join(pairs, ":"))
	if err != nil || address[0]&1 == 0 {
		return bad
	}
	c.hardware = address
	return nil
}

func (c *clusterConfig) parseSeed(text string) error {
	if text == "" {
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if hex, ok := strings.CutPrefix(text, "0x"); ok {
		n, err = strconv.ParseUint(hex, 16, 32)
	}
	if err != nil {
		return fmt.Errorf("%q is neither a decimal number nor 0x and a hexadecimal one", text)
	}
	seed := uint32(n)
	c.seed = &seed
	return nil
}

// parseHash reads what older agents had the kernel's CLUSTERIP target do. Without a word clients are
// spread by their address, as the newer agents do it.
func (c *clusterConfig) parseHash(text string) error {
	switch text {
	case "", "sourceip":
		c.hash = netif.ByAddress
	case "sourceip-sourceport":
		c.hash = netif.ByPort
	case "sourceip-sourceport-destport":
		c.hash = netif.ByPortAndTarget
	default:
		return fmt.Errorf("%q is none of sourceip, sourceip-sourceport and sourceip-sourceport-destport", text)
	}
	return nil
}

// clusterIP reports whether the resource is a load-sharing clone by its configuration.
func (a *config) clusterIP(c *ocf.Call) bool {
	n, err := ocf.Decimal(c.Clone.Max)
	return err == nil && n > 1 && !a.uniqueClone
}

// shares reports whether the address is shared on this interface. On a loopback interface a clone is an
// address like any other (ipaddr2.md 2).
func (s *session) shares(link netif.Link) bool { return s.clusterIP(s.call) && !link.Loopback }

// bucket is the bucket of this instance; buckets count from 1.
func (s *session) bucket() int { return s.call.Clone.Number + 1 }

// total is the number of buckets.
func (s *session) total() int {
	n, _ := ocf.Decimal(s.call.Clone.Max)
	return n
}

// checkCluster checks what a load-sharing clone needs, beyond what every address needs.
func (a *config) checkCluster(c *ocf.Call) error {
	if !a.clusterIP(c) {
		return nil
	}
	if err := c.Params.Err(clusterParams()...); err != nil {
		return err
	}
	switch max, _ := ocf.Decimal(c.Clone.Max); {
	case a.lvs:
		return ocf.ErrConfigured.With("lvs_support is not for load-sharing clones (clone-max=%s)", c.Clone.Max)
	case a.cluster.mangle && a.ip.Is6():
		return ocf.ErrConfigured.With("clusterip_mac_mangle is for IPv4 addresses only")
	case c.Clone.Number < 0 || c.Clone.Number >= max:
		return ocf.ErrConfigured.With("clone number %d is not below clone-max=%d", c.Clone.Number, max)
	}
	return nil
}

// identity is what all nodes compute alike from the entry: the words of the address, its prefix length
// and its broadcast address, digested.
func identity(ip netip.Addr, prefix int, broadcast netip.Addr) [md5.Size]byte {
	words := fmt.Sprintf("%s %d", ip, prefix)
	if broadcast.IsValid() {
		words += " " + broadcast.String()
	}
	return md5.Sum([]byte(words + "\n"))
}

// hardwareOf is the shared hardware address that goes with an identity: one of a group, for IPv6 one of
// those that IPv6 uses.
func hardwareOf(ip netip.Addr, digest [md5.Size]byte) net.HardwareAddr {
	hardware := net.HardwareAddr(digest[:6:6])
	if hardware[0]&1 == 0 {
		hardware[0] = hardware[0]&0xf0 | 1
	}
	if ip.Is6() {
		hardware[0], hardware[1] = 0x33, 0x33
	}
	return hardware
}

// sharing describes the shared address at its place, which must be complete.
func (s *session) sharing(at place) netif.Sharing {
	digest := identity(s.ip, at.prefix, at.broadcast)
	sharing := netif.Sharing{
		Link: at.link, IP: s.ip, Total: s.total(), Hash: s.cluster.hash,
		Seed: binary.BigEndian.Uint32(digest[:]), Hardware: s.cluster.hardware,
	}
	if s.cluster.seed != nil {
		sharing.Seed = *s.cluster.seed
	}
	if sharing.Hardware == nil {
		sharing.Hardware = hardwareOf(s.ip, digest)
	}
	return sharing
}
