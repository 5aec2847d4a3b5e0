package lab

import (
	"os"
	"os/exec"
)

// Apart lets a command run in namespaces of its own. What it runs calls Arrive
// before anything else, with the same facilities. The command is killed when
// the thread ends that starts it: the caller locks itself to the thread until
// the command has ended.
func Apart(cmd *exec.Cmd, what ...Facility) {
	cmd.SysProcAttr = newNamespaces(union(what))
}

// Arrive furnishes the namespaces in which Apart has started this process.
func Arrive(what ...Facility) error {
	if err := furnish(union(what)); err != nil {
		return err
	}
	return os.Setenv(inside, sandbox())
}

func union(what []Facility) Facility {
	var all Facility
	for _, f := range what {
		all |= f
	}
	return all
}
