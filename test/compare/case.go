package compare

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// A Case is a resource with a history.
type Case struct {
	// Name says what is special, and is the only one of its kind.
	Name string
	// Params are the resource's parameters, "name=value"; of drbddisk they say how the pair is made, and "resource" is the
	// script's word for the resource. In them and in Steps a Filesystem case may write
	// {L0} and {L1} for its disks, and {L0.img} for the file behind one.
	Params []string
	// Steps are what happens, in this order: "start", "stop", "monitor", "probe", "status" and "validate-all" call
	// the agent, a monitor or stop of a check level as "monitor@10". "$ ip link set eth0 down" is a command of the
	// administrator's, "= nic=eth1" a change of a parameter ("= nic" takes it away), "& name command" a process
	// that stays, and "% bravo drbdadm primary r0" a line of the simulated DRBD's desk.
	Steps []string
}

// Fingerprint changes with anything that a recorded answer depends on.
func (c Case) Fingerprint() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", c.Params, c.Steps))
	return hex.EncodeToString(sum[:4])
}

// An Answer is what came of one action.
type Answer struct {
	// Step is the action with its place in the history, "3 stop".
	Step string
	// Values are what was seen, by kind: "code" always, and of the rest what has changed with the step.
	Values map[string]string
}

// kinds are those of an answer's values, in the order of a recording.
var kinds = []string{"code", "prints", "link", "addr", "route", "label", "frames", "process", "mount", "loop", "name", "drbd"}

// A Difference is a value that differs between two agents.
type Difference struct{ Agent, Case, Step, Kind, Theirs, Ours string }

// nothing is the text of a value that is not there.
const nothing = "-"

// String is the difference as a row of the table of wanted ones, without its reason.
func (d Difference) String() string {
	return strings.Join([]string{d.Agent, d.Case, d.Step, d.Kind, d.Theirs, d.Ours}, " | ")
}

// Compare returns in what two runs of a case differ.
func Compare(agent string, c Case, theirs, ours []Answer) []Difference {
	var all []Difference
	for i := range max(len(theirs), len(ours)) {
		a, b := at(theirs, i), at(ours, i)
		step := a.Step
		if step == "" {
			step = b.Step
		}
		if a.Step != b.Step {
			all = append(all, Difference{agent, c.Name, step, "step", orNothing(a.Step), orNothing(b.Step)})
		}
		for _, kind := range kinds {
			if a.Values[kind] != b.Values[kind] {
				all = append(all, Difference{agent, c.Name, step, kind, orNothing(a.Values[kind]), orNothing(b.Values[kind])})
			}
		}
	}
	return all
}

func at(answers []Answer, i int) Answer {
	if i < len(answers) {
		return answers[i]
	}
	return Answer{}
}

func orNothing(text string) string {
	if text == "" {
		return nothing
	}
	return text
}
