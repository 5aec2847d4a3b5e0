package hana

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Process is a service of an instance as sapcontrol lists it.
type Process struct {
	Name, Description string
	// Dispatch is the colour: GREEN, YELLOW, RED or GRAY. Text is the same in words.
	Dispatch, Text string
	// PID is 0 when the process does not run.
	PID int
}

// Running reports whether the process works, if perhaps not at its best.
func (p Process) Running() bool { return p.Dispatch == "GREEN" || p.Dispatch == "YELLOW" }

// ParseProcesses reads sapcontrol -function GetProcessList -format script. The error is ErrGarbled when
// sapcontrol did not say OK: then nothing is known, and no process is not the answer.
func ParseProcesses(text string) ([]Process, error) {
	lines := fold(text)
	if !slices.Contains(lines, "OK") {
		return nil, fmt.Errorf("process list: %w: %q", ErrGarbled, clip(text))
	}
	var processes []Process
	last := ""
	for _, line := range lines {
		index, rest, _ := strings.Cut(line, " ")
		key, value, ok := strings.Cut(rest, ":")
		if _, err := strconv.Atoi(index); err != nil || !ok {
			continue
		}
		if index != last {
			processes, last = append(processes, Process{}), index
		}
		processes[len(processes)-1].set(key, strings.TrimSpace(value))
	}
	return processes, nil
}

func (p *Process) set(key, value string) {
	switch key {
	case "name":
		p.Name = value
	case "description":
		p.Description = value
	case "dispstatus":
		p.Dispatch = value
	case "textstatus":
		p.Text = value
	case "pid":
		p.PID, _ = strconv.Atoi(value)
	}
}

// A Listed is an instance as SAP's host agent lists it.
type Listed struct {
	SID, Number string
	// Host is the virtual host name under which the instance runs.
	Host string
}

// ParseInstances reads saphostctrl -function ListInstances (saphana.md 6.7). Lines of another form are
// left out: the host agent prints messages among them.
func ParseInstances(text string) []Listed {
	var all []Listed
	for _, line := range fold(text) {
		words := strings.Fields(line)
		if len(words) >= 8 && words[0] == "Inst" && words[1] == "Info" && words[4] == "-" && words[6] == "-" {
			all = append(all, Listed{SID: words[3], Number: words[5], Host: words[7]})
		}
	}
	return all
}

// VirtualHost is the host name of the instance among those listed, or empty.
func (i Instance) VirtualHost(all []Listed) string {
	for _, one := range all {
		if one.SID == string(i.SID) && one.Number == string(i.Number) {
			return one.Host
		}
	}
	return ""
}
