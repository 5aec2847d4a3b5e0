package process

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/wire"
)

// SAP's times for starting and stopping.
const (
	backupTime      = 3 * time.Second
	nameserverStart = 5 * time.Second
	indexStart      = 8 * time.Second
	serviceStart    = 2 * time.Second
	stopTime        = 2 * time.Second
)

// Descriptors that a service inherits from hdbdaemon: on the first it says what it does, the end of
// the second says that the daemon is gone.
const (
	wordFd = 3 + iota
	lifeFd
)

// A service is a process of the database.
type service struct {
	system  site.System
	service site.Service
	trace   *trace
	// orders is the connection to the nameserver.
	orders *wire.Conn
	// coordinator is what makes a nameserver of a service.
	coordinator *coordinator
	// broken gets the error that ends the process.
	broken chan error

	// mu guards sql, and the change of volume, which is made once.
	mu     sync.Mutex
	volume *volume
	sql    net.Listener
}

// Service is the process of a service; its own name and port say which.
func Service(args []string) int {
	system, err := site.Own()
	if err != nil {
		return failed(err)
	}
	v, err := identify(system, args)
	if err != nil {
		return failed(err)
	}
	t, err := openTrace(system, v)
	if err != nil {
		return failed(err)
	}
	s := &service{system: system, service: v, trace: t, broken: make(chan error, 4)}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM)
	go func() { s.broken <- dieWithDaemon() }()
	go func() { s.broken <- s.run() }()
	select {
	case err = <-s.broken:
	case <-stop:
		err = s.stop()
	}
	if err != nil {
		t.line('e', "sr_simulator", "Simulator.cpp(00004)", "%v", err)
		return failed(err)
	}
	return 0
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, filepath.Base(os.Args[0])+":", err)
	return 1
}

func identify(system site.System, args []string) (site.Service, error) {
	program, port := filepath.Base(args[0]), 0
	if len(args) > 2 && args[1] == "-port" {
		port, _ = strconv.Atoi(args[2])
	}
	services := system.Services()
	i := slices.IndexFunc(services, func(v site.Service) bool {
		return v.Program == program && (port == 0 || v.Port == port)
	})
	if i < 0 {
		return site.Service{}, fmt.Errorf("%s has no service %s at port %d", system.SID, program, port)
	}
	return services[i], nil
}

// dieWithDaemon returns when hdbdaemon is gone.
func dieWithDaemon() error {
	_, err := io.Copy(io.Discard, os.NewFile(lifeFd, "daemon"))
	return errors.Join(errors.New("hdbdaemon is gone"), err)
}

// tell says a word to hdbdaemon. If that is gone, dieWithDaemon knows.
func tell(word string) { _, _ = unix.Write(wordFd, []byte(word+"\n")) }

// run is the life of a service until something breaks.
func (s *service) run() error {
	if s.service.Name == "nameserver" {
		var err error
		if s.coordinator, err = startCoordinator(s); err != nil {
			return err
		}
	}
	if err := s.join(); err != nil {
		return err
	}
	if s.service.Volume > 0 {
		if err := s.openVolume(); err != nil {
			return err
		}
	}
	go func() {
		if err := s.activate(); err != nil {
			s.broken <- err
		}
	}()
	for {
		var o wire.Order
		if err := s.orders.Receive(&o); err != nil {
			return fmt.Errorf("nameserver is gone: %w", err)
		}
		if err := s.obey(o); err != nil {
			return err
		}
	}
}

// join connects to the nameserver.
func (s *service) join() error {
	end := time.Now().Add(time.Minute)
	for {
		conn, err := wire.Dial(s.system.Socket("services"), time.Second)
		if err == nil {
			s.orders = conn
			return conn.Send(wire.ServiceMessage{Service: &s.service})
		}
		if time.Now().After(end) {
			return fmt.Errorf("reach the nameserver: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// openVolume loads the data, takes the first role and opens the replication port.
func (s *service) openVolume() error {
	v, err := newVolume(s.system, s.service, s.trace)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.volume = v
	s.mu.Unlock()
	var o wire.Order
	if err := s.orders.Receive(&o); err != nil {
		return err
	}
	if err := s.obey(o); err != nil {
		return err
	}
	listener, err := listen(s.system, site.ReplicationPort(s.service.Port))
	if err != nil {
		return err
	}
	go v.serveSecondaries(listener, s.askedByOtherSite)
	go func() {
		for m := range v.reports {
			// When the nameserver is gone, the main loop ends us.
			_ = s.orders.Send(m)
		}
	}()
	return nil
}

// stop ends the service as hdbdaemon wants.
func (s *service) stop() error {
	tell("stopping")
	time.Sleep(s.system.Lasts(stopTime))
	// A service may be stopped while it still opens its volume.
	s.mu.Lock()
	v := s.volume
	s.mu.Unlock()
	if v == nil {
		return nil
	}
	return v.shut()
}

// askedByOtherSite passes a request of another site on to the nameserver's coordinator.
func (s *service) askedByOtherSite(conn *wire.Conn, m wire.Message) {
	answer := wire.Message{Kind: wire.Refuse, Why: "only the nameserver is asked that"}
	if s.coordinator != nil {
		var err error
		if answer, err = s.coordinator.askedByOtherSite(m); err != nil {
			answer = wire.Message{Kind: wire.Refuse, Why: err.Error()}
		}
	}
	// A site that went away needs no answer.
	_ = conn.SetDeadline(time.Now().Add(s.system.Lasts(logshippingTimeout)))
	_ = conn.Send(answer)
}

// askLocal asks a process of this instance.
func askLocal(s site.System, process string, q wire.Question, a *wire.Answer) error {
	conn, err := wire.Dial(s.Socket(process), time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Ask(q, a); err != nil {
		return err
	}
	if a.Error != "" {
		return errors.New(a.Error)
	}
	return nil
}

// SiteStatus is the state of the replication to one site.
func SiteStatus(state wire.State, id int) core.Status {
	var all []core.Status
	for _, c := range state.Channels {
		if c.Site == id {
			all = append(all, c.Status)
		}
	}
	return core.Together(all)
}
