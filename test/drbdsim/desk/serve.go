package desk

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"ocfbox/test/hanasim/wire"
)

// A call is a program that was started.
type call struct {
	Host  string
	Words []string
}

// patience is how long a program waits for its answer.
const patience = time.Minute

// Serve answers programs that call by the socket, until it is closed. after is called when one has been answered.
func (d *Desk) Serve(listener net.Listener, after func()) {
	for {
		raw, err := listener.Accept()
		if err != nil {
			return
		}
		conn := wire.New(raw)
		var c call
		if conn.Receive(&c) == nil && len(c.Words) > 1 {
			answer := d.Run(context.Background(), c.Host, c.Words...)
			after()
			_ = conn.Send(answer)
		}
		_ = conn.Close()
	}
}

// Program is the main function of a tool on a node of the desk behind the socket.
func Program(socket, host string, words []string, out, errs io.Writer) int {
	conn, err := wire.Dial(socket, patience)
	if err != nil {
		fmt.Fprintln(errs, err)
		return 20
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	var a Answer
	if err := conn.Ask(call{host, words}, &a); err != nil {
		fmt.Fprintln(errs, err)
		return 20
	}
	fmt.Fprint(out, a.Stdout)
	fmt.Fprint(errs, a.Stderr)
	return a.Code
}
