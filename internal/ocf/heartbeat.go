package ocf

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Heartbeat is how heartbeat's resource scripts call an agent: with arguments in place of an
// environment (ocf-framework.md 13).
type Heartbeat struct {
	// Names are the script names that stand for the agent, its own among them.
	Names []string
	// Usage is the argument part of the usage line.
	Usage string
	// Params reads the arguments before the action word. name is the script's name. It returns the
	// resource's instance name and its parameters, or ok false for a wrong number of arguments.
	Params func(name string, args []string) (instance string, params map[string]string, ok bool)
	// Door answers for a script whose words and exit codes are its own, in place of Params; took is false
	// when the call is one of the OCF convention. nil is the common door.
	Door func(env *Env, agent *Agent, program string, args []string) (code int, took bool)
}

// Dispatch answers one call of the program under an agent's name: program is the path it was called
// by, args the words after it. It chooses between the OCF convention and heartbeat's
// (ocf-framework.md 13.3) and returns the exit code.
func Dispatch(env *Env, agent *Agent, program string, args []string) int {
	if agent.Heartbeat != nil && agent.Heartbeat.Door != nil {
		if code, took := agent.Heartbeat.Door(env, agent, program, args); took {
			return code
		}
		return Main(env, agent, args)
	}
	switch {
	case agent.Heartbeat == nil,
		env.get("OCF_RA_VERSION_MAJOR") != "",
		len(args) == 1 && isActionWord(args[0]):
		return Main(env, agent, args)
	case len(args) >= 2 && isHeartbeatWord(args[len(args)-1]),
		strings.HasSuffix(filepath.Dir(program), "ha.d/resource.d"):
		return heartbeatMain(env, agent, filepath.Base(program), args)
	}
	return Main(env, agent, args)
}

func isHeartbeatWord(word string) bool {
	switch word {
	case "start", "stop", "status", "monitor", "usage", "help":
		return true
	}
	return false
}

// heartbeatMain answers as a resource script does: a line on standard output that heartbeat reads,
// and the OCF code as the exit code.
func heartbeatMain(env *Env, agent *Agent, name string, args []string) int {
	usage := func(last string, code int) int {
		fmt.Fprintf(env.Stdout, "usage: %s %s {start|stop|status|monitor|usage}\n%s", name, agent.Heartbeat.Usage, last)
		return code
	}
	if len(args) == 0 {
		return usage("", 1)
	}
	words, action := args[:len(args)-1], args[len(args)-1]
	switch {
	case action == "usage", action == "help":
		return usage("INFO:  Success\n", 0)
	case !isHeartbeatWord(action):
		fmt.Fprintf(env.Stdout, "ERROR:  %q is no action of a resource script\n", action)
		return usage("", 1)
	case action == "status":
		action = "monitor"
	}
	instance, params, ok := agent.Heartbeat.Params(name, words)
	if !ok {
		return usage("", 1)
	}
	code := Main(env.Over(name, instance, params), agent, []string{action})
	fmt.Fprintln(env.Stdout, heartbeatLine(action, Code(code)))
	if code > int(NotRunning) {
		return 1
	}
	return code
}

// heartbeatLine is the line that heartbeat searches for "running" or "OK". What follows a start or a
// stop contains neither.
func heartbeatLine(action string, code Code) string {
	switch {
	case code == Success && action == "monitor":
		return "INFO:  Running OK"
	case code == Success:
		return "INFO:  Success"
	case code == NotRunning:
		return "INFO:  Resource is stopped"
	}
	return "ERROR:  " + code.Error()
}
