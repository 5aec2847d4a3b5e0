package feed

import (
	"bytes"
	"context"
	"os"

	"ocfbox/internal/drbd"
	"ocfbox/internal/run"
)

// A stream is a running `drbdsetup events2`: never asked for one resource alone, because such a stream has been seen
// to fall silent (replication-checker.md 1.4).
type stream struct {
	// lines are what it says; ended gets its end.
	lines chan string
	ended chan error
	// tell is where it is asked for statistics, nil when it cannot be.
	tell *os.File
	stop context.CancelFunc
}

// startStream starts one. poll asks for one that can be asked for statistics. What it started ends with ctx, and with
// close, which must be called.
func startStream(ctx context.Context, runner run.Runner, poll bool) (*stream, error) {
	ctx, cancel := context.WithCancel(ctx)
	s := &stream{lines: make(chan string), ended: make(chan error, 1), stop: cancel}
	c := run.Cmd{Path: drbdsetup, Args: []string{"events2", "--statistics"}, Output: &lineWriter{ctx: ctx, to: s.lines}}
	var input *os.File
	if poll {
		var err error
		if input, s.tell, err = os.Pipe(); err != nil {
			cancel()
			return nil, err
		}
		c.Args = append(c.Args, "--poll")
		c.Input = input
	}
	go func() {
		result, err := runner.Run(ctx, c)
		if input != nil {
			_ = input.Close()
		}
		if err == nil {
			err = &AnswerError{Command: c, Code: result.Code, Text: result.FirstError()}
		}
		s.ended <- err
	}()
	return s, nil
}

// ask asks for statistics; the answer are lines as any other. A stream that has ended is noticed by its end.
func (s *stream) ask() {
	if s.tell != nil {
		_, _ = s.tell.WriteString("n\n")
	}
}

// close ends the stream and waits for that.
func (s *stream) close() {
	s.stop()
	if s.tell != nil {
		_ = s.tell.Close()
	}
	<-s.ended
}

// maxLine bounds a line of the stream, in bytes.
const maxLine = 64 << 10

// A lineWriter cuts what is written into lines and hands them on, until its context ends.
type lineWriter struct {
	ctx  context.Context
	to   chan<- string
	rest []byte
}

// Write takes a part of the output. The error ends the program's output.
func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 {
			break
		}
		line := string(w.rest[:end])
		w.rest = w.rest[end+1:]
		select {
		case w.to <- line:
		case <-w.ctx.Done():
			return len(p), w.ctx.Err()
		}
	}
	if len(w.rest) > maxLine {
		return len(p), drbd.ErrUnreadable
	}
	return len(p), nil
}
