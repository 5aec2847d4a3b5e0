// Package runtest has runners for tests: programs that answer as told.
package runtest

import (
	"context"
	"sync"

	"ocfbox/internal/run"
)

// A Script is a Runner whose programs are functions. It records what was run. A program that has no
// function is missing, as on a node where it is not installed.
type Script struct {
	// Programs are the answers by program name.
	Programs map[string]Program

	mu    sync.Mutex
	calls []run.Cmd
}

// A Program answers one command.
type Program func(context.Context, run.Cmd) (run.Result, error)

var _ run.Runner = (*Script)(nil)

// Run answers with the program's function.
func (s *Script) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	s.mu.Lock()
	s.calls = append(s.calls, c)
	program := s.Programs[c.Path]
	s.mu.Unlock()
	if program == nil {
		return run.Result{}, &run.Error{Cmd: c, Err: run.ErrNotFound}
	}
	return program(ctx, c)
}

// Calls is what was run so far, in order.
func (s *Script) Calls() []run.Cmd {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]run.Cmd(nil), s.calls...)
}

// Says is a program that exits with code and prints text.
func Says(code int, text string) Program {
	return func(context.Context, run.Cmd) (run.Result, error) {
		return run.Result{Code: code, Stdout: []byte(text)}, nil
	}
}

// Hangs is a program that does not end before its context does.
func Hangs(ctx context.Context, c run.Cmd) (run.Result, error) {
	<-ctx.Done()
	return run.Result{}, &run.Error{Cmd: c, Err: run.ErrTimeout}
}
