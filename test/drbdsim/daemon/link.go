package daemon

import (
	"net"
	"sync"
	"time"

	"ocfbox/test/drbdsim/core"
	"ocfbox/test/hanasim/wire"
)

// A frame is what goes over a connection: first who it is, then messages and pings.
type frame struct {
	Resource string        `json:"resource,omitempty"`
	From     string        `json:"from,omitempty"`
	Welcome  bool          `json:"welcome,omitempty"`
	Ping     bool          `json:"ping,omitempty"`
	Message  *core.Message `json:"message,omitempty"`
}

// A link is a connection that stands.
type link struct {
	conn *wire.Conn
	mu   sync.Mutex
	wake *sync.Cond
	// queue are frames that are to be sent; over tells that none follows.
	queue []frame
	over  bool
}

func newLink(conn *wire.Conn) *link {
	l := &link{conn: conn}
	l.wake = sync.NewCond(&l.mu)
	return l
}

func (l *link) send(f frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, f)
	l.wake.Signal()
}

// end lets the connection end when everything is sent.
func (l *link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.wake.Signal()
}

// write sends what is queued, and closes the connection at the end.
func (l *link) write(patience time.Duration) {
	defer l.conn.Close()
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.over {
			l.wake.Wait()
		}
		queue := l.queue
		l.queue = nil
		l.mu.Unlock()
		if len(queue) == 0 {
			return
		}
		for _, f := range queue {
			_ = l.conn.SetWriteDeadline(time.Now().Add(patience))
			if l.conn.Send(f) != nil {
				return
			}
		}
	}
}

// patience is how long a silent peer is believed in.
func patience(n core.Net) time.Duration { return n.PingInt + n.PingTimeout }

// connect makes the connections that are wanted, and ends those that are not. The lock is held.
func (d *daemon) connect() {
	wanted, listening := map[string]bool{}, map[string]bool{}
	for _, w := range d.node.Wishes() {
		key := w.Resource + " " + w.Peer.Name
		if w.Linked {
			wanted[key] = true
		}
		address := w.Peer.Local.String()
		listening[address] = true
		if d.listeners[address] == nil {
			d.listen(address)
		}
		if !w.Linked && d.host < w.Peer.Name && !d.dialing[key] {
			d.dialing[key] = true
			go d.dial(key, w)
		}
	}
	for key, l := range d.links {
		if !wanted[key] {
			delete(d.links, key)
			l.end()
		}
	}
	for address, l := range d.listeners {
		if !listening[address] {
			delete(d.listeners, address)
			l.Close()
		}
	}
}

// listen opens an address. One that is not there yet is tried again at the next beat.
func (d *daemon) listen(address string) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return
	}
	d.listeners[address] = l
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go d.accept(wire.New(conn))
		}
	}()
}

// dial connects to a peer. Of two nodes the one whose name comes first does.
func (d *daemon) dial(key string, w core.Wish) {
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.dialing, key)
	}()
	dialer := net.Dialer{Timeout: patience(w.Net), LocalAddr: &net.TCPAddr{IP: w.Peer.Local.Addr().AsSlice()}}
	raw, err := dialer.Dial("tcp", w.Peer.Remote.String())
	if err != nil {
		time.Sleep(beat)
		return
	}
	conn := wire.New(raw)
	_ = conn.SetDeadline(time.Now().Add(patience(w.Net)))
	var welcome frame
	if conn.Ask(frame{Resource: w.Resource, From: d.host}, &welcome) != nil || !welcome.Welcome {
		conn.Close()
		time.Sleep(beat)
		return
	}
	d.stand(conn, w.Resource, w.Peer.Name, w.Net, nil)
}

// accept takes a connection of a peer that is wanted here.
func (d *daemon) accept(conn *wire.Conn) {
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	var hello frame
	if conn.Receive(&hello) != nil {
		conn.Close()
		return
	}
	d.mu.Lock()
	var net core.Net
	for _, w := range d.node.Wishes() {
		if w.Resource == hello.Resource && w.Peer.Name == hello.From {
			net = w.Net
		}
	}
	d.mu.Unlock()
	if net.PingInt == 0 {
		conn.Close()
		return
	}
	d.stand(conn, hello.Resource, hello.From, net, &frame{Welcome: true})
}

// stand tells the node that a connection stands, and carries messages until its end.
func (d *daemon) stand(conn *wire.Conn, resource, peer string, net core.Net, first *frame) {
	key := resource + " " + peer
	l := newLink(conn)
	d.mu.Lock()
	if !d.node.LinkUp(time.Now(), resource, peer) {
		d.mu.Unlock()
		conn.Close()
		return
	}
	if first != nil {
		l.send(*first)
	}
	d.links[key] = l
	d.settle(false)
	d.mu.Unlock()
	_ = conn.SetDeadline(time.Time{})
	go l.write(patience(net))
	stop := make(chan struct{})
	go pings(l, net.PingInt/2, stop)
	d.read(conn, l, key, resource, peer, net)
	close(stop)
	l.end()
	conn.Close()
}

func pings(l *link, every time.Duration, stop <-chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.send(frame{Ping: true})
		case <-stop:
			return
		}
	}
}

// read takes messages until the connection ends or says nothing for too long.
func (d *daemon) read(conn *wire.Conn, l *link, key, resource, peer string, net core.Net) {
	for {
		_ = conn.SetReadDeadline(time.Now().Add(patience(net)))
		var f frame
		err := conn.Receive(&f)
		d.mu.Lock()
		if d.links[key] != l {
			d.mu.Unlock()
			return
		}
		if err != nil {
			delete(d.links, key)
			d.node.LinkDown(time.Now(), resource, peer)
			d.settle(true)
			d.mu.Unlock()
			return
		}
		if f.Message != nil {
			d.node.Receive(time.Now(), resource, peer, *f.Message)
			d.settle(f.Message.Kind != core.SyncData && f.Message.Kind != core.SyncAck)
		}
		d.mu.Unlock()
	}
}
