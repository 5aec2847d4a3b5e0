package filesystem

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ocfbox/internal/abandon"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/test/lab"
)

// The test binary is what starts itself again: as the process that makes calls, as the guard of a program, as a
// user of a file system, and as the agent in the tests that need a real process.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case abandon.Name:
		os.Exit(Callee())
	case run.GuardName:
		os.Exit(run.Guard(os.Args[1:]))
	case userName:
		os.Exit(user(os.Args[1], os.Args[2]))
	case "Filesystem":
		os.Exit(ocf.Dispatch(realEnv(), &Agent, os.Args[0], os.Args[1:]))
	}
	// Most tests wait most of the time; a default that -parallel on the command line overrides.
	_ = flag.Set("test.parallel", "8")
	lab.Main(m, lab.Net, lab.Mount, lab.PID)
}

func realEnv() *ocf.Env {
	return &ocf.Env{
		Lookup:  os.LookupEnv,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Runner:  new(run.System),
		Started: time.Now(),
		UID:     os.Geteuid(),
		PID:     os.Getpid(),
	}
}
