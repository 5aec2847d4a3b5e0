package mount

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// infoFile is where the kernel tells about this process's mounts (proc_pid_mountinfo(5)).
const infoFile = "/proc/self/mountinfo"

// readAttempts bounds how often a table that changes while it is read is read again (filesystem.md 5).
const readAttempts = 5

// Read is the table of this process's mount namespace. It is consistent: where mounts came or went during the
// reading, the table is read again, up to five times. It never waits for a file system's server.
func Read() (Table, error) {
	fd, err := unix.Open(infoFile, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", infoFile, err)
	}
	defer unix.Close(fd)
	for attempt := 1; ; attempt++ {
		text, err := ReadAll(fd)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", infoFile, err)
		}
		if attempt == readAttempts || !changed(fd) {
			return Parse(text)
		}
		if _, err := unix.Seek(fd, 0, unix.SEEK_SET); err != nil {
			return nil, fmt.Errorf("read %s again: %w", infoFile, err)
		}
	}
}

// ReadAll reads a file of the kernel to its end, without the setup of package os.
func ReadAll(fd int) ([]byte, error) {
	text := make([]byte, 0, 16<<10)
	for {
		if len(text) == cap(text) {
			text = append(text, make([]byte, len(text))...)[:len(text)]
		}
		n, err := unix.Read(fd, text[len(text):cap(text)])
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return nil, err
		case n == 0:
			return text, nil
		default:
			text = text[:len(text)+n]
		}
	}
}

// changed reports whether mounts came or went since the file was opened or last asked. A kernel that cannot say
// has not.
func changed(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLPRI}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&unix.POLLPRI != 0
}

// Parse reads the text of a mountinfo file.
func Parse(text []byte) (Table, error) {
	table := make(Table, 0, bytes.Count(text, []byte{'\n'}))
	all := string(text)
	for line := range strings.Lines(all) {
		e, err := parseLine(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("mountinfo line %d: %w", len(table)+1, err)
		}
		table = append(table, e)
	}
	return table, nil
}

// parseLine reads one line:
//
//	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//
// Fields are parted by single blanks, and an empty source is an empty field. The mount's root and point, type and
// source are escaped.
func parseLine(line string) (e Entry, err error) {
	front, back, ok := strings.Cut(line, " - ")
	if !ok {
		return e, fmt.Errorf("no separator in %q", line)
	}
	fields := strings.Split(front, " ")
	rest := strings.SplitN(back, " ", 3)
	if len(fields) < 6 || len(rest) < 3 {
		return e, fmt.Errorf("too few fields in %q", line)
	}
	if e.ID, err = strconv.Atoi(fields[0]); err != nil {
		return e, err
	}
	if e.Parent, err = strconv.Atoi(fields[1]); err != nil {
		return e, err
	}
	if e.Device, err = ParseDevice(fields[2]); err != nil {
		return e, err
	}
	e.Root, e.Point, e.Options = Unescape(fields[3]), Unescape(fields[4]), fields[5]
	if len(fields) > 6 {
		e.Propagation = fields[6:]
	}
	e.Type, e.Source, e.Super = Unescape(rest[0]), Unescape(rest[1]), Unescape(rest[2])
	return e, nil
}

// ParseDevice reads a device number in the kernel's form, "259:3".
func ParseDevice(text string) (Device, error) {
	major, minor, ok := strings.Cut(text, ":")
	if !ok {
		return 0, fmt.Errorf("%q is no device number", text)
	}
	a, err := strconv.ParseUint(major, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("device number %q: %w", text, err)
	}
	b, err := strconv.ParseUint(minor, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("device number %q: %w", text, err)
	}
	return MakeDevice(uint32(a), uint32(b)), nil
}

// Unescape resolves the kernel's escapes, a backslash and three octal digits. A backslash before anything else
// stays.
func Unescape(text string) string {
	i := strings.IndexByte(text, '\\')
	if i < 0 {
		return text
	}
	plain := make([]byte, 0, len(text))
	for plain = append(plain, text[:i]...); i < len(text); i++ {
		if value, ok := octal(text[i:]); ok {
			plain = append(plain, value)
			i += 3
			continue
		}
		plain = append(plain, text[i])
	}
	return string(plain)
}

// octal is the byte of an escape at the beginning of a text.
func octal(text string) (byte, bool) {
	if len(text) < 4 || text[0] != '\\' || text[1] > '3' {
		return 0, false
	}
	value := 0
	for _, digit := range []byte(text[1:4]) {
		if digit < '0' || digit > '7' {
			return 0, false
		}
		value = value<<3 | int(digit-'0')
	}
	return byte(value), true
}
