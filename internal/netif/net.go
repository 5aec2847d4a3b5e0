package netif

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A Net is a handle on one network namespace: that of the thread which asks
// the first question. The zero value is ready to use. A Net is for one
// goroutine at a time.
type Net struct {
	// Trace, unless nil, is called once for each request to the kernel, with
	// what was asked and what came back.
	Trace func(format string, args ...any)

	route map[int]*nl.SocketHandle // netlink, nil before the first request
	inet  int                      // AF_INET for ioctl, 0 before the first
}

// Close closes what the questions have opened. The Net may be used again.
func (n *Net) Close() error {
	if n.route != nil {
		n.route[unix.NETLINK_ROUTE].Close()
		n.route = nil
	}
	if n.inet == 0 {
		return nil
	}
	fd := n.inet
	n.inet = 0
	return unix.Close(fd)
}

// dumpAttempts bounds how often a list is asked for again after a change in
// the middle of it.
const dumpAttempts = 5

// ask sends one request and returns the bodies of the answers of type reply.
// what says in words what is asked, for errors and the trace.
func (n *Net) ask(req *nl.NetlinkRequest, reply uint16, what string) ([][]byte, error) {
	sockets, err := n.netlink()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	req.Sockets = sockets
	answers, err := req.Execute(unix.NETLINK_ROUTE, reply)
	n.trace(what, len(answers), err)
	if err != nil {
		return answers, fmt.Errorf("%s: %w", what, err)
	}
	return answers, nil
}

// list is ask for a dump; a list that changed while it was read is asked for
// again.
func (n *Net) list(build func() *nl.NetlinkRequest, reply uint16, what string) ([][]byte, error) {
	var answers [][]byte
	var err error
	for range dumpAttempts {
		req := build()
		req.Flags |= unix.NLM_F_DUMP
		answers, err = n.ask(req, reply, what)
		if !errors.Is(err, nl.ErrDumpInterrupted) {
			return answers, err
		}
	}
	return nil, err
}

// do is ask for a change, which the kernel acknowledges.
func (n *Net) do(req *nl.NetlinkRequest, what string) error {
	req.Flags |= unix.NLM_F_ACK
	_, err := n.ask(req, 0, what)
	return err
}

func (n *Net) trace(what string, answers int, err error) {
	if n.Trace == nil {
		return
	}
	if err != nil {
		n.Trace("%s: %v", what, err)
		return
	}
	n.Trace("%s: %d", what, answers)
}

// netlink returns the socket for requests, opening it when there is none. The
// kernel is asked to explain errors, and to filter lists itself: kernels
// before 4.20 refuse the second, so all lists are filtered here as well.
func (n *Net) netlink() (map[int]*nl.SocketHandle, error) {
	if n.route != nil {
		return n.route, nil
	}
	socket, err := nl.GetNetlinkSocketAt(-1, -1, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	for _, option := range []int{unix.NETLINK_EXT_ACK, unix.NETLINK_GET_STRICT_CHK} {
		err := unix.SetsockoptInt(socket.GetFd(), unix.SOL_NETLINK, option, 1)
		if err != nil && err != unix.ENOPROTOOPT {
			socket.Close()
			return nil, fmt.Errorf("set netlink option %d: %w", option, err)
		}
	}
	n.route = map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: socket}}
	return n.route, nil
}

// ioctl asks a question about an interface address in the old way. The error
// is a bare errno: the only interesting ones are answers.
func (n *Net) ioctl(request uint, ifr *unix.Ifreq, what string) error {
	if n.inet == 0 {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("open IPv4 socket: %w", err)
		}
		n.inet = fd
	}
	err := unix.IoctlIfreq(n.inet, request, ifr)
	n.trace(what, 1, err)
	return err
}
