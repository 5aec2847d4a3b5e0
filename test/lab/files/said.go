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

// pacemakerLog has the lines of the cluster and of its agents.
const pacemakerLog = "/var/log/pacemaker/pacemaker.log"

// said is the lines of a node's log that have all these words.
func (d *desk) said(ctx context.Context, on string, words ...string) ([]string, error) {
	// The first word may be nowhere, which is an exit code of grep's.
	text, err := d.Lab().Run(ctx, on, "grep", "-F", "-e", words[0], pacemakerLog)
	if code, ran := node.ExitCode(err); !ran || code > 1 {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(text) {
		if hasAll(line, words[1:]) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found, nil
}

func hasAll(line string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(line, word) {
			return false
		}
	}
	return true
}

// requireSaid demands that a line of a node's log has all these words.
func (d *desk) requireSaid(on string, words ...string) {
	d.Await(fmt.Sprintf("the log of %s says %q", on, words), 20*time.Second, func(ctx context.Context) error {
		found, err := d.said(ctx, on, words...)
		if err == nil && len(found) == 0 {
			err = errors.New("it does not")
		}
		return err
	})
	d.Step("the log of %s says %q", on, strings.Join(words, " ... "))
}

// requireUnsaid demands that no line of a node's log has all these words.
func (d *desk) requireUnsaid(on string, words ...string) {
	found, err := d.said(d.Context(), on, words...)
	d.Must(err)
	if len(found) > 0 {
		d.Fail("the log of %s says: %s", on, found[0])
	}
}

// awaitFailure waits until the cluster shows a failed action whose words these are.
func (d *desk) awaitFailure(words ...string) {
	d.Await(fmt.Sprintf("the cluster shows the failure %q", words), scenario.Patience, func(ctx context.Context) error {
		nodes, err := d.Lab().Running(ctx)
		if err != nil {
			return err
		}
		view, err := d.Lab().View(ctx, nodes[0])
		if err != nil {
			return err
		}
		for _, failure := range view.Failures {
			if hasAll(failure, words) {
				d.Step("the cluster shows: %s", failure)
				return nil
			}
		}
		return fmt.Errorf("it shows %q", view.Failures)
	})
}

// requireNoFailure demands that the cluster shows no failed action.
func (d *desk) requireNoFailure(on string) {
	view, err := d.Lab().View(d.Context(), on)
	d.Must(err)
	if len(view.Failures) > 0 {
		d.Fail("the cluster shows: %s", strings.Join(view.Failures, "; "))
	}
}
