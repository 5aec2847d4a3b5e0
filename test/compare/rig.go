package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"ocfbox/test/lab"
)

// RigName is the name under which the test binary is started again as a rig.
const RigName = "compare-rig"

// patience is the longest that a rig may take.
const patience = 4 * time.Minute

// An Agent is one of the programs that are compared.
type Agent struct {
	// Name is the resource agent's, such as "IPaddr2".
	Name string
	// Command is the program with the words ahead of the action.
	Command []string
	// Env are variables beside those that Pacemaker gives.
	Env []string
}

// order is what a rig reads from its standard input.
type order struct {
	Agent Agent
	Case  Case
	// Folder is for files that the parent has prepared, such as an empty file system.
	Folder string
}

// Run runs a case in a rig of its own. The text is what the agent and the rig have said on their error streams.
func (a Agent) Run(ctx context.Context, c Case, folder string) (answers []Answer, said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	input, err := json.Marshal(order{a, c, folder})
	if err != nil {
		return nil, "", err
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Args = []string{RigName}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &errs
	cmd.WaitDelay = time.Second
	lab.Apart(cmd, lab.Net, lab.Mount, lab.PID)
	// The rig dies with the thread that has started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Run(); err != nil {
		return nil, errs.String(), fmt.Errorf("the rig of %q: %w", c.Name, err)
	}
	answers, err = ParseAnswers(out.String())
	return answers, errs.String(), err
}

// Rig is the process that is a rig: it reads a case, lives through it and writes its answers.
func Rig() int {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		return 1
	}
	if err := lab.Arrive(lab.Net, lab.Mount, lab.PID); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		return 1
	}
	answers, err := live(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		return 1
	}
	fmt.Print(AnswersText(answers))
	return 0
}
