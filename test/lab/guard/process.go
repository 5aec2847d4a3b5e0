package guard

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A process is one that asks, by its number in the supervisor's PID namespace.
type process struct {
	pid  int
	proc string
}

func (p process) file(name string) string { return filepath.Join(p.proc, strconv.Itoa(p.pid), name) }

// call reads the arguments of a system call.
func (p process) call(number uintptr, a [6]uint64) (c Call, err error) {
	c.Number = number
	read := func(at uint64) string {
		text, problem := p.read(at)
		if problem != nil {
			err = problem
		}
		return text
	}
	switch number {
	case unix.SYS_MOUNT:
		c.Target, c.Type, c.Flags, c.Options = p.absolute(unix.AT_FDCWD, read(a[1])), read(a[2]), uintptr(a[3]), read(a[4])
		if c.Flags&unix.MS_MGC_MSK == unix.MS_MGC_VAL {
			c.Flags &^= unix.MS_MGC_MSK
		}
	case unix.SYS_FSOPEN:
		c.Type = read(a[0])
	case unix.SYS_MOVE_MOUNT:
		c.Target = p.absolute(int(int32(a[2])), read(a[3]))
	case unix.SYS_FSPICK:
		c.Target = p.absolute(int(int32(a[0])), read(a[1]))
	case unix.SYS_FSCONFIG:
		if a[1] == unix.FSCONFIG_SET_STRING {
			c.Options = read(a[2]) + "=" + read(a[3])
		}
	default:
		return c, fmt.Errorf("call %d was not to be asked for", number)
	}
	return c, err
}

// text is a string of the process, empty when it cannot be read.
func (p process) text(at uint64) string {
	text, _ := p.read(at)
	return text
}

// read returns the string at an address, at most a page of it, as the kernel copies options. No address is no string.
func (p process) read(at uint64) (string, error) {
	if at == 0 {
		return "", nil
	}
	page := os.Getpagesize()
	var text []byte
	for len(text) < page {
		// The next page may not be there.
		part := make([]byte, min(page-int(at%uint64(page)), page-len(text)))
		local := []unix.Iovec{{Base: &part[0]}}
		local[0].SetLen(len(part))
		n, err := unix.ProcessVMReadv(p.pid, local, []unix.RemoteIovec{{Base: uintptr(at), Len: len(part)}}, 0)
		if err != nil && len(text) > 0 {
			break
		}
		if err != nil {
			return "", fmt.Errorf("read the memory of process %d: %w", p.pid, err)
		}
		if end := bytes.IndexByte(part[:n], 0); end >= 0 {
			return string(append(text, part[:end]...)), nil
		}
		text, at = append(text, part[:n]...), at+uint64(n)
	}
	return string(text), nil
}

// absolute is a path as the process means it, from the root of its mounts. Symbolic links stay.
func (p process) absolute(folder int, name string) string {
	if path.IsAbs(name) {
		return name
	}
	link := "cwd"
	if folder != unix.AT_FDCWD {
		link = "fd/" + strconv.Itoa(folder)
	}
	base, err := os.Readlink(p.file(link))
	if err != nil {
		return name
	}
	return path.Join(base, name)
}

// device is the number of the block device at a path of the process, 0 when there is none.
func (p process) device(name string) uint64 {
	root, err := unix.Open(p.file("root"), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0
	}
	defer unix.Close(root)
	fd, err := unix.Openat2(root, p.absolute(unix.AT_FDCWD, name), &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
	if err != nil {
		return 0
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil || stat.Mode&unix.S_IFMT != unix.S_IFBLK {
		return 0
	}
	return uint64(stat.Rdev)
}

// group is the process to which a thread belongs.
func (p process) group() int {
	text, _ := os.ReadFile(p.file("status"))
	_, rest, _ := strings.Cut(string(text), "\nTgid:")
	line, _, _ := strings.Cut(rest, "\n")
	number, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return p.pid
	}
	return number
}
