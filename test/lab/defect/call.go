package defect

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// realAgent is the program that the agents are.
const realAgent = "/usr/sbin/ocfbox"

// A call is one of an agent by Pacemaker.
type call struct {
	agent, action string
	env           func(string) string
	// run runs a program and returns what it prints and its exit code; healthy is that of the real agent.
	run     func(name string, args ...string) (out string, code int)
	healthy func() int
	sleep   func(time.Duration)
	remove  func(file string)
	// root is that of the node's files.
	root string
}

func newCall(args []string) *call {
	c := &call{agent: filepath.Base(args[0]), env: os.Getenv, run: run, sleep: time.Sleep, root: "/"}
	if len(args) > 1 {
		c.action = args[1]
	}
	c.healthy = func() int {
		cmd := exec.Command(realAgent)
		cmd.Args = args
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		return exitCode(cmd.Run())
	}
	// What cannot be removed was not there.
	c.remove = func(file string) { _ = os.Remove(file) }
	return c
}

func run(name string, args ...string) (string, int) {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(out), exitCode(err)
}

// exitCode is that of a program that has run, and failure of one that could not.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.Exited():
		return exit.ExitCode()
	}
	return failure
}

// readFault is the node's fault, empty when it has none.
func readFault() string {
	text, err := os.ReadFile(File)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// probe tells whether Pacemaker asks once, before it knows the resource.
func (c *call) probe() bool { return c.env("OCF_RESKEY_CRM_meta_interval") == "0" }

func (c *call) sid() string    { return c.env("OCF_RESKEY_SID") }
func (c *call) number() string { return c.env("OCF_RESKEY_InstanceNumber") }

func (c *call) sapcontrol() string {
	return filepath.Join("/usr/sap", c.sid(), "HDB"+c.number(), "exe/sapcontrol")
}

// login runs a command line as SAP's administrator.
func (c *call) login(command string) string {
	out, _ := c.run("su", "-", strings.ToLower(c.sid())+"adm", "-c", command)
	return out
}

// primary tells whether the node's database is configured as primary.
func (c *call) primary() bool {
	return strings.Contains(c.login("hdbnsutil -sr_stateConfiguration"), "mode: primary")
}

// running tells whether the node's database runs.
func (c *call) running() bool {
	_, code := c.run("pgrep", "-x", "hdbindexserver")
	return code == 0
}
