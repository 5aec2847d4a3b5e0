package feed

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/drbd"
)

const (
	// maxLog bounds what is read of the kernel's log, in bytes. Its ring has a megabyte at most in practice.
	maxLog = 8 << 20
	// maxRecord is more than the kernel's longest record.
	maxRecord = 16 << 10
)

// kernelLog reads the messages about DRBD from the kernel's log. It starts no program and never waits for a message.
func (s Source) kernelLog() ([]drbd.LogEvent, error) {
	text, err := readRecords(s.kmsg())
	if err != nil {
		return nil, fmt.Errorf("kernel log: %w", &os.PathError{Op: "read", Path: s.kmsg(), Err: err})
	}
	return drbd.ParseKernelLog(text, logClock()), nil
}

// readRecords reads what is there now, and keeps the records that name DRBD. The device gives one record a read; of a
// file each read is some of it, which may end in the midst of a line.
func readRecords(path string) ([]byte, error) {
	// The device would make the poller wait for the next message, so it is read past os.File.
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var kept, rest []byte
	record := make([]byte, maxRecord)
	for read := 0; read < maxLog; {
		n, err := unix.Read(fd, record)
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EPIPE), errors.Is(err, unix.EINVAL):
			// EPIPE: records were overwritten before we came to them; EINVAL: one that is longer than any should be.
			// Both stand at the next record now; the count keeps an odd file from holding us up.
			read++
			continue
		case errors.Is(err, unix.EAGAIN), err == nil && n <= 0:
			return append(kept, withDRBD(rest)...), nil
		case err != nil:
			return nil, err
		}
		read += n
		rest = append(rest, record[:n]...)
		whole := bytes.LastIndexByte(rest, '\n') + 1
		kept = append(kept, withDRBD(rest[:whole])...)
		rest = append(rest[:0], rest[whole:]...)
	}
	return kept, nil
}

// withDRBD are the lines that name DRBD. Most logs have few, so the whole is looked at first.
func withDRBD(text []byte) (lines []byte) {
	if !bytes.Contains(text, []byte("drbd")) {
		return nil
	}
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("drbd")) {
			lines = append(lines, line...)
		}
	}
	return lines
}

// logClock is the clock of the log's stamps: the time since boot without the time asleep.
func logClock() drbd.LogClock {
	now := time.Now()
	var since unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &since); err != nil {
		return drbd.LogClock{Now: now}
	}
	return drbd.LogClock{Now: now, Boot: now.Add(-time.Duration(since.Nano()))}
}
