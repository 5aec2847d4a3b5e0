package files

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
)

func busy() []scenario.Scenario {
	return []scenario.Scenario{
		procedure("files-busy", "An administrator's programs sit in the mount, one of them deaf to TERM: they are ended, and the file server moves.", busyEnded),
		procedure("files-busy-kept", "With force_unmount=false nobody is ended: stop fails and says who holds the mount, and the node is fenced.", busyKept),
	}
}

// A sitter is a program of an administrator that keeps the mount busy, and the words by which the log names it.
type sitter struct{ command, words, how string }

// The sitters. The numbers tell their processes from all others.
func inDirectory() sitter {
	return sitter{"cd " + folder + " && exec sleep 31001", "sleep 31001", "its working directory"}
}

func withFile() sitter {
	return sitter{"cd / && exec tail -f -n 31002 " + rowsIn(folder), "tail -f -n 31002", "an open file"}
}

func deaf() sitter {
	return sitter{`trap "" TERM; cd ` + folder + ` && exec sleep 31003`, "sleep 31003", "its working directory"}
}

// sit starts a program that goes on by itself.
func (d *desk) sit(on string, s sitter) {
	d.Run(on, "sh", "-c", "setsid -f sh -c '"+s.command+"' >/dev/null 2>&1 </dev/null")
	d.Await(s.words+" runs", 10*time.Second, func(ctx context.Context) error {
		_, err := d.Lab().Run(ctx, on, "pgrep", "-f", "^"+s.words)
		return err
	})
	d.Step("on %s an administrator's program uses the mount: %s", on, s.words)
}

// requireEnded demands that a program has ended.
func (d *desk) requireEnded(on string, s sitter) {
	out, err := d.Lab().Run(d.Context(), on, "pgrep", "-f", "^"+s.words)
	if code, ran := node.ExitCode(err); !ran || code != 1 {
		d.Fail("%s has not ended: %w", s.words, errors.Join(err, fmt.Errorf("pid %s", strings.TrimSpace(out))))
	}
}

func busyEnded(d *desk) {
	home, other := d.begin(folder, onDisk(folder, "force_unmount=true"))
	sitters := []sitter{inDirectory(), withFile(), deaf()}
	for _, s := range sitters {
		d.sit(home, s)
	}
	d.moveTo(other)
	for _, s := range sitters {
		d.requireSaid(home, "sent TERM: ", s.words, s.how)
		d.requireEnded(home, s)
	}
	d.requireSaid(home, "sent KILL: ", deaf().words)
	d.requireUnsaid(home, "sent KILL: ", inDirectory().words)
	d.RequireNotFenced()
}

func busyKept(d *desk) {
	home, other := d.begin(folder, onDisk(folder, "force_unmount=false fast_stop=yes"))
	d.sit(home, inDirectory())
	pid := strings.TrimSpace(d.Run(home, "pgrep", "-f", "^"+inDirectory().words))
	d.sendTo(other)
	d.awaitFenced(home)
	d.awaitService(other)
	d.Run(other, "crm", "resource", "clear", group)
	d.AwaitReady()
	d.requireSaid(home, "ocf-exit-reason:", folder+" is busy: used by pid "+pid+" (sleep: its working directory)")
	d.requireUnsaid(home, "sent TERM")
}
