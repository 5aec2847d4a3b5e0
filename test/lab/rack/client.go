package rack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/fence"
)

// A Client talks to the rack of one laboratory.
type Client struct {
	Place Place
}

// ErrDown says that there is no such laboratory.
var ErrDown = errors.New("is not up")

// Start makes a laboratory and boots its nodes. It returns when all services on all nodes
// answer; when they do not, it leaves nothing behind. The error wraps ErrUp when there is
// one of that name. What an interrupted run left is removed first; cleaned tells so.
func Start(ctx context.Context, p Place, s Spec) (c Client, cleaned bool, err error) {
	lock, err := p.lock()
	if err != nil {
		return Client{}, false, err
	}
	if cleaned, err = p.sweep(); err == nil {
		err = launch(p, lock)
	}
	// From here on the rack has it, if there is one.
	lock.Close()
	c = Client{p}
	if err == nil {
		_, err = c.ask(ctx, request{Op: opSetUp, Spec: &s})
	}
	if err != nil {
		_, removed := Remove(p)
		return Client{}, cleaned, errors.Join(fmt.Errorf("start the rack: %w", err), removed)
	}
	return c, cleaned, nil
}

// launch starts the rack process, with the lock and an open control socket.
func launch(p Place, lock *os.File) error {
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: p.file("control"), Net: "unix"})
	if err != nil {
		return err
	}
	listener.SetUnlinkOnClose(false)
	defer listener.Close()
	control, err := listener.File()
	if err != nil {
		return err
	}
	defer control.Close()
	log, err := os.OpenFile(p.LogFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{ProcessName, p.ID}, Dir: "/", Env: []string{p.Mark()},
		Stdout: log, Stderr: log, ExtraFiles: []*os.File{lock, control},
		SysProcAttr: &syscall.SysProcAttr{
			Setsid: true, Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET,
		},
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	// Collect it if it ends before we do. Nobody cares for the code: the socket is closed then.
	go func() { _ = cmd.Wait() }()
	return nil
}

// dial connects to the rack. The error wraps ErrDown when there is none.
func (c Client) dial(ctx context.Context) (*net.UnixConn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", c.Place.file("control"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("laboratory %s %w", c.Place.Label(), ErrDown)
	}
	if err != nil {
		return nil, fmt.Errorf("reach laboratory %s: %w", c.Place.Label(), err)
	}
	return conn.(*net.UnixConn), nil
}

func (c Client) ask(ctx context.Context, q request) (reply, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	var p reply
	if err := json.NewEncoder(conn).Encode(q); err != nil {
		return p, fmt.Errorf("ask the rack for %s: %w", q.Op, err)
	}
	if err := json.NewDecoder(conn).Decode(&p); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return p, fmt.Errorf("wait for the rack's answer to %s: %w", q.Op, err)
	}
	if p.Error != "" {
		return p, errors.New(p.Error)
	}
	return p, nil
}

// Status asks for the state of all nodes.
func (c Client) Status(ctx context.Context) (Status, error) {
	p, err := c.ask(ctx, request{Op: opStatus})
	if err != nil {
		return Status{}, err
	}
	return *p.Status, nil
}

// Crash takes the power from a node. Its processes, memory and network are gone on return.
func (c Client) Crash(ctx context.Context, node string) error {
	_, err := c.ask(ctx, request{Op: opPower, Node: node, Cut: true})
	return err
}

// Boot switches a node on and waits until its services answer.
func (c Client) Boot(ctx context.Context, node string) error {
	_, err := c.ask(ctx, request{Op: opPower, Node: node})
	return err
}

// SetLink cuts or heals the cable of a node to a local network.
func (c Client) SetLink(ctx context.Context, node, link string, cut bool) error {
	_, err := c.ask(ctx, request{Op: opLink, Node: node, Link: link, Cut: cut})
	return err
}

// SetFencing changes how the fencing device behaves.
func (c Client) SetFencing(ctx context.Context, m fence.Mode) error {
	_, err := c.ask(ctx, request{Op: opFence, Mode: m})
	return err
}

// Reset brings all members back to the state they had after Start.
func (c Client) Reset(ctx context.Context) error {
	_, err := c.ask(ctx, request{Op: opReset})
	return err
}

// Events calls do for everything that happened and happens, until ctx ends.
func (c Client) Events(ctx context.Context, do func(Event)) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if err := json.NewEncoder(conn).Encode(request{Op: opEvents}); err != nil {
		return err
	}
	for events := json.NewDecoder(conn); ; {
		var e Event
		if err := events.Decode(&e); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("read events of the rack: %w", err)
		}
		do(e)
	}
}

// Process returns a descriptor (a pidfd) of a node's process 1, for package node to enter;
// for no node, of the rack itself. The caller closes it.
func (c Client) Process(ctx context.Context, node string) (*os.File, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := json.NewEncoder(conn).Encode(request{Op: opPidfd, Node: node}); err != nil {
		return nil, err
	}
	text, rights := make([]byte, 4096), make([]byte, unix.CmsgSpace(4))
	n, nr, _, _, err := conn.ReadMsgUnix(text, rights)
	if err != nil {
		return nil, fmt.Errorf("ask the rack for process 1 of %s: %w", node, err)
	}
	var p reply
	if err := json.Unmarshal(text[:n], &p); err != nil {
		return nil, err
	}
	if p.Error != "" {
		return nil, errors.New(p.Error)
	}
	return received(rights[:nr])
}

func received(rights []byte) (*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	if len(messages) != 1 {
		return nil, errors.New("the rack passed no descriptor")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(fds[0])
	return os.NewFile(uintptr(fds[0]), "process 1"), nil
}
