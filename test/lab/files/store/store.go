// Package store is the service of the laboratory's file servers: it takes rows over TCP, writes them to a file below a
// folder, and acknowledges each when it is on the disk. Its clients are package writer's.
package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/test/hanasim/wire"
)

// Name is what the program is called, Path where nodes have it, and Port where it listens.
const (
	Name = "ocflab-store"
	Path = "/usr/lib/ocflab/" + Name
	Port = 7007
)

// File is the name, below the folder, of the file with the rows, one a line.
const File = "rows"

// Main serves a folder until it is killed, or asks whether a server is there.
func Main(args []string) int {
	var err error
	switch {
	case len(args) == 2 && args[0] == "serve":
		err = serve(args[1], fmt.Sprintf(":%d", Port))
	case len(args) == 1 && args[0] == "ask":
		err = ask(fmt.Sprintf("127.0.0.1:%d", Port))
	default:
		fmt.Fprintf(os.Stderr, "usage: %s serve FOLDER | ask\n", Name)
		return 2
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", Name, err)
		return 1
	}
	return 0
}

func ask(address string) error {
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err
	}
	return c.Close()
}

func serve(folder, address string) error {
	s, err := open(folder)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		c, err := listener.Accept()
		if err != nil {
			return err
		}
		go s.attend(wire.New(c))
	}
}

// A store is a file of rows.
type store struct {
	mu   sync.Mutex
	file *os.File
	// size is the length of the rows that are whole. What a write that failed has left behind them is written over.
	size int64
}

// open opens the file, or makes it, and drops a torn last row: nobody was promised that.
func open(folder string) (*store, error) {
	file, err := os.OpenFile(filepath.Join(folder, File), unix.O_RDWR|unix.O_CREAT, 0o644)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the rows: %w", err), file.Close())
	}
	s := &store{file: file, size: int64(bytes.LastIndexByte(text, '\n') + 1)}
	if s.size < int64(len(text)) {
		err = file.Truncate(s.size)
	}
	return s, err
}

// attend answers a client.
func (s *store) attend(c *wire.Conn) {
	defer c.Close()
	for {
		var q wire.Question
		if c.Receive(&q) != nil {
			return
		}
		var a wire.Answer
		if err := s.insert(q.SQL); err != nil {
			a.Error = err.Error()
		}
		if c.Send(a) != nil {
			return
		}
	}
}

// insert writes the row of a statement such as "insert into T values ('5')", and returns when it is on the disk.
func (s *store) insert(statement string) error {
	_, rest, begins := strings.Cut(statement, "('")
	row, _, ends := strings.Cut(rest, "')")
	if !begins || !ends || row == "" || strings.Contains(row, "\n") {
		return fmt.Errorf("%q has no row", statement)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.file.WriteAt([]byte(row+"\n"), s.size)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return err
	}
	s.size += int64(n)
	return nil
}
