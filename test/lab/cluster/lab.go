package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/lab/node"
	"ocfbox/test/lab/rack"
)

// A Lab is a laboratory that is up.
type Lab struct {
	rack.Client
	// software is one of the constants.
	software string
}

// Start brings a laboratory up and waits until its cluster is quorate, has a DC, and all members
// are online; when that fails, nothing is left behind. Say gets progress, a line at a time.
func Start(ctx context.Context, o Options, say func(string, ...any)) (*Lab, error) {
	spec, err := o.build()
	if err == nil {
		err = o.Heartbeat.installed()
	}
	if err != nil {
		return nil, err
	}
	say("%s", o.times())
	client, cleaned, err := rack.Start(ctx, o.Place, spec)
	if cleaned {
		say("removed what an interrupted run left of laboratory %s", o.Place.Label())
	}
	if err != nil {
		return nil, err
	}
	lab := &Lab{client, spec.Software}
	say("%s are up; waiting for the cluster", strings.Join(o.Nodes, " "))
	err = lab.AwaitReady(ctx, lab.Patience())
	if err == nil && o.Config != "" {
		say("loading the configuration")
		err = lab.LoadConfiguration(ctx, o.Nodes[0], o.Config)
	}
	if err != nil {
		_, removed := rack.Remove(o.Place)
		return nil, errors.Join(err, removed)
	}
	return lab, nil
}

// Open finds a laboratory that is up. The error wraps rack.ErrDown when there is none.
func Open(ctx context.Context, p rack.Place) (*Lab, error) {
	lab := &Lab{Client: rack.Client{Place: p}}
	status, err := lab.Status(ctx)
	lab.software = status.Software
	return lab, err
}

// times says how fast the cluster software is set to notice things, and who fences.
func (o Options) times() string {
	if o.Heartbeat != nil {
		return fmt.Sprintf("heartbeat deadtime %s, initdead %s, no fencing", DeadTime, InitialDeadTime)
	}
	device := "fence_ocflab"
	if o.ownFencing() {
		device = "what the configuration says"
	}
	return fmt.Sprintf("corosync token %s, Pacemaker dc-deadtime 2s, fencing by %s", Token, device)
}

// Patience is how long a cluster may take until it is ready, on a busy machine.
func (l *Lab) Patience() time.Duration {
	if l.software == SoftwareHeartbeat {
		return 30*time.Second + 2*InitialDeadTime
	}
	return 30 * time.Second
}

// Members are the names of the nodes of the cluster, on or off.
func (l *Lab) Members(ctx context.Context) ([]string, error) {
	return l.members(ctx, func(rack.State) bool { return true })
}

// Running are the members that are on.
func (l *Lab) Running(ctx context.Context) ([]string, error) {
	return l.members(ctx, func(s rack.State) bool { return s.On })
}

func (l *Lab) members(ctx context.Context, which func(rack.State) bool) ([]string, error) {
	status, err := l.Status(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, n := range status.Nodes {
		if !n.Observer && which(n) {
			names = append(names, n.Name)
		}
	}
	return names, nil
}

// Run runs a program on a node and returns what it printed. An exit code that is not zero
// is an error that holds its messages; node.ExitCode tells it.
func (l *Lab) Run(ctx context.Context, on string, args ...string) (string, error) {
	return l.RunWith(ctx, "", on, args...)
}

// runLimit is how long a program may run. The longest there is waits for the cluster to settle.
const runLimit = 2 * time.Minute

// RunWith is Run with something to read for the program.
func (l *Lab) RunWith(ctx context.Context, input, on string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	process, err := l.Process(ctx, on)
	if err != nil {
		return "", err
	}
	defer process.Close()
	var out, messages bytes.Buffer
	cmd := node.Command(ctx, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &messages
	if err := node.Run(process, cmd); err != nil {
		return out.String(), fmt.Errorf("run %s on %s: %w: %s", strings.Join(args, " "), on, err, shorten(messages.String()))
	}
	return out.String(), nil
}

// Look is Run of a program that only looks, at the lowest priority: what watches a cluster must not take the
// processor from what it measures.
func (l *Lab) Look(ctx context.Context, on string, args ...string) (string, error) {
	// From whatever priority, so much lower is the lowest.
	return l.Run(ctx, on, append([]string{"nice", "-n", "40"}, args...)...)
}

// View asks one node for the state of the cluster.
func (l *Lab) View(ctx context.Context, on string) (View, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	if l.software == SoftwareHeartbeat {
		return l.heartbeatView(ctx, on)
	}
	text, err := l.Look(ctx, on, "crm_mon", "-1", "-A", "--output-as=xml")
	if err != nil {
		return View{}, err
	}
	return ParseView(text)
}

// Await calls check until it returns nil. When within is over, the error says what was awaited
// and what check said last; when outer ends, it is that of outer.
func Await(outer context.Context, what string, within time.Duration, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(outer, within)
	defer cancel()
	last := errors.New("nothing was seen")
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		// A check that the deadline interrupted knows less than the one before.
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			if outer.Err() != nil {
				return outer.Err()
			}
			return fmt.Errorf("%s within %s: last: %w", what, within, last)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// AwaitReady waits until all members that are on agree that the cluster is quorate, has a DC, and all of them are online.
func (l *Lab) AwaitReady(ctx context.Context, within time.Duration) error {
	return Await(ctx, "cluster ready", within, func(ctx context.Context) error {
		names, err := l.Running(ctx)
		if err != nil {
			return err
		}
		for _, name := range names {
			view, err := l.View(ctx, name)
			if err != nil {
				return err
			}
			if err := view.unsettled(); err != nil || len(view.Online()) < len(names) {
				return fmt.Errorf("%s sees: %s", name, view)
			}
		}
		return nil
	})
}
