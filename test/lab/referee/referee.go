// Package referee knows where an address really is: it listens to the kernel in the network
// namespace of every node and keeps, for each address, the spans of time in which each
// node had it. It believes no cluster software.
package referee

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Slack is how far the times of two changes may be off: they are read when the kernel's
// message arrives here. Nodes that overlap by less are not called overlapping.
const Slack = 30 * time.Millisecond

// A Span is a time in which a node had an address. To is zero while it has it.
type Span struct {
	Node     string
	From, To time.Time
}

// A Referee watches nodes. The zero value is ready.
type Referee struct {
	// Changed, when set before the first Watch, is told of each change.
	Changed func(t time.Time, node string, address netip.Addr, up bool)

	mu    sync.Mutex
	spans map[netip.Addr][]Span
	// kernels ask the kernel of a node whether it has an address.
	kernels map[string]func(netip.Addr) bool
}

// Watch follows the addresses of a node, whose process 1 is process, until ctx ends or the node
// loses its network. It returns when the addresses that are there are known.
func (r *Referee) Watch(ctx context.Context, node string, process *os.File) error {
	updates := make(chan netlink.AddrUpdate, 64)
	subscribed := make(chan error, 1)
	var kernel *netlink.Handle
	go func() {
		// The thread ends with this goroutine: it stays in the node's namespace.
		runtime.LockOSThread()
		if err := unix.Setns(int(process.Fd()), unix.CLONE_NEWNET); err != nil {
			subscribed <- err
			return
		}
		var err error
		if kernel, err = netlink.NewHandle(unix.NETLINK_ROUTE); err == nil {
			err = netlink.AddrSubscribeWithOptions(updates, ctx.Done(), netlink.AddrSubscribeOptions{ListExisting: true})
		}
		subscribed <- err
	}()
	if err := <-subscribed; err != nil {
		return fmt.Errorf("watch the addresses of %s: %w", node, err)
	}
	r.setKernel(node, func(address netip.Addr) bool { return has(kernel, address) })
	go func() {
		defer kernel.Close()
		defer r.setKernel(node, nil)
		for u := range updates {
			if address, ok := netip.AddrFromSlice(u.LinkAddress.IP); ok {
				r.note(time.Now(), node, address.Unmap(), u.NewAddr)
			}
		}
	}()
	return nil
}

func (r *Referee) setKernel(node string, has func(netip.Addr) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kernels == nil {
		r.kernels = map[string]func(netip.Addr) bool{}
	}
	r.kernels[node] = has
}

// has tells whether the kernel of a node has an address; that it does not answer means that it may.
func has(kernel *netlink.Handle, address netip.Addr) bool {
	family := netlink.FAMILY_V6
	if address.Is4() {
		family = netlink.FAMILY_V4
	}
	list, err := kernel.AddrList(nil, family)
	return err != nil || slices.ContainsFunc(list, func(a netlink.Addr) bool {
		have, ok := netip.AddrFromSlice(a.IP)
		return ok && have.Unmap() == address
	})
}

// Off notes that a node lost its power: it has no address any more.
func (r *Referee) Off(t time.Time, node string) {
	for _, address := range r.held(node) {
		r.note(t, node, address, false)
	}
}

func (r *Referee) held(node string) []netip.Addr {
	r.mu.Lock()
	defer r.mu.Unlock()
	var held []netip.Addr
	for address, spans := range r.spans {
		if open(spans, node) >= 0 {
			held = append(held, address)
		}
	}
	return held
}

func (r *Referee) note(t time.Time, node string, address netip.Addr, up bool) {
	for _, gone := range r.silent(node, address, up) {
		r.change(t, gone, address, false)
	}
	r.change(t, node, address, up)
}

// silent are the other nodes that have lost the address by now, when node has it, although the message of that has
// not been read yet: on a busy machine one node's messages may be read much later than another's.
func (r *Referee) silent(node string, address netip.Addr, up bool) (gone []string) {
	if !up {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spans[address] {
		if ask := r.kernels[s.Node]; s.To.IsZero() && s.Node != node && ask != nil && !ask(address) {
			gone = append(gone, s.Node)
		}
	}
	return gone
}

func (r *Referee) change(t time.Time, node string, address netip.Addr, up bool) {
	r.mu.Lock()
	changed := r.apply(t, node, address, up)
	r.mu.Unlock()
	if changed && r.Changed != nil {
		r.Changed(t, node, address, up)
	}
}

// apply opens or closes a span. The kernel repeats itself, for example when a lifetime changes.
func (r *Referee) apply(t time.Time, node string, address netip.Addr, up bool) bool {
	spans := r.spans[address]
	i := open(spans, node)
	switch {
	case up && i < 0:
		if r.spans == nil {
			r.spans = map[netip.Addr][]Span{}
		}
		r.spans[address] = append(spans, Span{Node: node, From: t})
	case !up && i >= 0:
		spans[i].To = t
	default:
		return false
	}
	return true
}

func open(spans []Span, node string) int {
	return slices.IndexFunc(spans, func(s Span) bool { return s.Node == node && s.To.IsZero() })
}

// Spans returns the spans of an address in the order in which they began.
func (r *Referee) Spans(address netip.Addr) []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans[address])
}

// Holders lists the nodes that have the address now.
func (r *Referee) Holders(address netip.Addr) []string {
	var nodes []string
	for _, s := range r.Spans(address) {
		if s.To.IsZero() {
			nodes = append(nodes, s.Node)
		}
	}
	return nodes
}

// Twice returns an error that names the first time at which two nodes had the address at once.
func (r *Referee) Twice(address netip.Addr, now time.Time) error {
	spans := r.Spans(address)
	for i, a := range spans {
		for _, b := range spans[i+1:] {
			from, to := b.From, earlier(end(a, now), end(b, now))
			if a.Node != b.Node && to.Sub(from) > Slack {
				return fmt.Errorf("%s was up twice: on %s and %s from %s, for %s", address, a.Node, b.Node,
					from.Format("15:04:05.000"), to.Sub(from).Round(time.Millisecond))
			}
		}
	}
	return nil
}

func end(s Span, now time.Time) time.Time {
	if s.To.IsZero() {
		return now
	}
	return s.To
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
