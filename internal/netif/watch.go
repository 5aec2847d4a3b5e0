package netif

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Group selects what a Watch hears of.
type Group uint32

// The groups, in the kernel's numbering.
const (
	LinkChanges     Group = unix.RTNLGRP_LINK
	Address4Changes Group = unix.RTNLGRP_IPV4_IFADDR
	Address6Changes Group = unix.RTNLGRP_IPV6_IFADDR
)

// A Watch hears of changes from the moment it was made: make it before the
// change that is to be awaited.
type Watch struct {
	file *os.File
	conn syscall.RawConn
	buf  []byte
}

// Watch subscribes to the groups.
func (n *Net) Watch(groups ...Group) (*Watch, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	name := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	for _, g := range groups {
		name.Groups |= 1 << (g - 1)
	}
	file := os.NewFile(uintptr(fd), "netlink")
	err = unix.Bind(fd, name)
	n.trace(fmt.Sprintf("subscribe to changes %v", groups), 1, err)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("subscribe to changes %v: %w", groups, err)
	}
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("subscribe to changes %v: %w", groups, err)
	}
	return &Watch{file: file, conn: conn, buf: make([]byte, 8192)}, nil
}

// Close ends the subscription.
func (w *Watch) Close() error { return w.file.Close() }

// next waits for a change, of whatever, and forgets all that have come so
// far: who waits looks at the state itself each time, so that neither
// several changes in one nor changes lost by a full socket (ENOBUFS) matter.
func (w *Watch) next(ctx context.Context) error {
	err := receive(ctx, w.file, w.conn, w.buf, func(int, unix.Sockaddr) bool { return true })
	w.forget()
	return err
}

// forget forgets what has come so far, and reports whether that was anything.
func (w *Watch) forget() (changed bool) {
	w.conn.Control(func(fd uintptr) {
		for {
			_, _, err := unix.Recvfrom(int(fd), w.buf, unix.MSG_DONTWAIT)
			if err != nil && err != unix.ENOBUFS && err != unix.EINTR {
				return
			}
			changed = true
		}
	})
	return changed
}

// receive reads packets from a socket without blocking a thread until one is
// taken, and returns the context's error when that ends first.
func receive(ctx context.Context, file *os.File, conn syscall.RawConn, buf []byte, take func(size int, from unix.Sockaddr) bool) error {
	if err := file.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		file.SetReadDeadline(time.Unix(1, 0))
	})
	defer func() {
		if !stop() {
			<-woken // lest it wakes the next one
		}
	}()
	var failure error
	err := conn.Read(func(fd uintptr) bool {
		for {
			size, from, err := unix.Recvfrom(int(fd), buf, 0)
			switch err {
			case unix.EAGAIN:
				return false
			case unix.EINTR:
				continue
			case unix.ENOBUFS:
				size = 0
			case nil:
			default:
				failure = err
				return true
			}
			if take(size, from) {
				return true
			}
		}
	})
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(err, failure)
}

// A DADResult says how duplicate address detection ended.
type DADResult uint8

// The results.
const (
	DADPending DADResult = iota // the context ended first
	DADPassed                   // nobody else has the address
	DADFailed                   // somebody has; the entry is still there
	DADRemoved                  // there is no such address (any more)
)

// String returns the result as a word.
func (r DADResult) String() string {
	return [...]string{"pending", "passed", "failed", "removed"}[r]
}

// WaitDAD waits until duplicate detection of an address has ended, or the
// context has (DADPending and no error then). The Watch must hear
// Address6Changes.
func (n *Net) WaitDAD(ctx context.Context, w *Watch, index int, ip netip.Addr) (DADResult, error) {
	for {
		a, presence, err := n.Find(Query{Link: Link{Index: index}, IP: ip})
		switch {
		case err != nil:
			return DADPending, err
		case presence == Absent:
			return DADRemoved, nil
		case a.Flags.DADFailed():
			return DADFailed, nil
		case presence == Present && !a.Flags.Tentative():
			return DADPassed, nil
		}
		if err := w.next(ctx); err != nil {
			if ctx.Err() != nil {
				return DADPending, nil
			}
			return DADPending, fmt.Errorf("wait for duplicate detection of %v: %w", ip, err)
		}
	}
}

// WaitCarrier waits until the interface is Usable or the context has ended,
// and returns the interface as seen last. The error is nil in both cases. The
// Watch must hear LinkChanges.
func (n *Net) WaitCarrier(ctx context.Context, w *Watch, index int) (Link, error) {
	for {
		l, err := n.LinkByIndex(index)
		if err != nil || l.Usable() {
			return l, err
		}
		if err := w.next(ctx); err != nil {
			if ctx.Err() != nil {
				return l, nil
			}
			return l, fmt.Errorf("wait for carrier of %s: %w", l.Name, err)
		}
	}
}
