package pair

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The initial state of the trajectories: saphana.md 18, I(A,B).
func TestThePairAtRestIsThatOfTheGuide(t *testing.T) {
	t.Parallel()
	p := healthy(t, takeOver)
	primary, secondary := p.node(First), p.node(Second)
	require.Equal(t, "150", primary.Score)
	require.Equal(t, "100", secondary.Score)
	require.Equal(t, []string{"PROMOTED", "PRIM", "PRIM"}, []string{primary.CloneState, primary.SyncState, primary.Hook})
	require.Equal(t, []string{"DEMOTED", "SOK", "SOK"}, []string{secondary.CloneState, secondary.SyncState, secondary.Hook})
	require.Equal(t, "30", secondary.LPT)
	transition, err := p.Play(t.Context())
	require.NoError(t, err)
	require.True(t, transition.Quiet(), "%s", transition)
	require.Equal(t, []string{First}, transition.Nodes(Resource, "Promoted"))
	require.Equal(t, []string{First}, transition.Nodes(Address, ""))
}
