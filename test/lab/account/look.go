package account

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// An image is what a process executes, as /proc shows it. All is empty when the process had ended already.
type image struct {
	// path is the file that execve(2) was called with, also of a script.
	path string
	args []string
	env  map[string]string
}

// A process table answers what the events leave out.
type table interface {
	// name is the process's, cut to 15 letters.
	name(pid int) string
	// path and image are what it executes now; a path costs less.
	path(pid int) string
	image(pid int) image
	// space is its namespace of processes, in which a node is.
	space(pid int) string
	// waited is the processor time of the children that it waited for, and of theirs. It is not ok when
	// there is no such process.
	waited(pid int) (cpu time.Duration, ok bool)
}

// procfs is the table of the first namespace, in which the package must run.
type procfs struct{}

var _ table = procfs{}

func file(pid int, name string) string { return "/proc/" + strconv.Itoa(pid) + "/" + name }

// name is asked of every program of the machine, so it goes around package os, which costs three times as much.
func (procfs) name(pid int) string {
	fd, err := unix.Open(file(pid, "comm"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	var text [32]byte
	n, _ := unix.Read(fd, text[:])
	return strings.TrimSuffix(string(text[:max(n, 0)]), "\n")
}

func (p procfs) image(pid int) image {
	i := image{path: p.path(pid), env: map[string]string{}}
	args, _ := os.ReadFile(file(pid, "cmdline"))
	i.args = strings.Split(strings.TrimSuffix(string(args), "\x00"), "\x00")
	env, _ := os.ReadFile(file(pid, "environ"))
	for variable := range strings.SplitSeq(string(env), "\x00") {
		name, value, _ := strings.Cut(variable, "=")
		i.env[name] = value
	}
	return i
}

// path asks the vector that the kernel hands to a program: of a script, and of a file that has many names,
// nothing else there is tells the name that was called.
func (procfs) path(pid int) string {
	vector, _ := os.ReadFile(file(pid, "auxv"))
	const word = 8
	for ; len(vector) >= 2*word; vector = vector[2*word:] {
		if binary.NativeEndian.Uint64(vector) == atExecFn {
			return text(pid, uintptr(binary.NativeEndian.Uint64(vector[word:])))
		}
	}
	return ""
}

// atExecFn is AT_EXECFN of linux/auxvec.h.
const atExecFn = 31

// text reads a string of a process, a page at a time: the page behind it may not be there.
func text(pid int, address uintptr) string {
	var all []byte
	for len(all) < unix.PathMax {
		page := make([]byte, 4096-address%4096)
		n, err := unix.ProcessVMReadv(pid, []unix.Iovec{{Base: &page[0], Len: uint64(len(page))}},
			[]unix.RemoteIovec{{Base: address, Len: len(page)}}, 0)
		if err != nil || n <= 0 {
			return ""
		}
		if end := bytes.IndexByte(page[:n], 0); end >= 0 {
			return string(append(all, page[:end]...))
		}
		all = append(all, page[:n]...)
		address += uintptr(n)
	}
	return ""
}

func (procfs) space(pid int) string {
	name, _ := os.Readlink(file(pid, "ns/pid"))
	return name
}

// tick is what /proc counts processor time in, USER_HZ.
const tick = 10 * time.Millisecond

func (procfs) waited(pid int) (cpu time.Duration, ok bool) {
	stat, err := os.ReadFile(file(pid, "stat"))
	if err != nil {
		return 0, false
	}
	// The name may hold anything; cutime and cstime are fields 16 and 17, and the name is field 2.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 15 {
		return 0, false
	}
	user, err := strconv.Atoi(fields[13])
	system, err2 := strconv.Atoi(fields[14])
	return time.Duration(user+system) * tick, errors.Join(err, err2) == nil
}

// named are the processes there are now that are called so.
func (p procfs) named(name string) []int {
	folders, _ := filepath.Glob("/proc/[0-9]*")
	var found []int
	for _, folder := range folders {
		if pid, err := strconv.Atoi(filepath.Base(folder)); err == nil && p.name(pid) == name {
			found = append(found, pid)
		}
	}
	return found
}

// pidOf is the process that a pidfd stands for.
func pidOf(process *os.File) (int, error) {
	info, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", process.Fd()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(info)) {
		if value, ok := strings.CutPrefix(line, "Pid:"); ok {
			pid, err := strconv.Atoi(strings.TrimSpace(value))
			if err == nil && pid <= 0 {
				err = errors.New("the process has ended")
			}
			return pid, err
		}
	}
	return 0, errors.New("not a descriptor of a process")
}
