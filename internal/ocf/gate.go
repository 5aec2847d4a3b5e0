package ocf

import (
	"io"
	"sync"
)

// A gate passes writes on until it is shut, one at a time. It keeps an action that was given up, and
// still runs, from writing behind the exit reason.
type gate struct {
	mu sync.Mutex
	to io.Writer
}

// Write writes, or drops what comes too late.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.to == nil {
		return len(p), nil
	}
	return g.to.Write(p)
}

// shut writes the last words, if any, and lets nothing more through.
func (g *gate) shut(last string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if last != "" {
		_, _ = io.WriteString(g.to, last)
	}
	g.to = nil
}
