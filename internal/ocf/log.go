package ocf

import (
	"cmp"
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
	debug bool
	// sinks take every line, others are those among them that are not standard error.
	sinks, others []sink
	// trace is nil unless one is asked for.
	trace *tracer

	mu   sync.Mutex
	step string
}

const (
	// maxLine bounds a message in bytes: with all around it, it fits in one datagram of every syslog.
	maxLine = 1800
	// maxTag bounds the tag in front of it.
	maxTag = 150
)

// newLogger chooses the places for log lines as the shell agents' environment says.
func newLogger(env *Env, c *Call) *Logger {
	tag := env.get("HA_LOGTAG")
	name := cmp.Or(env.applet, c.Agent)
	switch {
	case tag != "":
	case env.get("OCF_RESOURCE_INSTANCE") == "":
		tag = fmt.Sprintf("%s[%d]", name, env.PID)
	default:
		tag = fmt.Sprintf("%s(%s)[%d]", name, c.Instance, env.PID)
	}
	debug := env.get("HA_debug")
	l := &Logger{debug: debug != "" && debug != "0"}
	l.sinks, l.others = chooseSinks(env, c, oneLine(tag, maxTag))
	var err error
	if l.trace, err = openTrace(env, c); err != nil {
		l.Warn("no trace is written: %v", err)
	}
	given := env.get("OCF_TRACE_FILE")
	if l.trace != nil && given != "" && !isTraceDescriptor(given) && !isTraceFile(given) {
		l.Warn("OCF_TRACE_FILE is neither a descriptor from 3 to 9 nor an absolute path: %q", given)
	}
	return l
}

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
	quiet := level == Debug && !l.debug
	if quiet && l.trace == nil {
		return
	}
	message := oneLine(fmt.Sprintf(format, args...), maxLine)
	if l.trace != nil {
		l.trace.write(level.word() + ": " + message)
	}
	if !quiet {
		l.write(l.sinks, level, message)
	}
}

func (l *Logger) write(sinks []sink, level Level, message string) {
	now := time.Now()
	for _, write := range sinks {
		write(level, now, message)
	}
}

// failure logs the reason of a failed action everywhere but on standard error, where the reason
// itself follows.
func (l *Logger) failure(reason string) {
	if l.trace != nil {
		l.trace.write("reason: " + reason)
	}
	l.write(l.others, Err, reason)
}

func (l *Logger) close() {
	if l.trace != nil {
		l.trace.close()
	}
}
