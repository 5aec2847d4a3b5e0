// Package writer is a client that writes rows all the time, as an application would, and remembers which of them
// were acknowledged. It knows an address, not a node: where that leads to is the cluster's business.
package writer

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/wire"
)

// Name is what the program is called.
const Name = "hanasim-writer"

// An Answer is what became of one row: acknowledged, or the error.
type Answer struct {
	Row string `json:"row"`
	// Asked and Answered are on the monotonic clock.
	Asked    time.Duration `json:"asked"`
	Answered time.Duration `json:"answered"`
	Error    string        `json:"error,omitempty"`
}

// A client writes rows one after the other.
type client struct {
	address, table string
	patience       time.Duration
	out            *json.Encoder
	conn           *wire.Conn
}

// Main writes until it is ended, or has written as many rows as asked for. Standard output gets an Answer a line.
func Main(args []string) int {
	flags := flag.NewFlagSet(Name, flag.ContinueOnError)
	address := flags.String("n", "", "host:port of the database")
	table := flags.String("table", "T", "table that is there")
	pause := flags.Duration("every", 20*time.Millisecond, "time between two rows")
	rows := flags.Int("rows", 0, "number of rows, 0 for no end")
	patience := flags.Duration("patience", 10*time.Second, "time to wait for an answer")
	if flags.Parse(args) != nil || *address == "" {
		return 2
	}
	c := &client{address: *address, table: *table, patience: *patience, out: json.NewEncoder(os.Stdout)}
	for i := 1; *rows == 0 || i <= *rows; i++ {
		if err := c.write(fmt.Sprintf("%d-%d", os.Getpid(), i)); err != nil {
			fmt.Fprintln(os.Stderr, Name+":", err)
			return 1
		}
		time.Sleep(*pause)
	}
	return 0
}

// write writes one row and says what became of it. A row whose answer did not come may be there or not.
func (c *client) write(row string) error {
	a := Answer{Row: row, Asked: truth.Now()}
	if err := c.ask(row); err != nil {
		a.Error = err.Error()
		c.hangUp()
	}
	a.Answered = truth.Now()
	return c.out.Encode(a)
}

func (c *client) ask(row string) error {
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.address, c.patience)
		if err != nil {
			return err
		}
		c.conn = wire.New(conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(c.patience)); err != nil {
		return err
	}
	var a wire.Answer
	if err := c.conn.Ask(wire.Question{SQL: fmt.Sprintf("insert into %s values ('%s')", c.table, row)}, &a); err != nil {
		return err
	}
	if a.Error != "" {
		return errors.New(a.Error)
	}
	return nil
}

func (c *client) hangUp() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// Read reads what Main wrote. A torn last line is left out.
func Read(from io.Reader) ([]Answer, error) {
	var answers []Answer
	for lines := json.NewDecoder(from); ; {
		var a Answer
		switch err := lines.Decode(&a); err {
		case nil:
			answers = append(answers, a)
		case io.EOF, io.ErrUnexpectedEOF:
			return answers, nil
		default:
			return answers, fmt.Errorf("read the writer's answers: %w", err)
		}
	}
}
