package guard

import (
	"errors"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Supervisor answers what the processes of a node ask for.
type Supervisor struct {
	// Proc is where the proc file system of the supervisor's own PID namespace is mounted.
	Proc string
	// Mounts has the last word on a file system that is to be mounted from a block device.
	Mounts func(device uint64) unix.Errno

	mu sync.Mutex
	// sources are the devices that processes named for file systems that they have not made yet.
	sources map[fsContext]uint64
}

// An fsContext is a file system in the making: a descriptor of a process, from fsopen(2).
type fsContext struct {
	process, descriptor int
}

// A notification is struct seccomp_notif, a response struct seccomp_notif_resp (linux/seccomp.h).
type notification struct {
	id    uint64
	pid   uint32
	flags uint32
	data  struct {
		number    int32
		arch      uint32
		pointer   uint64
		arguments [6]uint64
	}
}

type response struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

// Serve answers until the last process under the listener's filter has ended, and closes the listener.
func (s *Supervisor) Serve(listener *os.File) {
	defer listener.Close()
	raw, err := listener.SyscallConn()
	if err != nil {
		return
	}
	for {
		n, err := receive(raw.Read)
		if errors.Is(err, unix.ENOENT) {
			// Who asked has ended.
			continue
		}
		if err != nil {
			return
		}
		// One that looks at a dead file system must not keep others waiting.
		go func() {
			errno := s.answer(n, listener)
			// A process that has ended needs no answer.
			_ = raw.Control(func(fd uintptr) { respond(fd, n, errno) })
		}()
	}
}

// receive waits for a notification. It fails with ENOENT when who asked has ended, with EPIPE when all have.
func receive(read func(func(uintptr) bool) error) (n notification, err error) {
	var failure error
	err = read(func(fd uintptr) bool {
		look := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(look, 0); err != nil {
			return false
		}
		switch {
		case look[0].Revents&unix.POLLIN != 0:
			failure = control(fd, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n))
			return !errors.Is(failure, unix.EINTR)
		case look[0].Revents != 0:
			failure = unix.EPIPE
			return true
		}
		return false
	})
	return n, errors.Join(failure, err)
}

// respond lets a call go on, or fail.
func respond(fd uintptr, n notification, errno unix.Errno) {
	r := response{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE}
	if errno != 0 {
		r.errno, r.flags = -int32(errno), 0
	}
	_ = control(fd, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r))
}

func control(fd uintptr, request uintptr, argument unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, request, uintptr(argument)); errno != 0 {
		return errno
	}
	return nil
}

// answer looks at a call and judges it.
func (s *Supervisor) answer(n notification, listener *os.File) unix.Errno {
	p := process{pid: int(n.pid), proc: s.Proc}
	c, err := p.call(uintptr(n.data.number), n.data.arguments)
	if err != nil {
		// The kernel could not read its arguments either.
		return unix.EFAULT
	}
	if errno := Judge(c); errno != 0 {
		return errno
	}
	return s.followDevice(p, c, n.data.arguments)
}

// followDevice finds the block device of a file system that is being made, and asks for it.
func (s *Supervisor) followDevice(p process, c Call, arguments [6]uint64) unix.Errno {
	switch c.Number {
	case unix.SYS_MOUNT:
		if c.Creates() && onDisk(c.Type) {
			return s.ask(p.device(p.text(arguments[0])))
		}
	case unix.SYS_FSOPEN:
		s.forget(p.group())
	case unix.SYS_FSCONFIG:
		at := fsContext{p.group(), int(int32(arguments[0]))}
		if arguments[1] == unix.FSCONFIG_SET_STRING {
			if p.text(arguments[2]) == "source" {
				s.note(at, p.device(p.text(arguments[3])))
			}
			return 0
		}
		return s.ask(s.take(at))
	}
	return 0
}

func (s *Supervisor) ask(device uint64) unix.Errno {
	if device == 0 || s.Mounts == nil {
		return 0
	}
	return s.Mounts(device)
}

func (s *Supervisor) note(at fsContext, device uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sources == nil {
		s.sources = map[fsContext]uint64{}
	}
	s.sources[at] = device
}

// take returns the device of a context, 0 for none.
func (s *Supervisor) take(at fsContext) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sources[at]
}

// forget drops what a process named: it begins anew. (One that makes several at once loses nothing but the order: each
// descriptor names its source after it was opened.)
func (s *Supervisor) forget(process int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := range s.sources {
		if at.process == process {
			delete(s.sources, at)
		}
	}
}
