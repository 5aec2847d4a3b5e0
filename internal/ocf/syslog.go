package ocf

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	journalSocket = "/run/systemd/journal/socket"
	syslogSocket  = "/dev/log"
)

// systemLog sends lines to the journal with fields when there is one, else to syslog. A full or
// missing socket loses the line: an action never waits for a log.
func systemLog(env *Env, c *Call, tag, facility string) sink {
	number := facilityNumber(facility)
	journal, syslog := env.Journal, env.Syslog
	if journal == "" {
		journal = journalSocket
	}
	if syslog == "" {
		syslog = syslogSocket
	}
	return func(level Level, now time.Time, message string) {
		message = level.word() + ": " + message
		fields := fmt.Sprintf("PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\n"+
			"OCF_AGENT=%s\nOCF_RESOURCE=%s\nOCF_ACTION=%s\nMESSAGE=%s\n",
			level, number, tag, c.Agent, oneLine(c.Instance, maxTag), c.Action, message)
		if sendDatagram(journal, fields) {
			return
		}
		sendDatagram(syslog, fmt.Sprintf("<%d>%s %s: %s", number*8+int(level), now.Format(time.Stamp), tag, message))
	}
}

// Note sends one line of a program that is no agent to the journal, else to syslog, under the name tag. It is
// lost when neither is there.
func Note(tag string, level Level, message string) {
	const daemon = 3
	message = oneLine(message, maxLine)
	fields := fmt.Sprintf("PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n", level, daemon, tag, message)
	if !sendDatagram(journalSocket, fields) {
		sendDatagram(syslogSocket, fmt.Sprintf("<%d>%s %s: %s", daemon*8+int(level), time.Now().Format(time.Stamp), tag, message))
	}
}

// sendDatagram is one socket, one try, no waiting.
func sendDatagram(path, text string) bool {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	return unix.Sendto(fd, []byte(text), unix.MSG_NOSIGNAL, &unix.SockaddrUnix{Name: path}) == nil
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
