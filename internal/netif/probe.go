package netif

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ProbeARP asks up to count times who has the IPv4 address, in the manner of
// RFC 5227, and returns the first hardware address not of this namespace that
// claims it or probes for it too; nil when nobody does. It takes count times
// window at most, less when somebody answers. On a link that is mute there is
// nobody to ask. It returns the context's error when that ends first.
func (n *Net) ProbeARP(ctx context.Context, link Link, ip netip.Addr, count int, window time.Duration) (owner net.HardwareAddr, err error) {
	if link.Mute() != "" {
		return nil, nil
	}
	own, err := n.hardware()
	if err != nil {
		return nil, err
	}
	fd, err := openARP(link)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "arp")
	defer file.Close()
	conn, err := file.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("probe %v: %w", ip, err)
	}
	probe, err := ARP{
		Type: link.Type, Op: ARPRequest,
		Sender: link.Address, SenderIP: netip.IPv4Unspecified(),
		Target: make([]byte, len(link.Address)), TargetIP: ip,
	}.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("probe %v: %w", ip, err)
	}
	for range count {
		err := sendOn(conn, link, probe)
		n.trace(fmt.Sprintf("probe %v on %s", ip, link.Name), 1, err)
		if err != nil {
			return nil, err
		}
		owner, err := listenARP(ctx, file, conn, window, func(p ARP) bool {
			return claims(p, ip) && !own[string(p.Sender)]
		})
		if owner != nil || err != nil {
			return owner, err
		}
	}
	return nil, nil
}

func sendOn(conn syscall.RawConn, link Link, packet []byte) (err error) {
	closed := conn.Control(func(fd uintptr) { err = sendARP(int(fd), link, packet) })
	return errors.Join(closed, err)
}

// errWindow tells the end of a window from the end of the caller's context.
var errWindow = errors.New("window closed")

// listenARP returns the sender of the first packet that matches; nil when the
// window closes before.
func listenARP(ctx context.Context, file *os.File, conn syscall.RawConn, window time.Duration, match func(ARP) bool) (net.HardwareAddr, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, window, errWindow)
	defer cancel()
	buf := make([]byte, 128) // an ARP packet is 28 bytes, 56 on InfiniBand
	var p ARP
	err := receive(ctx, file, conn, buf, func(size int, _ unix.Sockaddr) bool {
		return p.UnmarshalBinary(buf[:size]) == nil && match(p)
	})
	if err == nil {
		return p.Sender, nil
	}
	if context.Cause(ctx) == errWindow {
		return nil, nil
	}
	return nil, fmt.Errorf("listen for ARP packets: %w", err)
}

// claims reports whether the sender uses the address or is about to
// (RFC 5227, 2.1.1).
func claims(p ARP, ip netip.Addr) bool {
	return p.SenderIP == ip || p.Op == ARPRequest && p.SenderIP.IsUnspecified() && p.TargetIP == ip
}

// hardware returns the hardware addresses of all interfaces: two of them may
// be connected to the same network and answer for each other.
func (n *Net) hardware() (map[string]bool, error) {
	links, err := n.Links()
	if err != nil {
		return nil, err
	}
	own := make(map[string]bool, len(links))
	for _, l := range links {
		own[string(l.Address)] = true
	}
	return own, nil
}
