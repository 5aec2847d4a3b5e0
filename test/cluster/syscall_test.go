package cluster_test

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func withPath(number uintptr, path *byte) error {
	if _, _, errno := unix.Syscall(number, uintptr(unsafe.Pointer(path)), 0, 0); errno != 0 {
		return errno
	}
	return nil
}
