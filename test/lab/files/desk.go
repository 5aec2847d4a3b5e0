package files

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/writer"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/files/store"
	"ocfbox/test/lab/fuse"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/scenario"
)

// A desk is the stage of a scenario of this package.
type desk struct {
	*scenario.Stage
	// base is the directory of the disk's file system, where the rows are in the end.
	base string
	// client is what the client said; it is empty until it writes.
	client  writer.Transcript
	written bool
}

// procedure makes a scenario of a procedure that is judged by the rows.
func procedure(name, title string, run func(*desk)) scenario.Scenario {
	return scenario.Scenario{Name: name, Title: title, Kit: kit(), Run: func(s *scenario.Stage) {
		d := &desk{Stage: s}
		defer d.judge()
		run(d)
	}}
}

// begin configures a file server whose service keeps its rows in a folder, and lets a client write. It returns the node
// that serves, and the other one.
func (d *desk) begin(in string, systems ...fileSystem) (home, other string) {
	d.base = systems[0].directory
	d.Step("configure a file server at %s", address())
	d.Configure(configuration(in, systems...))
	home = d.AwaitStarted(service)
	d.AwaitReached(address())
	d.write()
	return home, d.Other(home)
}

// write starts the client.
func (d *desk) write() {
	process, err := d.Lab().Process(d.Context(), cluster.ClientHost)
	d.Must(err)
	d.client.Served, d.written = d.Served, true
	d.Go(func(ctx context.Context) {
		defer process.Close()
		cmd := node.Command(ctx, hanasim.Writer, "-n", fmt.Sprintf("%s:%d", address(), store.Port), "-every", "100ms", "-patience", "2s")
		cmd.Stdout = &d.client
		// It runs until it is ended.
		_ = node.Run(process, cmd)
	})
	d.awaitRow()
	d.Step("a client writes rows through %s", address())
}

// awaitRow waits until a row is acknowledged that the client asked for after now.
func (d *desk) awaitRow() {
	d.awaitAnswer("a row is written through "+address().String(), func(a writer.Answer) error {
		if a.Error != "" {
			return errors.New(a.Error)
		}
		return nil
	})
}

// awaitRefusal waits until a row is refused for a reason.
func (d *desk) awaitRefusal(reason string) {
	d.awaitAnswer("a row is refused: "+reason, func(a writer.Answer) error {
		if !strings.Contains(a.Error, reason) {
			return fmt.Errorf("the last answer: %q", a.Error)
		}
		return nil
	})
	d.Step("the client's rows are refused: %s", reason)
}

// awaitAnswer waits until the answer to the last row that was asked for after now is as wanted.
func (d *desk) awaitAnswer(what string, wanted func(writer.Answer) error) {
	since := truth.Now()
	d.Await(what, scenario.Patience, func(context.Context) error {
		answers, err := d.client.Answers()
		if err != nil {
			return err
		}
		if n := len(answers); n > 0 && answers[n-1].Asked >= since {
			return wanted(answers[n-1])
		}
		return errors.New("there is no new answer")
	})
}

// awaitService sees the group work on a node: the client's rows arrive there.
func (d *desk) awaitService(on string) {
	d.AwaitOn(service, on)
	d.AwaitReached(address())
	d.RequireHeldBy(address(), on)
	d.awaitRow()
	d.Step("the client is served by %s", on)
}

// moveTo moves the group as an administrator does, and sees it work there.
func (d *desk) moveTo(on string) {
	d.sendTo(on)
	d.awaitService(on)
	d.Run(on, "crm", "resource", "clear", group)
}

// sendTo asks for the group to be on a node.
func (d *desk) sendTo(on string) {
	d.Step("crm resource move %s %s", group, on)
	d.Broke()
	d.Run(on, "crm", "resource", "move", group, on)
}

// put writes a file on a node.
func (d *desk) put(on, file, text string) {
	_, err := d.Lab().RunWith(d.Context(), text, on, "dd", "status=none", "of="+file)
	d.Must(err)
}

// serverBecomes lets the server of the file system on a node behave in a mode from now on.
func (d *desk) serverBecomes(on string, mode fuse.Mode) {
	d.Step("from now on the file system's server on %s %s", on, mode)
	d.put(on, fuse.ModeFile, string(mode))
	d.Broke()
}

// awaitFenced waits until a node's power has been taken by fencing.
func (d *desk) awaitFenced(on string) {
	d.AwaitEvent("fencing of "+on, 1, func(e rack.Event) bool {
		return e.What == rack.Fencing && e.Node == on && strings.HasSuffix(e.Detail, "done, says the device")
	})
	d.Step("%s was fenced", on)
}

// rowsFile is where the rows are, on the node that has the disk.
func (d *desk) rowsFile() string { return path.Join(d.base, store.File) }
