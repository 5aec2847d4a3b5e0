package command

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ocfbox/test/hanasim/fault"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/text"
	"ocfbox/test/hanasim/wire"
)

// interpreter runs what is none of our tools.
const interpreter = "/usr/bin/python3"

// settings is HDBSettings.sh: it runs a tool with the instance's environment.
func settings(c call) int { return python(c) }

// python plays the tools of python_support, and leaves everything else to Python.
func python(c call) int {
	tools := map[string]func(call, site.System) int{
		"landscapeHostConfiguration.py": landscape, "systemReplicationStatus.py": replicationStatus, "getParameter.py": parameters,
	}
	for i, a := range c.args {
		name := filepath.Base(a)
		tool, ours := tools[name]
		if !ours {
			continue
		}
		c.args = c.args[i+1:]
		if code, ends := fault.HANA().Play(name, "", os.Stdout); ends {
			return code
		}
		s, ok := c.own()
		if !ok {
			return text.LandscapeFatal
		}
		return tool(c, s)
	}
	err := syscall.Exec(interpreter, append([]string{interpreter}, c.args...), os.Environ())
	fmt.Fprintln(c.err, errors.Join(errors.New("run "+interpreter), err))
	return 126
}

// nameserverState asks the nameserver, for as long as that takes; it is nil where there is none.
func nameserverState(s site.System) *wire.State {
	conn, err := wire.Dial(s.Socket("nameserver"), 5*time.Second)
	if err != nil {
		return nil
	}
	defer conn.Close()
	var a wire.Answer
	if conn.Ask(wire.Question{Ask: wire.AskState}, &a) != nil || a.State == nil {
		return nil
	}
	m := &a.State.Memory
	m.Mode, m.ID, m.Name, m.OperationMode = a.State.Mode, a.State.ID, a.State.Name, a.State.OpMode
	return a.State
}

func landscape(c call, s site.System) int {
	l := text.LandscapeOf(s.Host, nameserverState(s))
	if c.has("--sapcontrol=1") {
		c.say("%s", l.Lines())
	} else {
		c.say("%s", l.Table())
	}
	return l.Status
}

func replicationStatus(c call, s site.System) int {
	r := text.Replication{Host: s.Host, State: nameserverState(s), Site: c.value("--site")}
	if c.has("--sapcontrol=1") {
		c.say("%s", r.Lines())
	} else {
		c.say("%s", r.Table())
	}
	return int(r.Status())
}

func parameters(c call, s site.System) int {
	ini, err := site.ReadIni(s.GlobalIni())
	if err != nil {
		fmt.Fprintln(c.err, err)
		return 1
	}
	var keys []string
	for _, a := range c.args {
		if key, ok := strings.CutPrefix(a, "--key="); ok {
			keys = append(keys, key)
		}
	}
	c.say("%s", text.Parameters(ini, keys, c.has("--sapcontrol=1")))
	return 0
}
