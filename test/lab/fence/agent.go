package fence

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Name is what the agent is called.
const Name = "fence_ocflab"

// Exit codes of the FenceAgentAPI.
const (
	exitOK    = 0
	exitError = 1
	// exitOff answers status for a node that is off.
	exitOff = 2
)

// Options are what Pacemaker hands to the agent.
type Options struct {
	Action string
	// Node is the node to act on.
	Node string
	// Message is left in the node's slot when it is switched off.
	Message string
	// PowerTimeout is how long a node may take to be off after the device said so.
	PowerTimeout time.Duration
}

// ReadOptions reads name=value lines, and after them the short options -o ACTION and -n NODE that
// people type. Unknown names are ignored, as the API demands.
func ReadOptions(in io.Reader, args []string) (Options, error) {
	o := Options{PowerTimeout: 10 * time.Second}
	if len(args) == 0 {
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			name, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), "=")
			if err := o.set(name, value); err != nil {
				return o, err
			}
		}
		return o, lines.Err()
	}
	for i := 0; i+1 < len(args); i += 2 {
		name := map[string]string{"-o": "action", "--action": "action", "-n": "port", "--plug": "port"}[args[i]]
		if err := o.set(name, args[i+1]); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (o *Options) set(name, value string) error {
	switch name {
	case "action", "option":
		o.Action = value
	case "port", "plug":
		o.Node = value
	case "nodename":
		// Pacemaker sends the cluster's name for the node besides the device's.
		if o.Node == "" {
			o.Node = value
		}
	case "power_timeout":
		seconds, err := strconv.Atoi(value)
		if err != nil || seconds < 1 {
			return fmt.Errorf("power_timeout is %q, not a number of seconds", value)
		}
		o.PowerTimeout = time.Duration(seconds) * time.Second
	}
	return nil
}

// An Agent answers one call.
type Agent struct {
	Device   Device
	Out, Err io.Writer
}

// Main runs the agent with its own streams and returns its exit code.
func (a Agent) Main(ctx context.Context, in io.Reader, args []string) int {
	o, err := ReadOptions(in, args)
	if err == nil {
		var code int
		if code, err = a.Act(ctx, o); err == nil {
			return code
		}
	}
	fmt.Fprintf(a.Err, "%s: %s of %s: %v\n", Name, o.Action, o.Node, err)
	return exitError
}

// Act carries out an action and returns its exit code.
func (a Agent) Act(ctx context.Context, o Options) (int, error) {
	switch o.Action {
	case "metadata", "meta-data":
		_, err := io.WriteString(a.Out, metadata)
		return exitOK, err
	case "validate-all":
		return exitOK, nil
	case "monitor":
		_, err := a.Device.Do(ctx, Order{Action: "list"})
		return exitOK, err
	case "list", "list-status":
		return a.list(ctx)
	case "status":
		return a.status(ctx, o.Node)
	case "on":
		return exitOK, a.turn(ctx, o, true)
	case "off":
		return exitOK, a.turn(ctx, o, false)
	case "reboot", "":
		if err := a.turn(ctx, o, false); err != nil {
			return exitError, err
		}
		// The node is off, which is what fencing promises: a node that does not
		// come up again is no failure of the device.
		if err := a.turn(ctx, o, true); err != nil {
			fmt.Fprintf(a.Err, "%s: %s is off but does not come up: %v\n", Name, o.Node, err)
		}
		return exitOK, nil
	}
	return exitError, fmt.Errorf("action %q is unknown", o.Action)
}

func (a Agent) list(ctx context.Context) (int, error) {
	answer, err := a.Device.Do(ctx, Order{Action: "list"})
	if err != nil {
		return exitError, err
	}
	for _, n := range answer.Nodes {
		fmt.Fprintf(a.Out, "%s,\n", n)
	}
	return exitOK, nil
}

func (a Agent) status(ctx context.Context, node string) (int, error) {
	answer, err := a.Device.Do(ctx, Order{Action: "status", Node: node})
	switch {
	case err != nil:
		return exitError, err
	case answer.On:
		return exitOK, nil
	}
	return exitOff, nil
}

// turn switches a node and waits until the device says that it is in that state.
func (a Agent) turn(ctx context.Context, o Options, on bool) error {
	action := map[bool]string{true: "on", false: "off"}[on]
	order := Order{Action: action, Node: o.Node}
	if !on {
		order.Message = o.Message
	}
	if _, err := a.Device.Do(ctx, order); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.PowerTimeout)
	defer cancel()
	for {
		answer, err := a.Device.Do(ctx, Order{Action: "status", Node: o.Node})
		if err != nil {
			return fmt.Errorf("ask whether the node is %s: %w", action, err)
		}
		if answer.On == on {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the device said the node is %s, but after %s it is not", action, o.PowerTimeout)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
