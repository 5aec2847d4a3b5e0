package block

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// NewBuffer is memory for direct reads: it begins at a page, and lies outside of the garbage collector's care.
// FreeBuffer gives it back.
func NewBuffer(size int) ([]byte, error) {
	buffer, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("memory for reading: %w", err)
	}
	return buffer, nil
}

// FreeBuffer gives a buffer of NewBuffer back.
func FreeBuffer(buffer []byte) { _ = unix.Munmap(buffer) }
