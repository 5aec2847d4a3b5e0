// Package runtest has runners for tests: programs that answer as told.
package runtest

import (
	"context"
	"slices"
	"sync"

	"ocfbox/internal/run"
)

// A Script is a Runner whose programs are functions. It records what was run. A program that has no
// function is missing, as on a node where it is not installed. It may be used by many goroutines.
type Script struct {
	// Programs are the answers by program name.
	Programs map[string]Program

	mu    sync.Mutex
	calls []run.Cmd
}

// A Program answers one command.
type Program func(context.Context, run.Cmd) (run.Result, error)

var _ run.Runner = (*Script)(nil)

// Run answers with the program's function. Like the real runner it starts nothing when ctx has ended.
func (s *Script) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	program := s.record(c)
	switch {
	case program == nil:
		return Fails(run.ErrNotFound)(ctx, c)
	case ctx.Err() != nil:
		return Fails(run.ErrTimeout)(ctx, c)
	}
	return program(ctx, c)
}

func (s *Script) record(c run.Cmd) Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	return s.Programs[c.Path]
}

// Calls is what was run so far, in order.
func (s *Script) Calls() []run.Cmd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Lines are the calls as an operator would read them, for golden files.
func (s *Script) Lines() []string {
	var lines []string
	for _, c := range s.Calls() {
		lines = append(lines, c.String())
	}
	return lines
}

// Says is a program that exits with code and prints text.
func Says(code int, text string) Program {
	return func(context.Context, run.Cmd) (run.Result, error) {
		return run.Result{Code: code, Stdout: []byte(text)}, nil
	}
}

// Complains is a program that exits with code and prints text on standard error.
func Complains(code int, text string) Program {
	return func(context.Context, run.Cmd) (run.Result, error) {
		return run.Result{Code: code, Stderr: []byte(text)}, nil
	}
}

// Rubbish is a program that reports success and prints what no reader expects: neither text nor lines.
func Rubbish() Program { return Says(0, "\x00\xff\xfe<?\x1b[31m=,\r\r\"") }

// Fails is a program that gives no answer: err is run.ErrNotFound, run.ErrTimeout or the system's error.
func Fails(err error) Program {
	return func(_ context.Context, c run.Cmd) (run.Result, error) {
		return run.Result{}, &run.Error{Cmd: c, Err: err}
	}
}

// InTurn is a program that answers each call with the next of programs, and from then on with the last.
func InTurn(programs ...Program) Program {
	var mu sync.Mutex
	return func(ctx context.Context, c run.Cmd) (run.Result, error) {
		mu.Lock()
		next := programs[0]
		if len(programs) > 1 {
			programs = programs[1:]
		}
		mu.Unlock()
		return next(ctx, c)
	}
}

// Hangs is a program that does not end before its context does.
func Hangs(ctx context.Context, c run.Cmd) (run.Result, error) {
	<-ctx.Done()
	return Fails(run.ErrTimeout)(ctx, c)
}
