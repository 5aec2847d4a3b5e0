package node

import (
	"net"
	"os"
	"strings"
	"time"
)

// collectLog answers at /dev/log, as a system logger would, and appends what arrives to
// SystemLog, each line with the time it came.
func collectLog() error {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/dev/log", Net: "unixgram"})
	if err != nil {
		return err
	}
	if err := os.Chmod("/dev/log", 0o666); err != nil {
		return err
	}
	log, err := openLog(SystemLog)
	if err != nil {
		return err
	}
	go func() {
		buffer := make([]byte, 64<<10)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			// A log that cannot be written must not take process 1 with it.
			_, _ = log.WriteString(logLine(time.Now(), string(buffer[:n])))
		}
	}()
	return nil
}

// logLine removes the priority that comes before a message.
func logLine(now time.Time, message string) string {
	if strings.HasPrefix(message, "<") {
		if _, rest, ok := strings.Cut(message, ">"); ok {
			message = rest
		}
	}
	return now.Format("2006-01-02T15:04:05.000") + " " + strings.TrimRight(message, "\n\x00") + "\n"
}
