package node

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// OnThread runs do on a thread that ends soon after, so that do may enter other namespaces with it. The first thread of a
// program is never taken: the runtime keeps it, with all that it entered, until the program ends, and so would keep the
// mounts of a node that has died.
func OnThread(do func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			// While this one is held, another thread is taken.
			done <- OnThread(do)
			runtime.UnlockOSThread()
			return
		}
		// The thread is not unlocked, and so ends with this goroutine.
		done <- do()
	}()
	return <-done
}
