// Package wire is what the simulator's processes say to each other: JSON messages, one a line, over
// local sockets inside an instance and over TCP between sites and to clients.
//
// SAP's protocols are not public and differ: nothing of SAP's can talk to this.
package wire

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// longest is the length of a message that is still taken.
const longest = 64 << 20

// A Conn carries messages. Send may be called by several goroutines, Receive by one.
type Conn struct {
	net.Conn
	lines *bufio.Scanner
	mu    sync.Mutex
	late  atomic.Bool
}

// New makes a Conn of a connection.
func New(c net.Conn) *Conn {
	lines := bufio.NewScanner(c)
	lines.Buffer(make([]byte, 4096), longest)
	return &Conn{Conn: c, lines: lines}
}

// Dial connects to a local socket.
func Dial(socket string, patience time.Duration) (*Conn, error) {
	c, err := net.DialTimeout("unix", socket, patience)
	if err != nil {
		return nil, err
	}
	return New(c), nil
}

// Send writes a message.
func (c *Conn) Send(message any) error {
	text, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode %T: %w", message, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err = c.Write(append(text, '\n'))
	return c.noted(err)
}

// noted remembers whether the other side took too long.
func (c *Conn) noted(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.late.Store(true)
	}
	return err
}

// TimedOut tells whether a deadline ended the connection.
func (c *Conn) TimedOut() bool { return c.late.Load() }

// Receive reads the next message. At the end of the connection the error is net.ErrClosed.
func (c *Conn) Receive(message any) error {
	if !c.lines.Scan() {
		if err := c.lines.Err(); err != nil {
			return c.noted(err)
		}
		return net.ErrClosed
	}
	if err := json.Unmarshal(c.lines.Bytes(), message); err != nil {
		return fmt.Errorf("decode %T: %w", message, err)
	}
	return nil
}

// Ask sends a question and reads its answer.
func (c *Conn) Ask(question, answer any) error {
	if err := c.Send(question); err != nil {
		return err
	}
	return c.Receive(answer)
}
