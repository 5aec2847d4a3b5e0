package hanatest

import (
	"os"
	"testing"
)

// InMemory runs a package's tests with their temporary files in memory, where the host has /dev/shm, and returns their
// exit code. Every action of an agent syncs its state: on a disk that others use, thousands of those take minutes.
func InMemory(m *testing.M) int {
	// No directory below it: the path of a socket may have 107 bytes.
	const memory = "/dev/shm"
	if dir, err := os.MkdirTemp(memory, "ocfbox-"); err == nil {
		os.Remove(dir)
		os.Setenv("TMPDIR", memory)
	}
	return m.Run()
}
