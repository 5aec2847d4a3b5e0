package ipaddr2

import (
	"fmt"
	"math"
	"net/netip"
	"strings"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// maxLabel is the kernel's bound on an interface label in bytes.
const maxLabel = 15

// selectionParams are the parameters that say where the address belongs. They have codes of their own
// when they are bad (ipaddr2.md 4.3). The older name of the mask is read only where the newer is empty.
func (a *config) selectionParams() []string {
	if a.mask.bits != 0 {
		return []string{"ip", "nic", "cidr_netmask", "proto"}
	}
	return []string{"ip", "nic", "cidr_netmask", "netmask", "proto"}
}

// startParams are the parameters that start needs and monitor does not.
func startParams() []string {
	return []string{"arp_interval", "arp_count", "arp_sender", "preferred_lft"}
}

// checkIdentity checks what an action must know before it can ask for the address: that one is given,
// and which instance's it is. It applies a clone's own address.
func (a *config) checkIdentity(c *ocf.Call) error {
	if strings.TrimSpace(c.Params.Value("ip")) == "" {
		return ocf.ErrConfigured.With("parameter ip: must be set")
	}
	if max := c.Clone.Max; max != "" {
		n, err := ocf.Decimal(max)
		if err != nil || n == 0 {
			return ocf.ErrConfigured.With("meta attribute clone-max: %q is not a number greater than 0", max)
		}
	}
	if !a.uniqueClone {
		return nil
	}
	switch {
	case !c.Clone.GloballyUnique:
		return ocf.ErrConfigured.With("unique_clone_address needs the meta attribute globally-unique=true")
	case a.ip.Is6():
		return ocf.ErrConfigured.With("unique_clone_address is for IPv4 addresses only")
	case !a.ip.IsValid():
		return nil
	}
	octets := a.ip.As4()
	if int(octets[3])+c.Clone.Number > 255 {
		return ocf.ErrConfigured.With("the last octet of %s plus clone number %d is beyond 255", a.ip, c.Clone.Number)
	}
	octets[3] += byte(c.Clone.Number)
	a.ip = netip.AddrFrom4(octets)
	return nil
}

// checkStart checks what start and validate-all need beyond the address and its place.
func (a *config) checkStart(c *ocf.Call) error {
	if err := a.checkIdentity(c); err != nil {
		return err
	}
	if err := c.Params.Err(startParams()...); err != nil {
		return err
	}
	if err := a.checkCluster(c); err != nil {
		return err
	}
	if !a.ip.Is6() {
		return nil
	}
	if a.lvs {
		return ocf.ErrConfigured.With("lvs_support is for IPv4 addresses only; see lvs_ipv6_addrlabel")
	}
	if a.preferred.bad != nil {
		return ocf.ErrConfigured.With("parameter preferred_lft: %w", a.preferred.bad)
	}
	if !a.addrLabel {
		return nil
	}
	// The kernel takes the largest number for "no label".
	switch value, err := ocf.Decimal(a.labelValue); {
	case err != nil:
		return ocf.ErrConfigured.With("parameter lvs_ipv6_addrlabel_value: %w", err)
	case value >= math.MaxUint32:
		return ocf.ErrConfigured.With("parameter lvs_ipv6_addrlabel_value: %d is too large", value)
	}
	return nil
}

// warnIgnored says which values are not used, once a start.
func (a *config) warnIgnored(c *ocf.Call) {
	if a.mask.dotted || a.netmask.dotted {
		c.Log.Warn("cidr_netmask is a dotted netmask; taken as prefix length %d", a.prefix())
	}
	if a.ip.Is6() && c.Params.Value("broadcast") != "" {
		c.Log.Warn("broadcast is ignored: IPv6 has none")
	}
	if _, ignored := netif.ParseSendOptions(a.sendOptions); len(ignored) > 0 {
		c.Log.Warn("send_arp_opts: ignored %q", strings.Join(ignored, " "))
	}
	if err := c.Params.Err("arp_count_refresh"); err != nil {
		c.Log.Warn("%v; no announcements on monitor", err)
	}
	if filter := c.Params.Value("clusterip_firewall"); filter != "auto" && filter != "nft" && a.clusterIP(c) {
		c.Log.Warn("clusterip_firewall=%s: the load is spread by nf_tables all the same", filter)
	}
	if a.clusterIP(c) && !c.Clone.GloballyUnique {
		c.Log.Warn("a load-sharing clone needs the meta attribute globally-unique=true: " +
			"without it every node may hear the same clients")
	}
}

// prefix is the configured prefix length, 0 when there is none.
func (a *config) prefix() int {
	if a.mask.bits != 0 {
		return a.mask.bits
	}
	return a.netmask.bits
}

// fullLabel is the label of the entry on the interface, or empty.
func (a *config) fullLabel(link netif.Link) (string, error) {
	if a.label == "" || a.ip.Is6() {
		return "", nil
	}
	label := link.Name + ":" + a.label
	if len(label) > maxLabel {
		return "", &misplaced{longLabel, fmt.Errorf("label %s is longer than %d characters", label, maxLabel)}
	}
	return label, nil
}
