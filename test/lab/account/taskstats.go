package account

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A statistics is a socket on which the kernel tells what each thread took, when it ends.
type statistics struct {
	fd     int
	family uint16
}

// dialStatistics subscribes to the threads of all processors. The kernel may do without taskstats.
func dialStatistics() (*statistics, error) {
	fd, err := dialNetlink(unix.NETLINK_GENERIC, 0)
	if err != nil {
		return nil, err
	}
	s := &statistics{fd: fd}
	if err := s.subscribe(); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("ask for taskstats: %w", err)
	}
	return s, nil
}

func (s *statistics) close() error { return unix.Close(s.fd) }

func (s *statistics) subscribe() error {
	name := attribute(unix.CTRL_ATTR_FAMILY_NAME, unix.TASKSTATS_GENL_NAME+"\x00")
	answer, err := s.ask(unix.GENL_ID_CTRL, unix.CTRL_CMD_GETFAMILY, name)
	if err != nil {
		return err
	}
	for kind, value := range attributes(answer) {
		if kind == unix.CTRL_ATTR_FAMILY_ID && len(value) >= 2 {
			s.family = binary.NativeEndian.Uint16(value)
		}
	}
	if s.family == 0 {
		return errors.New("the kernel names no family")
	}
	processors, err := os.ReadFile("/sys/devices/system/cpu/possible")
	if err != nil {
		return err
	}
	list := strings.TrimSpace(string(processors)) + "\x00"
	_, err = s.ask(s.family, unix.TASKSTATS_CMD_GET, attribute(unix.TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, list))
	return err
}

// ask sends a request and returns the attributes of the answer, up to the kernel's acknowledgement.
func (s *statistics) ask(family uint16, command byte, attributes []byte) (answer []byte, err error) {
	m := append(header(family, unix.NLM_F_REQUEST|unix.NLM_F_ACK), command, 1, 0, 0)
	if err := send(s.fd, append(m, attributes...)); err != nil {
		return nil, err
	}
	done := false
	refused := error(nil)
	space := make([]byte, 1<<16)
	// The kernel answers before send returns; statistics may be among the answers.
	err = receive(s.fd, space, func(kind uint16, payload []byte) {
		switch {
		case kind == unix.NLMSG_ERROR && len(payload) >= 4:
			done = true
			if code := int32(binary.NativeEndian.Uint32(payload)); code != 0 {
				refused = unix.Errno(-code)
			}
		case kind == family && !done && len(payload) >= 4:
			answer = append([]byte{}, payload[4:]...)
		}
	})
	if !done && err == nil {
		err = errors.New("no answer")
	}
	return answer, errors.Join(err, refused)
}

func attribute(kind uint16, value string) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	return append(b, make([]byte, aligned(len(b))-len(b))...)
}

// attributes are the kinds and values in b.
func attributes(b []byte) func(yield func(uint16, []byte) bool) {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= 4 {
			n := int(binary.NativeEndian.Uint16(b))
			if n < 4 || n > len(b) || !yield(binary.NativeEndian.Uint16(b[2:])&^(1<<15), b[4:n]) {
				return
			}
			b = b[min(aligned(n), len(b)):]
		}
	}
}

// decodeSpent reads the payload of a message of taskstats: a generic netlink header, and an attribute with
// the thread and its statistics.
func decodeSpent(payload []byte) (e event, ok bool) {
	if len(payload) < 4 {
		return e, false
	}
	for kind, group := range attributes(payload[4:]) {
		if kind != unix.TASKSTATS_TYPE_AGGR_PID {
			continue
		}
		for kind, value := range attributes(group) {
			if kind == unix.TASKSTATS_TYPE_STATS {
				return spentEvent(value), true
			}
		}
	}
	return e, false
}

// spentEvent reads a struct taskstats, of which older kernels have a shorter one. The times in it are sampled
// by the clock's ticks: right in the sum of many threads, not in one. (Its virtual run time is no better: it
// lacks what the thread ran since the scheduler last looked, which is all of a short program.)
func spentEvent(value []byte) event {
	var t unix.Taskstats
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&t)), unsafe.Sizeof(t)), value)
	name := make([]byte, 0, len(t.Ac_comm))
	for _, letter := range t.Ac_comm {
		if letter == 0 {
			break
		}
		name = append(name, byte(letter))
	}
	process := int(t.Ac_tgid)
	if process == 0 {
		process = int(t.Ac_pid)
	}
	return event{kind: spent, process: process, cpu: time.Duration(t.Ac_utime+t.Ac_stime) * time.Microsecond, name: string(name)}
}
