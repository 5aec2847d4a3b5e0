package account

import (
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"
)

// An event is what the kernel tells of a process. Numbers of processes are those of the first namespace.
type event struct {
	kind kind
	// at is CLOCK_MONOTONIC; a spent event has none.
	at      time.Duration
	process int
	// parent is that of a forked process.
	parent int
	// status is how a process ended.
	status unix.WaitStatus
	// cpu is the time that one thread of the process took, and name the thread's, cut to 15 letters.
	cpu  time.Duration
	name string
}

type kind int

const (
	forked kind = iota + 1
	executed
	ended
	// spent comes when a thread ends, before the end of its process.
	spent
)

// The connector's message is a netlink header, a struct cn_msg and a struct proc_event, whose last part
// depends on its first (linux/connector.h, linux/cn_proc.h).
const (
	connectorHead = 20
	eventHead     = 16

	procFork = 0x1
	procExec = 0x2
	procExit = 0x80000000
)

// decodeEvent reads the payload of a message of the connector. It is not ok for what is not of interest: the
// threads of a process, and other kinds of events.
func decodeEvent(payload []byte) (e event, ok bool) {
	if len(payload) < connectorHead+eventHead+16 {
		return e, false
	}
	b := payload[connectorHead:]
	number := func(i int) int { return int(int32(binary.NativeEndian.Uint32(b[eventHead+4*i:]))) }
	e.at = time.Duration(binary.NativeEndian.Uint64(b[8:]))
	switch binary.NativeEndian.Uint32(b) {
	case procFork:
		e.kind, e.parent, e.process = forked, number(1), number(3)
		return e, number(2) == number(3)
	case procExec:
		e.kind, e.process = executed, number(1)
		return e, true
	case procExit:
		e.kind, e.process, e.status = ended, number(1), unix.WaitStatus(number(2))
		return e, number(0) == number(1)
	}
	return e, false
}
