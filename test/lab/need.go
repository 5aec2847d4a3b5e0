package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Strict reports whether a missing facility is a failure: OCFBOX_STRICT=1, as
// CI sets it.
func Strict() bool { return os.Getenv("OCFBOX_STRICT") == "1" }

// Need skips the test, with a printed reason, unless everything named is
// there; with OCFBOX_STRICT=1 it fails the test instead. A name is that of a
// program on PATH or in a folder of system programs; "root" is the real root,
// not that of a sandbox.
func Need(t testing.TB, what ...string) {
	t.Helper()
	for _, name := range what {
		if reason := lacks(name); reason != "" {
			Missing(t, reason)
		}
	}
}

// Missing does what Need does when something is missing: reason says what.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if Strict() {
		t.Fatalf("OCFBOX_STRICT=1: %s", reason)
	}
	t.Skipf("skipped: %s", reason)
}

// lacks returns what is wrong with a needed thing, or "".
func lacks(name string) string {
	if name == "root" {
		if !realRoot() {
			return "this test needs the real root"
		}
		return ""
	}
	folders := append(filepath.SplitList(os.Getenv("PATH")), "/usr/local/sbin", "/usr/sbin", "/sbin")
	for _, folder := range folders {
		file := filepath.Join(folder, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && unix.Access(file, unix.X_OK) == nil {
			return ""
		}
	}
	return "this test needs the program " + name
}

// realRoot reports whether we are root in the first user namespace, whose map
// of users leaves nobody out.
func realRoot() bool {
	users, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || os.Geteuid() != 0 {
		return false
	}
	return strings.Join(strings.Fields(string(users)), " ") == "0 0 4294967295"
}
