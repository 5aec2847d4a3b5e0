package netif

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A socket carries requests to the kernel and its answers back, one at a
// time. It stands in for the one of package nl, which clears and copies 64 KiB
// for each answer and sets up an event loop: a fifth of what a monitor costs.
type socket struct {
	fd     int
	seq    uint32
	buffer []byte
}

const (
	// answerTimeout bounds the wait for an answer in seconds. The kernel
	// answers before the request returns; this is for a kernel gone wrong.
	answerTimeout = 10
	// firstBuffer holds any answer to a single question, dumpBuffer what the
	// kernel puts in one packet of a list.
	firstBuffer = 4 << 10
	dumpBuffer  = 32 << 10
)

// errInterrupted means that what was being listed changed meanwhile.
var errInterrupted = errors.New("the list changed while it was read")

// openSocket opens a socket of a netlink protocol in the thread's network namespace. The kernel is
// asked to explain errors, and to filter lists itself: kernels before 4.20
// refuse the second, so all lists are filtered here as well.
func openSocket(protocol int) (*socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	s := &socket{fd: fd}
	if err := s.setUp(); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return s, nil
}

func (s *socket) setUp() error {
	if err := unix.Bind(s.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("bind netlink socket: %w", err)
	}
	timeout := unix.Timeval{Sec: answerTimeout}
	if err := unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		return fmt.Errorf("bound the wait for netlink answers: %w", err)
	}
	for _, option := range []int{unix.NETLINK_EXT_ACK, unix.NETLINK_GET_STRICT_CHK} {
		err := unix.SetsockoptInt(s.fd, unix.SOL_NETLINK, option, 1)
		if err != nil && err != unix.ENOPROTOOPT {
			return fmt.Errorf("set netlink option %d: %w", option, err)
		}
	}
	return nil
}

func (s *socket) close() error { return unix.Close(s.fd) }

// execute sends the request and returns the bodies of the answers of type
// reply. The error is the kernel's errno, with its explanation if it has one.
func (s *socket) execute(req *nl.NetlinkRequest, reply uint16) ([][]byte, error) {
	s.seq++
	req.Seq = s.seq
	if req.Flags&unix.NLM_F_DUMP == unix.NLM_F_DUMP && len(s.buffer) < dumpBuffer {
		s.buffer = make([]byte, dumpBuffer)
	}
	if err := unix.Sendto(s.fd, req.Serialize(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, err
	}
	var answers [][]byte
	interrupted := false
	for {
		messages, err := s.receive()
		if err != nil {
			return answers, err
		}
		for _, m := range messages {
			if m.Header.Seq != s.seq {
				continue
			}
			interrupted = interrupted || m.Header.Flags&unix.NLM_F_DUMP_INTR != 0
			if m.Header.Type == unix.NLMSG_DONE || m.Header.Type == unix.NLMSG_ERROR {
				return answers, verdict(m, interrupted)
			}
			if m.Header.Type == reply {
				answers = append(answers, m.Data)
			}
			if m.Header.Flags&unix.NLM_F_MULTI == 0 {
				return answers, nil
			}
		}
	}
}

// receive reads one packet. The messages have memory of their own.
func (s *socket) receive() ([]syscall.NetlinkMessage, error) {
	if s.buffer == nil {
		s.buffer = make([]byte, firstBuffer)
	}
	for {
		size, _, err := unix.Recvfrom(s.fd, s.buffer, unix.MSG_PEEK|unix.MSG_TRUNC)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, err
		case size > len(s.buffer):
			s.buffer = make([]byte, size)
		}
		size, _, err = unix.Recvfrom(s.fd, s.buffer, 0)
		if err != nil {
			return nil, err
		}
		return syscall.ParseNetlinkMessage(append([]byte(nil), s.buffer[:size]...))
	}
}

// verdict is the error in the message that ends an answer: an errno, followed
// by the request and, maybe, by attributes of which one is an explanation.
func verdict(m syscall.NetlinkMessage, interrupted bool) error {
	if len(m.Data) >= 4 {
		if errno := -int32(nl.NativeEndian().Uint32(m.Data)); errno != 0 {
			return explained(unix.Errno(errno), m)
		}
	}
	if interrupted {
		return errInterrupted
	}
	return nil
}

func explained(errno unix.Errno, m syscall.NetlinkMessage) error {
	const head = 4 + unix.SizeofNlMsghdr
	if m.Header.Flags&unix.NLM_F_ACK_TLVS == 0 || len(m.Data) < head {
		return errno
	}
	// The request is echoed whole unless its answer is capped.
	echoed := int(nl.NativeEndian().Uint32(m.Data[4:]))
	if m.Header.Flags&unix.NLM_F_CAPPED != 0 {
		echoed = unix.SizeofNlMsghdr
	}
	if echoed < unix.SizeofNlMsghdr || 4+echoed > len(m.Data) {
		return errno
	}
	attributes, err := nl.ParseRouteAttr(m.Data[4+echoed:])
	if err != nil {
		return errno
	}
	for _, attribute := range attributes {
		if attribute.Attr.Type == nl.NLMSGERR_ATTR_MSG {
			return fmt.Errorf("%w: %s", errno, unix.ByteSliceToString(attribute.Value))
		}
	}
	return errno
}
