package ocf

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/run"
)

// newLogger chooses the places for log lines as the shell agents' environment says.
func newLogger(env *Env, c *Call) *Logger {
	tag := env.or("HA_LOGTAG", fmt.Sprintf("%s(%s)[%d]", c.Agent, c.Instance, env.PID))
	if env.get("HA_LOGTAG") == "" && env.get("OCF_RESOURCE_INSTANCE") == "" {
		tag = fmt.Sprintf("%s[%d]", c.Agent, env.PID)
	}
	debug := env.get("HA_debug")
	l := &Logger{tag: tag, debug: debug != "" && debug != "0", trace: openTrace(env, c)}
	var others []sink
	l.sinks, others = chooseSinks(env, c, tag)
	l.fail = func(reason string) {
		for _, write := range others {
			write(Err, time.Now(), reason)
		}
	}
	if l.trace == nil && traceWanted(env, c) {
		l.Warn("trace_ra is set, and no trace can be written to %s", tracePath(env, c))
	}
	return l
}

// chooseSinks are the sinks in force, and those among them that are not standard error.
func chooseSinks(env *Env, c *Call, tag string) (all, others []sink) {
	stderr := func(prefix string, dated bool) sink {
		return func(level Level, now time.Time, message string) {
			date := ""
			if dated {
				date = env.date(now)
			}
			_, _ = io.WriteString(env.Stderr, prefix+date+level.word()+": "+message+"\n")
		}
	}
	if env.Terminal != nil && env.Terminal() {
		prefix := ""
		if given := env.get("HA_LOGTAG"); given != "" {
			prefix = given + ": "
		}
		return []sink{stderr(prefix, false)}, nil
	}
	if env.get("HA_LOGD") == "yes" || (True(env.get("HA_use_logd")) && env.get("HA_LOGD") == "") {
		logd := haLogger(env, tag)
		return []sink{logd}, []sink{logd}
	}
	if facility := env.get("HA_LOGFACILITY"); facility != "" && facility != "none" {
		others = append(others, systemLog(c, tag, facility))
	}
	logFile := env.get("HA_LOGFILE")
	if logFile != "" {
		others = append(others, appendTo(logFile, func(level Level, now time.Time, message string) string {
			return env.date(now) + " " + tag + ":    " + level.word() + ": " + message + "\n"
		}))
	}
	all = others
	if len(others) == 0 {
		all = []sink{stderr("", true)}
	}
	if debugLog := env.or("HA_DEBUGLOG", "/dev/null"); debugLog != logFile && debugLog != "/dev/null" {
		toDebugLog := appendTo(debugLog, func(level Level, now time.Time, message string) string {
			return tag + ":\t" + env.date(now) + level.word() + ": " + message + "\n"
		})
		all, others = append(all, toDebugLog), append(others, toDebugLog)
	}
	return all, others
}

// appendTo writes each line with one write, so that lines of several agents do not mix.
func appendTo(path string, line func(Level, time.Time, string) string) sink {
	return func(level Level, now time.Time, message string) {
		fd, err := unix.Open(path, unix.O_WRONLY|unix.O_APPEND|unix.O_CREAT|unix.O_CLOEXEC|unix.O_NONBLOCK, 0o644)
		if err != nil {
			return
		}
		defer unix.Close(fd)
		_, _ = unix.Write(fd, []byte(line(level, now, message)))
	}
}

// haLogger hands lines to heartbeat's logging daemon.
func haLogger(env *Env, tag string) sink {
	return func(level Level, _ time.Time, message string) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		args := []string{"-t", tag}
		if level == Debug {
			args = append(args, "-D", "ha-debug")
		}
		_, _ = env.Runner.Run(ctx, run.Cmd{Path: "ha_logger", Args: append(args, level.word()+": "+message)})
	}
}

const (
	journalSocket = "/run/systemd/journal/socket"
	syslogSocket  = "/dev/log"
)

// systemLog sends lines to the journal with fields when there is one, else to syslog. A full or
// missing socket loses the line: an action never waits for a log.
func systemLog(c *Call, tag, facility string) sink {
	number := facilityNumber(facility)
	return func(level Level, now time.Time, message string) {
		fields := fmt.Sprintf("PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\n"+
			"OCF_AGENT=%s\nOCF_RESOURCE=%s\nOCF_ACTION=%s\nMESSAGE=%s\n",
			level, number, tag, c.Agent, oneLine(c.Instance, maxLine), c.Action, message)
		if sendDatagram(journalSocket, fields) {
			return
		}
		sendDatagram(syslogSocket, fmt.Sprintf("<%d>%s %s: %s",
			number*8+int(level), now.Format(time.Stamp), tag, message))
	}
}

// sendDatagram is a variable-free way to the logging daemon: one socket, one try, no waiting.
func sendDatagram(path, text string) bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Sendto(fd, []byte(text), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, &unix.SockaddrUnix{Name: path}) == nil
}

// facilityNumber is syslog's number of a facility; an unknown one is daemon, which is Pacemaker's.
func facilityNumber(name string) int {
	switch name {
	case "kern":
		return 0
	case "user":
		return 1
	case "mail":
		return 2
	case "auth", "security":
		return 4
	case "syslog":
		return 5
	case "lpr":
		return 6
	case "news":
		return 7
	case "uucp":
		return 8
	case "cron":
		return 9
	case "authpriv":
		return 10
	case "ftp":
		return 11
	}
	if digit, ok := strings.CutPrefix(name, "local"); ok && len(digit) == 1 && digit[0] >= '0' && digit[0] <= '7' {
		return 16 + int(digit[0]-'0')
	}
	return 3
}

// date is the time in the format that HA_DATEFMT asks for: strftime's letters for dates and times.
func (e *Env) date(now time.Time) string {
	format, set := e.Lookup("HA_DATEFMT")
	if !set {
		format = "%b %d %T "
	}
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		out.WriteString(datePart(now, format[i]))
	}
	return out.String()
}

func datePart(now time.Time, letter byte) string {
	switch letter {
	case 'Y':
		return now.Format("2006")
	case 'y':
		return now.Format("06")
	case 'm':
		return now.Format("01")
	case 'b', 'h':
		return now.Format("Jan")
	case 'd':
		return now.Format("02")
	case 'e':
		return now.Format("_2")
	case 'a':
		return now.Format("Mon")
	case 'H':
		return now.Format("15")
	case 'M':
		return now.Format("04")
	case 'S':
		return now.Format("05")
	case 'T':
		return now.Format("15:04:05")
	case 'F':
		return now.Format("2006-01-02")
	case 'z':
		return now.Format("-0700")
	case 'Z':
		return now.Format("MST")
	case 's':
		return fmt.Sprint(now.Unix())
	case 'N':
		return now.Format("000000000")
	}
	return "%" + string(letter)
}
