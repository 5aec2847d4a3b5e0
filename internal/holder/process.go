package holder

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// A Process is what an operator wants to know of one.
type Process struct {
	// PID and Parent are process numbers, UID the user's number.
	PID, Parent int
	UID         string
	// Name is the kernel's name for it, Command its words, cut at a few hundred bytes.
	Name, Command string
}

// String is the process in a log line.
func (p Process) String() string {
	words := p.Command
	if words == "" {
		words = "[" + p.Name + "]"
	}
	return fmt.Sprintf("pid=%d ppid=%d uid=%s %s", p.PID, p.Parent, p.UID, words)
}

// maxCommand bounds the words of a process in a line.
const maxCommand = 300

// Describe says what process that is. It may wait for the process's memory map.
func Describe(proc View, pid int) Process {
	p := Process{PID: pid, UID: "?", Name: "?"}
	if text, err := proc.Read(child(pid, "stat")); err == nil {
		if st, ok := parseStatus(text); ok {
			p.Name, p.Parent = st.name, st.parent
		}
	}
	if text, err := proc.Read(child(pid, "status")); err == nil {
		if value, ok := infoField(text, "Uid"); ok {
			p.UID, _, _ = strings.Cut(value, "\t")
		}
	}
	if text, err := proc.Read(child(pid, "cmdline")); err == nil {
		text = text[:min(len(text), maxCommand)]
		p.Command = string(bytes.TrimSpace(bytes.ReplaceAll(text, []byte{0}, []byte{' '})))
	}
	return p
}

// A Family is this process and those it must never signal.
type Family struct {
	self      int
	ancestors map[int]bool
}

// FamilyOf is the family of the process.
func FamilyOf(proc View, self int) Family {
	f := Family{self: self, ancestors: make(map[int]bool)}
	for pid := self; pid > 0; {
		text, err := proc.Read(child(pid, "stat"))
		if err != nil {
			break
		}
		st, ok := parseStatus(text)
		if !ok || f.ancestors[st.parent] {
			break
		}
		pid = st.parent
		f.ancestors[pid] = true
	}
	return f
}

// Spares says why a process must not be signalled, in the words of a message, and is empty for one that may be.
func (f Family) Spares(proc View, pid int) string {
	switch {
	case pid == f.self:
		return "this process itself"
	case pid <= 1:
		return "the first process"
	case f.ancestors[pid]:
		return "an ancestor of this process"
	}
	text, err := proc.Read(child(pid, "stat"))
	if err != nil {
		return ""
	}
	st, ok := parseStatus(text)
	switch {
	case !ok:
		return "of unknown kind"
	case st.kernel:
		return "a kernel thread"
	case isCluster(proc, pid, st.name):
		return "part of the cluster software"
	}
	return ""
}

// isCluster reports whether a process is one of Pacemaker's, corosync's or of the fencing's. A process may choose
// its name; the program's file it cannot.
func isCluster(proc View, pid int, name string) bool {
	program, err := proc.Link(child(pid, "exe"))
	if err != nil {
		return isClusterName(name)
	}
	program = strings.TrimSuffix(program, " (deleted)")
	return path.Base(path.Dir(program)) == "pacemaker" || isClusterName(path.Base(program))
}

func isClusterName(name string) bool {
	for _, prefix := range [...]string{"pacemaker", "corosync", "stonith", "sbd"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
