package ocf

import (
	"fmt"
	"sync"
	"time"
)

// A Level is one of ocf_log's.
type Level int

// The levels, with syslog's numbers as values.
const (
	Crit  Level = 2
	Err   Level = 3
	Warn  Level = 4
	Info  Level = 6
	Debug Level = 7
)

// word is the level as the shell agents' lines spell it.
func (l Level) word() string {
	switch l {
	case Crit:
		return "CRIT"
	case Err:
		return "ERROR"
	case Warn:
		return "WARNING"
	case Info:
		return "INFO"
	}
	return "DEBUG"
}

// A Logger writes an agent's log lines where the cluster's configuration wants them
// (ocf-framework.md 9), and its trace when one is asked for. One event is one line.
type Logger struct {
	tag   string
	debug bool
	sinks []sink
	trace *tracer
	fail  func(string)

	mu   sync.Mutex
	step string
}

// A sink is one place for log lines. It must not block and has nobody to report an error to.
type sink func(level Level, now time.Time, message string)

// Crit logs what needs a person at once.
func (l *Logger) Crit(format string, args ...any) { l.log(Crit, format, args...) }

// Err logs a failure that the action's own outcome does not say.
func (l *Logger) Err(format string, args ...any) { l.log(Err, format, args...) }

// Warn logs what works and should not be relied on.
func (l *Logger) Warn(format string, args ...any) { l.log(Warn, format, args...) }

// Info logs a change of state or an act.
func (l *Logger) Info(format string, args ...any) { l.log(Info, format, args...) }

// Debug logs what only matters when something is looked into.
func (l *Logger) Debug(format string, args ...any) { l.log(Debug, format, args...) }

// Trace records a step in the trace, if there is one, and remembers it for the message of an action
// that gets stuck.
func (l *Logger) Trace(format string, args ...any) {
	step := fmt.Sprintf(format, args...)
	l.mu.Lock()
	l.step = step
	l.mu.Unlock()
	if l.trace != nil {
		l.trace.write(step)
	}
}

func (l *Logger) lastStep() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return oneLine(l.step, 80)
}

func (l *Logger) log(level Level, format string, args ...any) {
	if l.trace == nil && level == Debug && !l.debug {
		return
	}
	message := oneLine(fmt.Sprintf(format, args...), maxLine)
	if l.trace != nil {
		l.trace.write(level.word() + ": " + message)
	}
	if level == Debug && !l.debug {
		return
	}
	now := time.Now()
	for _, write := range l.sinks {
		write(level, now, message)
	}
}

// maxLine bounds a log line in bytes: what fits in one datagram of every syslog.
const maxLine = 1800

// failure logs the reason of a failed action everywhere but on standard error, where the reason
// itself follows.
func (l *Logger) failure(reason string) {
	if l.trace != nil {
		l.trace.write("reason: " + reason)
	}
	l.fail(reason)
}

func (l *Logger) close() {
	if l.trace != nil {
		l.trace.close()
	}
}
