// Package lab gives tests a kernel of their own to play with: namespaces in
// which the test binary is root over nothing that anyone else sees, and small
// networks inside them.
//
// The folders below it hold the laboratory of whole cluster nodes, which is
// another thing.
package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// A Facility is something a test package needs to have for itself.
type Facility uint

// The facilities.
const (
	// Net is a network without any interface but lo, which is up, and an
	// empty /run, so that /run/netns and /run/resource-agents are private.
	Net Facility = 1 << iota
	// Mount is a mount table of which no change is seen outside.
	Mount
	// PID is a process table in which only the tests and what they start are
	// found: nobody else can be signalled. The test binary is its process 1.
	PID
)

// inside names, in the environment of a test binary in a sandbox, the mount
// namespace that it is in; "new" asks for its furnishing. So a name left over
// outside is harmless.
const inside = "OCFBOX_TEST_NAMESPACE"

// Main runs the tests of a package inside new namespaces, and exits. It is for
// TestMain:
//
//	func TestMain(m *testing.M) { lab.Main(m, lab.Net) }
//
// The test binary is executed once more with the same arguments: flags,
// coverage files, standard streams and exit code pass through. In an ordinary
// user's sandbox the user is root, over that user's files only. Where
// namespaces are not permitted, Main prints the reason and exits with 0, or
// with 1 if OCFBOX_STRICT=1. Processes that the tests start, fuzzing workers
// and the test binary among them, are in the same sandbox.
func Main(m *testing.M, what ...Facility) {
	if os.Getenv(inside) == sandbox() {
		os.Exit(m.Run())
	}
	all := union(what)
	if os.Getenv(inside) == "new" {
		if err := furnish(all); err != nil {
			fmt.Fprintf(os.Stderr, "lab: furnish namespaces: %v\n", err)
			os.Exit(1)
		}
		os.Setenv(inside, sandbox())
		os.Exit(m.Run())
	}
	os.Exit(enter(all))
}

// sandbox identifies the mount namespace of this process. (Its network
// namespaces come and go with its threads.)
func sandbox() string {
	name, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		return "unknown"
	}
	return name
}

// enter executes the test binary in new namespaces and returns its exit code.
// The child dies with us, and gets the signals that are meant for us.
func enter(what Facility) int {
	runtime.LockOSThread() // Pdeathsig watches the thread
	child := exec.Command("/proc/self/exe", os.Args[1:]...)
	child.Args[0] = os.Args[0]
	child.Env = append(os.Environ(), inside+"=new")
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.SysProcAttr = newNamespaces(what)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGQUIT)
	if err := child.Start(); err != nil {
		return refused(err)
	}
	go func() {
		for s := range signals {
			child.Process.Signal(s)
		}
	}()
	err := child.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "lab: %v\n", err)
		return 1
	}
	return 0
}

// refused says why there is no sandbox. Running the tests without one is out
// of the question.
func refused(err error) int {
	if Strict() {
		fmt.Fprintf(os.Stderr, "lab: no namespaces here: %v\n", err)
		return 1
	}
	fmt.Printf("SKIP: lab: no namespaces here: %v\n", err)
	return 0
}
