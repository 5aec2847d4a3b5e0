package netif

import (
	"errors"
	"fmt"
	"net"
	"unsafe"

	"golang.org/x/sys/unix"
)

// JoinHardware makes the interface take packets sent to a multicast hardware
// address. Doing it twice is doing it once.
func (n *Net) JoinHardware(link Link, multicast net.HardwareAddr) error {
	return n.multicast(unix.SIOCADDMULTI, link, multicast)
}

// LeaveHardware undoes JoinHardware. An interface that has not joined, or is
// gone, is no error.
func (n *Net) LeaveHardware(link Link, multicast net.HardwareAddr) error {
	err := n.multicast(unix.SIOCDELMULTI, link, multicast)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) {
		return nil
	}
	return err
}

// multicast makes the call with a struct ifreq of its own: that of x/sys does
// not let a hardware address in (netdevice(7); the address's family must be
// unspecified).
func (n *Net) multicast(request uintptr, link Link, address net.HardwareAddr) error {
	var ifreq struct {
		name    [unix.IFNAMSIZ]byte
		family  uint16
		address [14]byte
		_       [8]byte
	}
	copy(ifreq.name[:unix.IFNAMSIZ-1], link.Name)
	copy(ifreq.address[:], address)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open IPv4 socket: %w", err)
	}
	defer unix.Close(fd)
	what := fmt.Sprintf("join or leave %s on %s", address, link.Name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&ifreq)))
	if errno != 0 {
		n.trace(what, 0, errno)
		return fmt.Errorf("%s: %w", what, errno)
	}
	n.trace(what, 1, nil)
	return nil
}
