// Package run starts other programs, and is the only package that does.
//
// A program is called with an argument vector, an environment that the caller can state in full, and a
// context that ends it. There is no shell. What a program answers with its exit code is a [Result];
// an error means that no answer was had: the program is missing, could not be started, or was ended
// because its time was up. Not knowing and "no" are never the same value.
package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A Cmd says what to start. The zero values are the safe ones: no input, a minimal environment,
// output bounded at [DefaultOutput].
type Cmd struct {
	// Path is the program: an absolute path, or a name that is looked up in the runner's directories.
	Path string
	// Args are the arguments after the program's name.
	Args []string
	// Env is added to the runner's base environment as NAME=value; a later entry wins.
	Env []string
	// Stdin is what the program reads; nil is an empty input.
	Stdin []byte
	// Input, when not nil, is the program's standard input in place of Stdin, such as the reading end of
	// a pipe through which the program is spoken to while it runs. It stays the caller's to close.
	Input *os.File
	// Output, when not nil, receives standard output while the program runs; the Result has none then,
	// and MaxOutput does not bound it. An error of its Write ends the program's output, not the program.
	Output io.Writer
	// Dir is the working directory; empty is "/".
	Dir string
	// MaxOutput bounds each of the two outputs in bytes; what exceeds it is read and dropped.
	// 0 is DefaultOutput.
	MaxOutput int
}

// DefaultOutput is the bound on each output stream of a command that names none, in bytes. A CIB of a
// big cluster has about one megabyte.
const DefaultOutput = 16 << 20

// String is the command as an operator would read it, for logs and messages; it is not meant to be
// given to a shell.
func (c Cmd) String() string {
	words := make([]string, 0, 1+len(c.Args))
	for _, word := range append([]string{c.Path}, c.Args...) {
		if word == "" || strings.ContainsAny(word, " \t\n'\"\\") {
			word = fmt.Sprintf("%q", word)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// A Result is what a program answered.
type Result struct {
	// Code is the exit code, or 128 plus the signal's number when a signal that was not ours ended it.
	Code int
	// Stdout and Stderr are the outputs, each cut at the command's bound.
	Stdout, Stderr []byte
	// Truncated tells that an output was longer than its bound.
	Truncated bool
	// Took is how long the program ran.
	Took time.Duration
}

// OK reports whether the program exited with 0.
func (r Result) OK() bool { return r.Code == 0 }

// Text is the standard output without white space around it.
func (r Result) Text() string { return strings.TrimSpace(string(r.Stdout)) }

// FirstError is the first line of standard error that says something, for messages.
func (r Result) FirstError() string {
	for line := range strings.Lines(string(r.Stderr)) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return ""
}

// A Runner runs a command to its end, or fails because it could not be started or because ctx ended
// first. A non-zero exit code is a Result, not an error.
type Runner interface {
	Run(context.Context, Cmd) (Result, error)
}

var (
	// ErrNotFound is returned when there is no such program on this node.
	ErrNotFound = errors.New("program not found")
	// ErrTimeout is returned when the context ended before the program did; the program and its
	// process group have been killed.
	ErrTimeout = errors.New("no answer in time")
)

// An Error says which command could not be run to its end. It wraps ErrNotFound, ErrTimeout or what
// the system said.
type Error struct {
	Cmd Cmd
	Err error
	// After is how long the program had run.
	After time.Duration
}

// Error names the program and the cause.
func (e *Error) Error() string {
	if errors.Is(e.Err, ErrTimeout) {
		return fmt.Sprintf("run %s: %v after %v", e.Cmd.Path, e.Err, e.After.Round(10*time.Millisecond))
	}
	return fmt.Sprintf("run %s: %v", e.Cmd.Path, e.Err)
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }
