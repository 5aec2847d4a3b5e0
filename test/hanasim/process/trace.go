package process

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/text"
)

// A trace is the trace file of a service.
type trace struct{ file *os.File }

func openTrace(s site.System, v site.Service) (*trace, error) {
	path := s.TraceFile(v.Name, v.Port)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	return &trace{file}, err
}

// line writes one line in HANA's layout. All lines are of one thread, as those of one call must be: what a
// provider writes is told from others' by that number. A trace that cannot be written stops nothing.
func (t *trace) line(level byte, component, source, format string, args ...any) {
	_, _ = t.file.WriteString(text.TraceLine(os.Getpid(), time.Now(), level, component, source, fmt.Sprintf(format, args...)))
}

// info is a line of the service itself.
func (t *trace) info(format string, args ...any) {
	t.line('i', "sr_simulator", "Simulator.cpp(00001)", format, args...)
}
