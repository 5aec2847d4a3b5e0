package pair

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents/saphana"
)

// A loser that finds nobody to register with is left with score 0 and its database down (saphana.md 11.4, row 83 of the
// matrix). Pacemaker promotes at 0, and the promotion of a primary is a success that does nothing: the address goes to a
// database that is down, until a monitor reports it and the other has started.
func TestALoserThatCannotRegisterYetIsPromotedThoughItIsDown(t *testing.T) {
	t.Parallel()
	for _, by := range []policy{takeOver.automatic(), restart.automatic()} {
		p := healthy(t, by)
		require.NoError(t, coldStart(p, "-60", "", false))
		before := p.Copy()
		transition, err := p.Play(t.Context())
		require.NoError(t, err)
		require.ErrorContains(t, Check(before, p, transition), Second+" is promoted, and its database is no primary that runs")
		reports, err := p.Monitor()
		require.NoError(t, err)
		var all []string
		for range maxRounds {
			transition, err = p.Play(t.Context(), reports...)
			require.NoError(t, err)
			reports, err = p.Monitor()
			require.NoError(t, err)
			all = append(all, transition.String(), fmt.Sprint(p.scores(), p.Databases))
		}
		require.Equal(t, [2]string{"150", "100"}, p.scores(), "%v", all)
	}
}

// When the winner's database does not start either, that goes on: every monitor reports the failed primary, and every
// recovery promotes it again.
func TestALoserWhoseWinnerDoesNotStartIsPromotedAgainAndAgain(t *testing.T) {
	t.Parallel()
	for _, by := range []policy{takeOver.automatic(), restart.automatic()} {
		p := healthy(t, by)
		p.With(First, func(d *Database) { d.Stuck = saphana.Launch })
		require.NoError(t, coldStart(p, "-60", "10", false))
		_, err := p.Play(t.Context())
		require.NoError(t, err)
		reports, err := p.Monitor()
		require.NoError(t, err)
		for range 3 {
			before := p.Copy()
			transition, err := p.Play(t.Context(), reports...)
			require.NoError(t, err)
			require.ErrorContains(t, Check(before, p, transition), Second+" is promoted, and its database is no primary that runs")
			require.Equal(t, []string{Second}, transition.Nodes(Address, ""))
			reports, err = p.Monitor()
			require.NoError(t, err)
			require.Equal(t, "[op-inject "+Resource+"_monitor_60000@"+Second+"=9]", fmt.Sprint(reports))
		}
	}
}
