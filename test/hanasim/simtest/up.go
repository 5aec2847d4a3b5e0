// Package simtest brings up laboratories with databases for tests.
package simtest

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
)

// Up brings up a laboratory whose nodes, o.Nodes, have the plan's databases with o.Agents, and removes it at the end of the
// test. The databases run when the plan says so. The name tells it from the test binary's other laboratories.
func Up(t *testing.T, name string, o cluster.Options, plan install.Plan) *cluster.Lab {
	t.Helper()
	place, err := rack.NewPlace(fmt.Sprintf("%s%d", name, os.Getpid()))
	require.NoError(t, err)
	o.Place = place
	addition, err := hanasim.Addition(plan, o.Nodes)
	require.NoError(t, err)
	o.Additions = append(o.Additions, addition)
	t.Cleanup(func() {
		_, err := rack.Remove(place)
		require.NoError(t, err)
	})
	l, err := cluster.Start(t.Context(), o, t.Logf)
	require.NoError(t, err)
	if plan.State == install.Running {
		require.NoError(t, hanasim.Start(t.Context(), l, plan, o.Nodes))
	}
	return l
}
