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

	route *socket // netlink, nil before the first request
	inet  int     // AF_INET for ioctl, 0 before the first
}

// Close closes what the questions have opened. The Net may be used again.
func (n *Net) Close() error {
	if n.route != nil {
		n.route.close()
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
	if n.route == nil {
		var err error
		if n.route, err = openSocket(unix.NETLINK_ROUTE); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
	}
	answers, err := n.route.execute(req, reply)
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
		if !errors.Is(err, errInterrupted) {
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
