package hanasim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ocfbox/test/hanasim/fault"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
)

// As runs a command line as the system's user, in a login shell, as agents and administrators do.
func As(ctx context.Context, lab *cluster.Lab, on, user, command string) (string, error) {
	return lab.Run(ctx, on, "su", "-", user, "-c", command)
}

// Start starts the databases of all nodes and waits until all of them are in sync.
func Start(ctx context.Context, lab *cluster.Lab, p install.Plan, nodes []string) error {
	user := p.System(nodes[0]).User()
	primary := cmp.Or(p.Primary, nodes[0])
	// A secondary does not finish its start while its source is down.
	rest := slices.DeleteFunc(slices.Clone(nodes), func(n string) bool { return n == primary })
	for _, n := range append([]string{primary}, rest...) {
		if _, err := As(ctx, lab, n, user, "HDB start"); err != nil {
			return err
		}
	}
	if p.State == install.Installed {
		return nil
	}
	return AwaitStatus(ctx, lab, primary, user, 15, time.Minute)
}

// AwaitStatus waits until systemReplicationStatus.py on a node exits with a code.
func AwaitStatus(ctx context.Context, lab *cluster.Lab, on, user string, code int, within time.Duration) error {
	return cluster.Await(ctx, fmt.Sprintf("replication status %d on %s", code, on), within, func(ctx context.Context) error {
		out, err := As(ctx, lab, on, user, "HDBSettings.sh systemReplicationStatus.py")
		if got, _ := node.ExitCode(errors.Unwrap(err)); err != nil && got == code {
			return nil
		}
		return fmt.Errorf("%w: %s", err, out)
	})
}

// Switch makes a command on a node behave badly, or well again.
func Switch(ctx context.Context, lab *cluster.Lab, on, how, command, function string) error {
	return fault.HANA().Switch(ctx, lab, on, how, command, function)
}
