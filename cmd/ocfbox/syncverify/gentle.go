package syncverify

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// The class of ioprio_set(2) that is served when nobody else wants the device, and its way to name a thread.
const (
	idleClass     = 3 << 13
	ioprioProcess = 1
)

// niceness is the priority for the processor.
const niceness = 10

// beGentle lowers the priority of the process: of the threads that there are, from which later ones have it. What
// cannot be done is left: it is a courtesy.
func beGentle() {
	threads, _ := os.ReadDir("/proc/self/task")
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			continue
		}
		_, _, _ = unix.Syscall(unix.SYS_IOPRIO_SET, ioprioProcess, uintptr(id), idleClass)
		_ = unix.Setpriority(unix.PRIO_PROCESS, id, niceness)
	}
}
