package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// ReaderGone is closed when nobody reads any more what is written to a pipe or socket: a program that writes
// seldom would notice late. It stays open for other files.
func ReaderGone(file *os.File) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		for {
			state := []unix.PollFd{{Fd: int32(file.Fd())}}
			_, err := unix.Poll(state, -1)
			switch {
			case err == unix.EINTR:
			case err != nil || state[0].Revents&unix.POLLERR == 0:
				return
			default:
				close(gone)
				return
			}
		}
	}()
	return gone
}
