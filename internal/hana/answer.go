package hana

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"ocfbox/internal/run"
)

var (
	// ErrGarbled says that a tool printed something that is not its answer, or only a part of one.
	ErrGarbled = errors.New("answer not understood")
	// ErrNotStarted says that a tool could not be started as <sid>adm.
	ErrNotStarted = errors.New("tool could not be started")
	// ErrNoUser says that this host has no user <sid>adm, and so no such HANA.
	ErrNoUser = errors.New("no such user")
)

// The lines around an answer that was asked for with --sapcontrol=1.
const (
	markBegin = "SAPCONTROL-OK: <begin>"
	markEnd   = "SAPCONTROL-OK: <end>"
)

// fold is a text's lines without their ends and without blanks around them.
func fold(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// marked are the lines between the markers; complete tells whether both were there. What a login
// profile or a tool prints around them is no part of the answer.
func marked(text string) (lines []string, complete bool) {
	begun := false
	for _, line := range fold(text) {
		switch {
		case line == markBegin:
			lines, begun = nil, true
		case line == markEnd && begun:
			return lines, true
		case begun:
			lines = append(lines, line)
		}
	}
	return lines, false
}

// hungFrom is the first exit status that says that a tool was ended from outside: 124 is timeout's, and
// from 128 on it is a signal. 126 and 127 in between say that it could not be started.
const (
	hungFrom   = 124
	notAllowed = 126
	notFound   = 127
)

// ended is the error of an exit status that is not the tool's own.
func ended(tool string, code int) error {
	switch {
	case code == notAllowed || code == notFound:
		return fmt.Errorf("%s: %w: exit %d", tool, ErrNotStarted, code)
	case code >= hungFrom:
		return fmt.Errorf("%s: %w: exit %d", tool, run.ErrTimeout, code)
	}
	return nil
}

// ReadFile reads a small file, and gives up when ctx ends: SAP's files may lie on network storage, where
// a read can take for ever.
func ReadFile(ctx context.Context, path string) ([]byte, error) {
	type answer struct {
		data []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		data, err := os.ReadFile(path)
		done <- answer{data, err}
	}()
	select {
	case a := <-done:
		return a.data, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("read %s: %w", path, run.ErrTimeout)
	}
}
