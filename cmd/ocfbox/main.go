// Command ocfbox is a multicall binary: it acts as the resource agent, helper or tool by whose name
// it is called, or that its first argument names.
package main

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/agents"
	"ocfbox/agents/filesystem"
	"ocfbox/agents/ipaddr2"
	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/abandon"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// program is the name of the binary itself, which is no applet.
const program = "ocfbox"

func main() {
	started := time.Now()
	os.Exit(door(started, os.Args))
}

// door goes from a name to what answers to it. Agents and helpers come first and never see the
// command line library: they have neither flags nor help.
func door(started time.Time, args []string) int {
	name, rest := args[0], args[1:]
	switch filepath.Base(name) {
	case run.GuardName:
		return run.Guard(rest)
	case ipaddr2.AnnouncerName:
		return ipaddr2.Announcer(rest)
	case syncverify.FreezerName:
		return syncverify.Freezer(os.Stdin, os.Stdout, &run.System{})
	case abandon.Name:
		return filesystem.Callee()
	case program:
		if len(rest) == 0 || agents.Find(rest[0]) == nil {
			return tools(args)
		}
		name, rest = rest[0], rest[1:]
	}
	if agent := agents.Find(filepath.Base(name)); agent != nil {
		return ocf.Dispatch(processEnv(started), agent, name, rest)
	}
	return tools(args)
}

// processEnv is the real process as an agent sees it.
func processEnv(started time.Time) *ocf.Env {
	return &ocf.Env{
		Lookup:   os.LookupEnv,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Terminal: stdinIsTerminal,
		Runner:   &run.System{Missing: ocf.True(os.Getenv("OCF_TESTER_FAIL_HAVE_BINARY"))},
		Started:  started,
		UID:      os.Geteuid(),
		PID:      os.Getpid(),
	}
}

func stdinIsTerminal() bool {
	_, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS)
	return err == nil
}
