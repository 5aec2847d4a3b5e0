package node

import (
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// configureNetwork brings up the cards and their fixed addresses. Duplicate address
// detection is skipped for these: nobody else has them, and a boot should not wait for it.
func configureNetwork(interfaces []Interface) error {
	if err := raise(Interface{Name: "lo"}); err != nil {
		return err
	}
	for _, i := range interfaces {
		if err := raise(i); err != nil {
			return err
		}
	}
	return nil
}

func raise(i Interface) error {
	link, err := netlink.LinkByName(i.Name)
	if err != nil {
		return fmt.Errorf("find interface %s: %w", i.Name, err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("bring up %s: %w", i.Name, err)
	}
	for _, prefix := range i.Addresses {
		address := &netlink.Addr{IPNet: &net.IPNet{
			IP:   prefix.Addr().AsSlice(),
			Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		}}
		if prefix.Addr().Is6() {
			address.Flags = unix.IFA_F_NODAD
		}
		if err := netlink.AddrReplace(link, address); err != nil {
			return fmt.Errorf("add %s to %s: %w", prefix, i.Name, err)
		}
	}
	return nil
}
