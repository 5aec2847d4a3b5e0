package fuse

import (
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A Server answers the kernel's requests of one mount. It serves one request at a time.
type Server struct {
	// Folder is what it passes through.
	Folder string
	// Mode tells how to behave, and is asked at each request. Nil is Works.
	Mode func() Mode
}

// dataRequests are those that a Broken server refuses.
func dataRequests() []opcode { return []opcode{opRead, opWrite, opFsync} }

// modeLooks is how often a silent server looks whether it is to work again.
const modeLooks = 50 * time.Millisecond

// Serve answers the requests that come through a descriptor of /dev/fuse until the file system is unmounted.
func (s Server) Serve(fd int) error {
	if s.Mode == nil {
		s.Mode = func() Mode { return Works }
	}
	f := newFolder(s.Folder)
	defer f.closeAll()
	message := make([]byte, requestSize)
	for {
		r, err := s.next(fd, message)
		switch {
		case errors.Is(err, unix.ENODEV):
			return nil
		case err != nil:
			return err
		}
		if err := s.answer(fd, f, r); err != nil {
			return err
		}
	}
}

// next waits for a request and takes it. The error is ENODEV once the file system is unmounted.
func (s Server) next(fd int, message []byte) (request, error) {
	for {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return request{}, err
		}
		// An end is told by POLLERR, and has to be read. It is not held up.
		if ready[0].Revents&unix.POLLERR == 0 && s.Mode() == Silent {
			time.Sleep(modeLooks)
			continue
		}
		n, err := unix.Read(fd, message)
		// ENOENT: the one who asked was killed in between.
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return request{}, err
		}
		return parse(message[:n])
	}
}

// answer does what is asked for, as well as the mode lets it.
func (s Server) answer(fd int, f *folder, r request) error {
	switch mode := s.Mode(); {
	case r.Op == opForget || r.Op == opBatchForget || r.Op == opInterrupt:
		return nil // these have no answer
	case r.Op == opInit:
		return reply(fd, r, agreement(), nil)
	case mode == Mute && r.Op == opAccess:
		// It says only, once, that it has no ACCESS: so directories can be entered.
		return reply(fd, r, nil, unix.ENOSYS)
	case mode == Mute, mode == Stays && r.Op == opDestroy:
		return nil
	case mode == Broken && slices.Contains(dataRequests(), r.Op):
		return reply(fd, r, nil, unix.EIO)
	}
	body, err := f.handle(r)
	return reply(fd, r, body, err)
}
