package scenario

import (
	"context"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/cluster"
)

const (
	// probeEvery is the resolution of the time to recover.
	probeEvery = 100 * time.Millisecond
	// probePort is one on which nobody listens: the refusal shows that the address answers.
	probePort = 9
)

// A prober is a user of the cluster's addresses: it tries to connect from the client, so it
// sees what address resolution, the client's neighbour cache and the address together make of it.
type prober struct {
	changed func(t time.Time, address netip.Addr, up bool)

	mu sync.Mutex
	// state holds whether an address that is probed answers, arrivals when it began to, each time.
	state    map[netip.Addr]bool
	arrivals []time.Time
}

// probe begins to watch an address.
func (p *prober) probe(address netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state == nil {
		p.state = map[netip.Addr]bool{}
	}
	p.state[address] = false
}

func (p *prober) reaches(address netip.Addr) bool {
	p.mu.Lock()
	_, known := p.state[address]
	p.mu.Unlock()
	if !known {
		p.probe(address)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state[address]
}

// arrival is when an address began to answer for the first time after t, or false.
func (p *prober) arrival(t time.Time) (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.arrivals, t.Before)
	if i < 0 {
		return time.Time{}, false
	}
	return p.arrivals[i], true
}

func (p *prober) addresses() []netip.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []netip.Addr
	for a := range p.state {
		list = append(list, a)
	}
	return list
}

// run probes from the client's network until ctx ends.
func (p *prober) run(ctx context.Context, lab *cluster.Lab) {
	process, err := lab.Process(ctx, cluster.ClientHost)
	if err != nil {
		return
	}
	defer process.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread ends with this goroutine: it stays in the client's namespace.
		runtime.LockOSThread()
		p.loop(ctx, process)
	}()
	<-done
}

func (p *prober) loop(ctx context.Context, process *os.File) {
	if unix.Setns(int(process.Fd()), unix.CLONE_NEWNET) != nil {
		return
	}
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		for _, address := range p.addresses() {
			p.note(time.Now(), address, answers(address))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (p *prober) note(t time.Time, address netip.Addr, up bool) {
	p.mu.Lock()
	change := p.state[address] != up
	if change {
		p.state[address] = up
	}
	if change && up {
		p.arrivals = append(p.arrivals, t)
	}
	p.mu.Unlock()
	if change && p.changed != nil {
		p.changed(t, address, up)
	}
}

// answers tries to connect, in the network namespace of the calling thread.
func answers(address netip.Addr) bool {
	family := unix.AF_INET
	var to unix.Sockaddr = &unix.SockaddrInet4{Port: probePort, Addr: [4]byte(address.AsSlice()[:4])}
	if address.Is6() {
		family, to = unix.AF_INET6, &unix.SockaddrInet6{Port: probePort, Addr: address.As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	patience := unix.NsecToTimeval(int64(probeEvery))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &patience); err != nil {
		return false
	}
	err = unix.Connect(fd, to)
	return err == nil || err == unix.ECONNREFUSED
}
