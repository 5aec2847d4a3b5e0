package hanatest

import (
	"os"
	"testing"
)

// InMemory runs a package's tests with their temporary files in memory, where the host has /dev/shm, and returns their
// exit code. Every action of an agent syncs its state: on a disk that others use, thousands of those take minutes.
func InMemory(m *testing.M) int {
	dir, err := os.MkdirTemp("/dev/shm", "ocfbox-test-")
	if err != nil {
		return m.Run()
	}
	defer os.RemoveAll(dir)
	os.Setenv("TMPDIR", dir)
	return m.Run()
}
