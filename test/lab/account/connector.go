package account

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A connector is a socket of the kernel's process events connector.
type connector struct{ fd int }

// The connector's address, and what can be asked of it (linux/connector.h, linux/cn_proc.h).
const (
	processIndex = 1
	processValue = 1
	listen       = 1
	ignore       = 2
)

// buffer is how much the kernel may hold for us: a process's life makes three messages of less than 1 KiB each
// with their keeping, so a few thousand processes may come and go while we are kept from reading.
const buffer = 32 << 20

// dialConnector asks the kernel for its process events. That they will come is not certain then: the kernel
// does not answer, and says nothing to processes outside its first namespace.
func dialConnector() (*connector, error) {
	fd, err := dialNetlink(unix.NETLINK_CONNECTOR, processIndex)
	if err != nil {
		return nil, fmt.Errorf("open the process events connector: %w", err)
	}
	c := &connector{fd}
	if err := c.ask(listen); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("ask for process events: %w", err)
	}
	return c, nil
}

// close ends the subscription as well; without that, older kernels would go on making events for nobody.
func (c *connector) close() error { return errors.Join(c.ask(ignore), unix.Close(c.fd)) }

func (c *connector) ask(operation uint32) error {
	m := header(unix.NLMSG_DONE, 0)
	for _, word := range []uint32{processIndex, processValue, 0, 0, 4, operation} {
		m = binary.NativeEndian.AppendUint32(m, word)
	}
	return send(c.fd, m)
}

// dialNetlink opens a socket of a family, subscribed to groups, which does not block.
func dialNetlink(family int, groups uint32) (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, family)
	if err != nil {
		return -1, err
	}
	err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups})
	if err == nil {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// header begins a message; send fills in its length.
func header(kind, flags uint16) []byte {
	m := make([]byte, 0, 64)
	m = binary.NativeEndian.AppendUint32(m, 0)
	m = binary.NativeEndian.AppendUint16(m, kind)
	m = binary.NativeEndian.AppendUint16(m, flags)
	m = binary.NativeEndian.AppendUint32(m, 0)
	return binary.NativeEndian.AppendUint32(m, 0)
}

func send(fd int, m []byte) error {
	binary.NativeEndian.PutUint32(m, uint32(len(m)))
	return unix.Sendto(fd, m, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// errLost says that the kernel had more to tell than its buffer took.
var errLost = errors.New("the kernel's buffer was full")

// receive calls do with the kind and payload of each message that is there now. The error is errLost when
// some are missing.
func receive(fd int, space []byte, do func(kind uint16, payload []byte)) error {
	var lost error
	for {
		n, err := unix.Read(fd, space)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return lost
		case errors.Is(err, unix.ENOBUFS):
			lost = errLost
			continue
		case err != nil:
			return os.NewSyscallError("read", err)
		}
		messages(space[:n], do)
	}
}

// messages splits what was received at once.
func messages(b []byte, do func(kind uint16, payload []byte)) {
	for len(b) >= unix.NLMSG_HDRLEN {
		n := int(binary.NativeEndian.Uint32(b))
		if n < unix.NLMSG_HDRLEN || n > len(b) {
			return
		}
		do(binary.NativeEndian.Uint16(b[4:]), b[unix.NLMSG_HDRLEN:n])
		b = b[min(aligned(n), len(b)):]
	}
}

// aligned is a length with the padding that netlink puts behind it.
func aligned(n int) int { return (n + 3) &^ 3 }
