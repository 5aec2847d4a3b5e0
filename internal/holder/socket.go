package holder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
)

// Sockets are the Unix sockets of this network namespace that are bound in one of the targets: socket number to
// mount. The kernel tells the file system of a bound socket and the name it was bound by, but not the mount. So
// where the file system is mounted elsewhere too, the name decides, and a relative one is no proof.
func Sockets(table mount.Table, targets []mount.Target) (map[uint64]int, error) {
	all, err := boundSockets()
	if err != nil {
		return nil, err
	}
	sockets := make(map[uint64]int)
	for _, b := range all {
		if id, ok := b.in(table, targets); ok {
			sockets[b.number] = id
		}
	}
	return sockets, nil
}

// A bound is a Unix socket bound to a file.
type bound struct {
	number uint64
	device mount.Device
	name   string
}

// in is the target that the socket is bound in.
func (b bound) in(table mount.Table, targets []mount.Target) (int, bool) {
	isTarget := make(map[int]bool)
	first := 0
	for _, t := range targets {
		isTarget[t.ID] = true
		if t.Device == b.device && first == 0 {
			first = t.ID
		}
	}
	if first == 0 {
		return 0, false
	}
	elsewhere := false
	for _, e := range table.On(b.device) {
		elsewhere = elsewhere || !isTarget[e.ID]
	}
	if !elsewhere {
		return first, true
	}
	if !strings.HasPrefix(b.name, "/") {
		return 0, false
	}
	e, ok := table.Containing(path.Clean(b.name))
	return e.ID, ok && isTarget[e.ID] && e.Device == b.device
}

// The kernel's words for the question (linux/sock_diag.h, linux/unix_diag.h; Linux 3.3).
const (
	sockDiagByFamily = 20
	showName         = 1
	showVFS          = 2
	attributeName    = 0
	attributeVFS     = 1
	requestLength    = unix.SizeofNlMsghdr + 24
	answerLength     = 16
)

// boundSockets asks the kernel for all Unix sockets that are bound to files.
func boundSockets() ([]bound, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("open sock_diag: %w", err)
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, dumpRequest(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, fmt.Errorf("ask sock_diag: %w", err)
	}
	var all []bound
	buffer := make([]byte, 64<<10)
	for {
		n, _, err := unix.Recvfrom(fd, buffer, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read sock_diag: %w", err)
		}
		more, done, err := parseDump(buffer[:n])
		all = append(all, more...)
		if err != nil || done || n == 0 {
			return all, err
		}
	}
}

// dumpRequest asks for all sockets of the family, whatever their state, with their names and files.
func dumpRequest() []byte {
	request := make([]byte, requestLength)
	order := binary.NativeEndian
	order.PutUint32(request[0:], requestLength)
	order.PutUint16(request[4:], sockDiagByFamily)
	order.PutUint16(request[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	request[16] = unix.AF_UNIX
	order.PutUint32(request[20:], ^uint32(0))
	order.PutUint32(request[28:], showName|showVFS)
	return request
}

// errDump says that the kernel's answer could not be read.
var errDump = errors.New("malformed answer of sock_diag")

// parseDump reads one datagram of the answer; done tells that it was the last one.
func parseDump(data []byte) (all []bound, done bool, err error) {
	order := binary.NativeEndian
	for len(data) >= unix.SizeofNlMsghdr {
		length := int(order.Uint32(data))
		if length < unix.SizeofNlMsghdr || length > len(data) {
			return all, false, errDump
		}
		body := data[unix.SizeofNlMsghdr:length]
		switch order.Uint16(data[4:]) {
		case unix.NLMSG_DONE:
			return all, true, nil
		case unix.NLMSG_ERROR:
			if len(body) < 4 {
				return all, false, errDump
			}
			return all, false, fmt.Errorf("ask sock_diag: %w", unix.Errno(-int32(order.Uint32(body))))
		case sockDiagByFamily:
			if b, ok := parseSocket(body); ok {
				all = append(all, b)
			}
		}
		data = data[min(aligned(length), len(data)):]
	}
	return all, false, nil
}

// parseSocket reads one socket, and is false for one that is not bound to a file.
func parseSocket(body []byte) (b bound, ok bool) {
	if len(body) < answerLength {
		return b, false
	}
	order := binary.NativeEndian
	b.number = uint64(order.Uint32(body[4:]))
	for rest := body[answerLength:]; len(rest) >= unix.SizeofRtAttr; {
		length := int(order.Uint16(rest))
		if length < unix.SizeofRtAttr || length > len(rest) {
			return b, false
		}
		value := rest[unix.SizeofRtAttr:length]
		switch kind := order.Uint16(rest[2:]); {
		case kind == attributeName:
			name, _, _ := strings.Cut(string(value), "\x00")
			b.name = name
		case kind == attributeVFS && len(value) >= 8:
			b.device, ok = kernelDevice(order.Uint32(value[4:])), true
		}
		rest = rest[min(aligned(length), len(rest)):]
	}
	return b, ok
}

func aligned(length int) int { return (length + 3) &^ 3 }

// kernelDevice is a device number as the kernel keeps it: twelve bits and twenty.
func kernelDevice(n uint32) mount.Device { return mount.MakeDevice(n>>20, n&(1<<20-1)) }
