package ocf

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/run"
)

// A sink is one place for log lines. It must not block and has nobody to report an error to.
type sink func(level Level, now time.Time, message string)

// chooseSinks are the sinks in force, and those among them that are not standard error.
func chooseSinks(env *Env, c *Call, tag string) (all, others []sink) {
	if env.Terminal != nil && env.Terminal() {
		prefix := ""
		if given := env.get("HA_LOGTAG"); given != "" {
			prefix = given + ": "
		}
		return []sink{lineSink(env.Stderr, func(level Level, _ time.Time, message string) string {
			return prefix + level.word() + ": " + message + "\n"
		})}, nil
	}
	all, others = ordinarySinks(env, c, tag)
	if env.get("HA_LOGD") == "yes" || (True(env.get("HA_use_logd")) && env.get("HA_LOGD") == "") {
		daemon := &logDaemon{runner: env.Runner, tag: tag}
		return []sink{daemon.orElse(all)}, []sink{daemon.orElse(others)}
	}
	return all, others
}

// ordinarySinks are syslog and files, or standard error when neither is configured.
func ordinarySinks(env *Env, c *Call, tag string) (all, others []sink) {
	dated := func(now time.Time) string { return date(env.or("HA_DATEFMT", defaultDate), now) }
	if facility := env.get("HA_LOGFACILITY"); facility != "" && facility != "none" {
		others = append(others, systemLog(env, c, tag, facility))
	}
	logFile := env.get("HA_LOGFILE")
	if logFile != "" {
		others = append(others, lineSink(appender(logFile), func(level Level, now time.Time, message string) string {
			return dated(now) + " " + tag + ":    " + level.word() + ": " + message + "\n"
		}))
	}
	if len(others) == 0 {
		all = append(all, lineSink(env.Stderr, func(level Level, now time.Time, message string) string {
			return dated(now) + level.word() + ": " + message + "\n"
		}))
	}
	if path := env.or("HA_DEBUGLOG", "/dev/null"); path != logFile && path != "/dev/null" {
		others = append(others, lineSink(appender(path), func(level Level, now time.Time, message string) string {
			return tag + ":\t" + dated(now) + level.word() + ": " + message + "\n"
		}))
	}
	return append(all, others...), others
}

// lineSink gives each line to one Write.
func lineSink(to io.Writer, line func(Level, time.Time, string) string) sink {
	return func(level Level, now time.Time, message string) {
		_, _ = io.WriteString(to, line(level, now, message))
	}
}

// An appender is the path of a file to which each Write is appended as a whole, so that the lines of
// several agents do not mix. It never waits: a pipe that nobody empties loses the line.
type appender string

// Write opens the file, writes once, and closes it again, so that a rotated log is followed.
func (a appender) Write(line []byte) (int, error) {
	fd, err := openAppending(string(a), 0o644)
	if err != nil {
		return 0, err
	}
	defer unix.Close(int(fd))
	return fd.Write(line)
}

// A descriptor is an open file of the kernel's, without package os's waiting for it.
type descriptor int

func openAppending(path string, mode uint32) (descriptor, error) {
	const flags = unix.O_WRONLY | unix.O_APPEND | unix.O_CREAT | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY
	fd, err := unix.Open(path, flags, mode)
	return descriptor(fd), err
}

func (d descriptor) Write(p []byte) (int, error) { return unix.Write(int(d), p) }

// A logDaemon is heartbeat's ha_logd.
type logDaemon struct {
	runner run.Runner
	tag    string
	down   atomic.Bool
}

// orElse is the daemon as a sink, with others for what it does not take. One that failed is not asked
// again by this call.
func (d *logDaemon) orElse(others []sink) sink {
	return func(level Level, now time.Time, message string) {
		if !d.down.Load() && d.send(level, message) {
			return
		}
		d.down.Store(true)
		for _, write := range others {
			write(level, now, message)
		}
	}
}

func (d *logDaemon) send(level Level, message string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	args := []string{"-t", d.tag}
	if level == Debug {
		args = append(args, "-D", "ha-debug")
	}
	result, err := d.runner.Run(ctx, run.Cmd{Path: "ha_logger", Args: append(args, level.word()+": "+message)})
	return err == nil && result.OK()
}
