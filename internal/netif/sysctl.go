package netif

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// sysctlNet is the root of the settings of the thread's network namespace.
const sysctlNet = "/proc/sys/net"

// PromotesSecondaries reports whether the kernel keeps the other IPv4
// addresses of a subnet when the first one is deleted from the interface of
// that name (sysctl promote_secondaries, of all or of the interface).
func (n *Net) PromotesSecondaries(link string) (bool, error) {
	for _, of := range []string{"all", link} {
		on, err := n.sysctl("ipv4", "conf", of, "promote_secondaries")
		if on || err != nil {
			return on, err
		}
	}
	return false, nil
}

// Forwards6 reports whether the interface of that name forwards IPv6, that
// is, whether this machine is a router on it.
func (n *Net) Forwards6(link string) (bool, error) {
	return n.sysctl("ipv6", "conf", link, "forwarding")
}

// FlushRouteCache empties the kernel's IPv4 route cache, if it has one
// (before Linux 3.6). There is none to empty for IPv6.
func (n *Net) FlushRouteCache(f Family) error {
	if f == IPv6 {
		return nil
	}
	return n.setSysctl("1", "ipv4", "route", "flush")
}

// sysctl reports whether a setting is other than 0.
func (n *Net) sysctl(path ...string) (bool, error) {
	file := filepath.Join(append([]string{sysctlNet}, path...)...)
	text, err := os.ReadFile(file)
	n.trace("read "+file, 1, err)
	if err != nil {
		return false, fmt.Errorf("read setting: %w", err)
	}
	return !bytes.Equal(bytes.TrimSpace(text), []byte("0")), nil
}

func (n *Net) setSysctl(value string, path ...string) error {
	file := filepath.Join(append([]string{sysctlNet}, path...)...)
	err := os.WriteFile(file, []byte(value+"\n"), 0)
	n.trace("write "+value+" to "+file, 1, err)
	if err != nil {
		return fmt.Errorf("write setting: %w", err)
	}
	return nil
}
