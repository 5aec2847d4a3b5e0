package process

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// restartTime is how long hdbdaemon waits before it starts a service again.
const restartTime = 5 * time.Second

// A daemon is hdbdaemon: it starts the services, and again those that die. The death of the nameserver,
// and its own, is the end of the instance.
type daemon struct {
	system  site.System
	started time.Time
	// life is closed with this process; services hold the other end.
	life *os.File

	// children are the same from the beginning to the end; what they are is behind mu.
	children []*child

	mu       sync.Mutex
	stopping bool
	over     chan error
}

// A child is a service as hdbdaemon sees it.
type child struct {
	service site.Service
	process *os.Process
	state   string
	started time.Time
	gone    chan struct{}
}

// newDaemon has all services of the system before it is asked for them: one without any would seem to run.
func newDaemon(system site.System) *daemon {
	d := &daemon{system: system, started: time.Now(), over: make(chan error, 1)}
	for _, v := range system.Services() {
		d.children = append(d.children, &child{service: v, state: "stopped"})
	}
	return d
}

// Daemon is the process hdbdaemon.
func Daemon() int {
	system, err := site.Own()
	if err != nil {
		return failed(err)
	}
	signal.Ignore(unix.SIGHUP, unix.SIGPIPE)
	d := newDaemon(system)
	theirs, ours, err := os.Pipe()
	if err != nil {
		return failed(err)
	}
	defer ours.Close()
	d.life = theirs
	socket, err := net.Listen("unix", system.Socket("daemon"))
	if err != nil {
		return failed(fmt.Errorf("open the daemon's socket: %w", err))
	}
	go accept(socket, d.answer)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM, unix.SIGINT)
	go d.startAll()
	select {
	case err = <-d.over:
	case <-stop:
		d.stop()
		err = <-d.over
	}
	if err != nil {
		return failed(err)
	}
	return 0
}

// startAll starts the services one after the other; the nameserver must work before the others start.
func (d *daemon) startAll() {
	for _, c := range d.children {
		if err := d.start(c); err != nil {
			d.end(err)
			return
		}
		if c.service.Name == "nameserver" && !d.awaitNameserver(c) {
			return
		}
	}
}

// awaitNameserver returns when services can join the nameserver, or false when it died first.
func (d *daemon) awaitNameserver(c *child) bool {
	for {
		conn, err := wire.Dial(d.system.Socket("nameserver"), time.Second)
		if err == nil {
			conn.Close()
			return true
		}
		select {
		case <-c.gone:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// start runs a service.
func (d *daemon) start(c *child) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopping {
		return nil
	}
	words, theirs, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirs.Close()
	cmd := exec.Command(d.system.Executable(c.service.Program))
	cmd.Args = d.system.Args(c.service)
	cmd.Dir = d.system.HostFolder()
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{theirs, d.life}
	if err := cmd.Start(); err != nil {
		words.Close()
		return fmt.Errorf("start %s: %w", c.service.Program, err)
	}
	c.process, c.state, c.started, c.gone = cmd.Process, "starting", time.Now(), make(chan struct{})
	go d.attend(c, cmd, words)
	return nil
}

// attend follows a service to its end.
func (d *daemon) attend(c *child, cmd *exec.Cmd, words *os.File) {
	lines := bufio.NewScanner(words)
	for lines.Scan() {
		d.mu.Lock()
		c.state = lines.Text()
		d.mu.Unlock()
	}
	words.Close()
	// How a service ended does not matter: it is gone.
	_ = cmd.Wait()
	d.mu.Lock()
	c.state, c.process = "stopped", nil
	close(c.gone)
	stopping := d.stopping
	d.mu.Unlock()
	switch {
	case stopping:
	case c.service.Name == "nameserver":
		d.end(fmt.Errorf("nameserver ended: the instance ends"))
	default:
		time.Sleep(d.system.Lasts(restartTime))
		if err := d.start(c); err != nil {
			d.end(err)
		}
	}
}

func (d *daemon) end(err error) {
	select {
	case d.over <- err:
	default:
	}
}

// stop ends all services, the last one started first.
func (d *daemon) stop() {
	d.mu.Lock()
	again := d.stopping
	d.stopping = true
	d.mu.Unlock()
	if again {
		return
	}
	// A nameserver that does not answer is stopped all the same.
	told := make(chan struct{})
	go func() {
		defer close(told)
		var a wire.Answer
		_ = askLocal(d.system, "nameserver", wire.Question{Ask: wire.AskStopping}, &a)
	}()
	select {
	case <-told:
	case <-time.After(d.system.Lasts(5 * time.Second)):
	}
	var others sync.WaitGroup
	for _, c := range d.children[1:] {
		others.Go(func() { d.stopOne(c) })
	}
	others.Wait()
	d.stopOne(d.children[0])
	d.end(nil)
}

// stopOne ends a service: with patience, as forcedterminationtimeout says, then without.
func (d *daemon) stopOne(c *child) {
	d.mu.Lock()
	process, gone := c.process, c.gone
	d.mu.Unlock()
	if process == nil {
		return
	}
	// A service that is gone by now is as good.
	_ = process.Signal(unix.SIGTERM)
	select {
	case <-gone:
	case <-time.After(d.system.Lasts(270 * time.Second)):
		_ = process.Kill()
		<-gone
	}
}

// answer tells sapstartsrv about the processes.
func (d *daemon) answer(conn *wire.Conn) {
	var q wire.Question
	if conn.Receive(&q) != nil {
		return
	}
	_ = conn.Send(wire.Answer{Processes: d.processes()})
}
