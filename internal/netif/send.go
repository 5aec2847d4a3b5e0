package netif

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrAddressGone means that an announcement ended early because the address
// is not on the interface any more.
var ErrAddressGone = errors.New("address is gone")

// Send sends the frames on the interface, after the Delay of each. Before
// each it asks whether the interface still has the address, and stops with
// ErrAddressGone when it certainly has not. It returns the context's error
// when that ends first.
func (n *Net) Send(ctx context.Context, link Link, frames []Frame) error {
	var out transmitter
	defer out.close()
	for _, f := range frames {
		if err := pause(ctx, f.Delay); err != nil {
			return err
		}
		_, presence, err := n.Find(Query{Link: link, IP: f.IP})
		if err != nil {
			return err
		}
		if presence == Absent {
			return fmt.Errorf("announce %v on %s: %w", f.IP, link.Name, ErrAddressGone)
		}
		err = out.send(link, f)
		n.trace(fmt.Sprintf("announce %v on %s", f.IP, link.Name), 1, err)
		if err != nil {
			return fmt.Errorf("announce %v on %s: %w", f.IP, link.Name, err)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A transmitter holds the socket for the frames of one Send.
type transmitter struct {
	fd   int
	open bool
}

func (t *transmitter) close() {
	if t.open {
		unix.Close(t.fd)
	}
}

func (t *transmitter) send(link Link, f Frame) error {
	open, to := openICMP, sendICMP
	if FamilyOf(f.IP) == IPv4 {
		open, to = openARPSender, sendARP
	}
	if !t.open {
		fd, err := open(link, f.IP)
		if err != nil {
			return err
		}
		t.fd, t.open = fd, true
	}
	return to(t.fd, link, f.Payload)
}

// openARPSender opens a socket that hears nothing and is bound to nothing: the destination names link
// and protocol. Binding would cost a grace period of the kernel, 5 to 10 ms, before the first packet.
func openARPSender(Link, netip.Addr) (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("open ARP socket: %w", err)
	}
	return fd, nil
}

// openARP opens a socket for ARP packets on the link only; the kernel puts
// the frame around them.
func openARP(link Link) (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, int(bigEndian(unix.ETH_P_ARP)))
	if err != nil {
		return -1, fmt.Errorf("open ARP socket: %w", err)
	}
	err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(unix.ETH_P_ARP), Ifindex: link.Index})
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("bind ARP socket to %s: %w", link.Name, err)
	}
	return fd, nil
}

// sendARP sends a packet to the link's broadcast address. The call is made
// by hand, because an InfiniBand address has 20 bytes and the Go structure 8.
func sendARP(fd int, link Link, payload []byte) error {
	name := linkLayerName(link)
	_, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd),
		uintptr(unsafe.Pointer(&payload[0])), uintptr(len(payload)), 0,
		uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)))
	if errno != 0 {
		return fmt.Errorf("send ARP packet to %v: %w", link.Broadcast, errno)
	}
	return nil
}

// linkLayerName returns a struct sockaddr_ll (packet(7)): family, protocol in
// network order, interface, hardware type, packet type, length of the
// address, and the address with room for at least 8 bytes.
func linkLayerName(link Link) []byte {
	const fixed, room = 12, 8
	name := make([]byte, fixed+max(room, len(link.Broadcast)))
	binary.NativeEndian.PutUint16(name, unix.AF_PACKET)
	binary.BigEndian.PutUint16(name[2:], unix.ETH_P_ARP)
	binary.NativeEndian.PutUint32(name[4:], uint32(link.Index))
	binary.NativeEndian.PutUint16(name[8:], link.Type)
	name[11] = byte(len(link.Broadcast))
	copy(name[fixed:], link.Broadcast)
	return name
}

// openICMP opens a socket for advertisements from ip on the link only. While
// ip is tentative it cannot be bound; then the kernel takes a link-local
// address of the link (ipaddr2.md 6.2).
func openICMP(link Link, ip netip.Addr) (int, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.IPPROTO_ICMPV6)
	if err != nil {
		return -1, fmt.Errorf("open ICMPv6 socket: %w", err)
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_HOPS, 255),
		unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_LOOP, 0),
	)
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("prepare ICMPv6 socket for %s: %w", link.Name, err)
	}
	err = unix.Bind(fd, &unix.SockaddrInet6{Addr: ip.As16(), ZoneId: uint32(link.Index)})
	if err != nil && err != unix.EADDRNOTAVAIL {
		unix.Close(fd)
		return -1, fmt.Errorf("bind ICMPv6 socket to %v: %w", ip, err)
	}
	return fd, nil
}

// sendICMP sends a message to all nodes on the link.
func sendICMP(fd int, link Link, payload []byte) error {
	allNodes := netip.IPv6LinkLocalAllNodes()
	err := unix.Sendto(fd, payload, 0, &unix.SockaddrInet6{Addr: allNodes.As16(), ZoneId: uint32(link.Index)})
	if err != nil {
		return fmt.Errorf("send ICMPv6 message to %v: %w", allNodes, err)
	}
	return nil
}

// bigEndian returns v so that its bytes in memory are in network order.
func bigEndian(v uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], v)
	return binary.NativeEndian.Uint16(b[:])
}
