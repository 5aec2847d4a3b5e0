package rack

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/network"
)

// ProcessName is what the rack process is called; it is process 1 of its own namespace.
const ProcessName = "ocflab-rack"

// Descriptors that the rack inherits.
const (
	lockFd = 3 + iota
	listenerFd
)

// rack is the state of a running laboratory.
type rack struct {
	id, folder string
	cabling    *network.Cabling

	// power is held while machines are switched: orders are carried out one after the other.
	power sync.Mutex
	// lives guards why and bootErr of lives, and mode.
	lives sync.Mutex
	mode  fence.Mode
	slots []*slot
	disks []*sharedDisk
	// software is the Spec's.
	software string

	journal journal
}

// Main is the rack process. It never returns while the laboratory is up.
func Main(id string) int {
	signal.Ignore(unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGPIPE)
	log.Printf("rack: %v", serve(id))
	return 1
}

// serve answers requests until that goes wrong.
func serve(id string) error {
	unix.CloseOnExec(lockFd)
	file := os.NewFile(listenerFd, "control")
	listener, err := net.FileListener(file)
	if err != nil {
		return err
	}
	file.Close()
	place, err := NewPlace(id)
	if err != nil {
		return err
	}
	r := &rack{id: place.ID, folder: place.file("rack"), mode: fence.Works}
	if err := r.prepare(); err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go r.answer(conn.(*net.UnixConn))
	}
}

// prepare makes the room for disks, which no other mount namespace sees, and the switches.
func (r *rack) prepare() (err error) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := os.MkdirAll(r.folder, 0o700); err != nil {
		return err
	}
	if err := unix.Mount("ocflab", r.folder, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=755"); err != nil {
		return fmt.Errorf("mount %s: %w", r.folder, err)
	}
	for _, sub := range []string{"image", "power", "disks", "roots"} {
		if err := os.Mkdir(filepath.Join(r.folder, sub), 0o755); err != nil {
			return err
		}
	}
	r.cabling, err = network.New()
	return err
}

func (r *rack) answer(conn *net.UnixConn) {
	defer conn.Close()
	var q request
	if err := json.NewDecoder(conn).Decode(&q); err != nil {
		return
	}
	switch q.Op {
	case opEvents:
		r.journal.stream(conn)
		return
	case opPidfd:
		if err := r.passProcess(conn, q.Node); err != nil {
			respond(conn, reply{Error: err.Error()})
		}
		return
	}
	p := reply{}
	if err := r.do(q, conn, &p); err != nil {
		p.Error = err.Error()
	}
	respond(conn, p)
}

func respond(conn net.Conn, p reply) {
	// A client that went away needs no answer.
	_ = json.NewEncoder(conn).Encode(p)
}

func (r *rack) do(q request, conn net.Conn, p *reply) error {
	switch q.Op {
	case opSetUp:
		stands := make(chan struct{})
		defer close(stands)
		go dieWith(conn, stands)
		return r.setUp(*q.Spec)
	case opStatus:
		p.Status = r.status()
		return nil
	case opFence:
		r.setMode(q.Mode)
		return nil
	case opReset:
		return r.reset()
	}
	s, err := r.find(q.Node)
	if err != nil {
		return err
	}
	switch q.Op {
	case opPower:
		if q.Cut {
			return r.off(s, "power loss")
		}
		return errors.Join(r.on(s), r.awaitBoot(s))
	case opLink:
		what := map[bool]string{true: LinkCut, false: LinkHealed}[q.Cut]
		r.record(Event{Node: s.Name, What: what, Detail: q.Link})
		return r.cabling.Set(s.Name, q.Link, q.Cut)
	}
	return fmt.Errorf("request %q is unknown", q.Op)
}

// dieWith ends the whole laboratory when the client that wanted it goes away before it stands.
func dieWith(conn net.Conn, stands <-chan struct{}) {
	// The client never writes: this returns when either side closes.
	_, _ = conn.Read(make([]byte, 1))
	select {
	case <-stands:
	default:
		log.Print("rack: `up` went away before the laboratory stood; ending it")
		os.Exit(1)
	}
}

func (r *rack) find(name string) (*slot, error) {
	for _, s := range r.slots {
		if s.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("there is no node %q", name)
}

func (r *rack) setMode(m fence.Mode) {
	r.lives.Lock()
	r.mode = m
	r.lives.Unlock()
	r.record(Event{What: Fencing, Detail: "the device now " + string(m)})
}

func (r *rack) status() *Status {
	r.lives.Lock()
	mode := r.mode
	r.lives.Unlock()
	s := &Status{ID: r.id, Software: r.software, Fencing: mode, Clashes: r.journal.all(DiskClash)}
	for _, slot := range r.slots {
		on, disks := r.look(slot)
		s.Nodes = append(s.Nodes, State{
			Name: slot.Name, On: on, Cut: r.cabling.Cut(slot.Name), Observer: slot.Observer, Disks: disks,
		})
	}
	return s
}

// record notes what happened, now unless e says when.
func (r *rack) record(e Event) {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	log.Printf("%s %s %s", e.Node, e.What, e.Detail)
	r.journal.add(e)
}

// passProcess sends a descriptor of a machine's process 1, or of the rack itself for no name.
func (r *rack) passProcess(conn *net.UnixConn, name string) error {
	pid := os.Getpid()
	if name != "" {
		s, err := r.find(name)
		if err != nil {
			return err
		}
		r.power.Lock()
		defer r.power.Unlock()
		if !s.alive() {
			return fmt.Errorf("node %s is off", name)
		}
		pid = s.now.process.Process.Pid
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return fmt.Errorf("open process 1 of %s: %w", name, err)
	}
	defer unix.Close(fd)
	_, _, err = conn.WriteMsgUnix([]byte("{}\n"), unix.UnixRights(fd), nil)
	return err
}
