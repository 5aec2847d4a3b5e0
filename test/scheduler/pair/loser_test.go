package pair

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents/saphana"
	"ocfbox/test/scheduler"
)

// A loser that finds nobody to register with is started with its database down (saphana.md 17.1, row 83). Its score bars
// it from being promoted, and it is registered as soon as the winner runs.
func TestALoserThatCannotRegisterYetIsNotPromoted(t *testing.T) {
	t.Parallel()
	for _, by := range []policy{takeOver.automatic(), restart.automatic()} {
		p := healthy(t, by)
		require.NoError(t, coldStart(p, "-60", "", false))
		all, err := p.Settle(t.Context())
		require.NoError(t, err, "%v", all)
		require.Equal(t, "-9000", all[0].Scores[Resource][Second], "%v", all[0])
		require.Equal(t, [2]string{"150", "100"}, p.scores(), "%v", all)
	}
}

// When the winner's database does not start either, nobody is promoted, however often the loser's monitor reports that
// its database is down.
func TestALoserWhoseWinnerDoesNotStartIsNeverPromoted(t *testing.T) {
	t.Parallel()
	for _, by := range []policy{takeOver.automatic(), restart.automatic()} {
		p := healthy(t, by)
		p.With(First, func(d *Database) { d.Stuck = saphana.Launch })
		require.NoError(t, coldStart(p, "-60", "10", false))
		var reports []scheduler.Event
		for range 4 {
			before := p.Copy()
			transition, err := p.Play(t.Context(), reports...)
			require.NoError(t, err)
			require.NoError(t, Check(before, p, transition))
			require.Empty(t, transition.Nodes(Resource, "Promoted"), "%v", transition)
			reports, err = p.Monitor()
			require.NoError(t, err)
		}
		require.Equal(t, "-9000", p.Score(Second))
		require.Len(t, reports, 1, "the loser's monitor goes on reporting")
	}
}

// The score that such a loser had in 0.162, planted again, is found.
func TestALoserWithAScoreAtWhichPacemakerPromotesIsFound(t *testing.T) {
	t.Parallel()
	p := healthy(t, takeOver.automatic())
	p.Agent = misscored(Second, "-9000", "0")
	require.NoError(t, coldStart(p, "-60", "", false))
	_, err := p.Settle(t.Context())
	require.ErrorContains(t, err, `suse02 is started with its database down, and its score is "0"`)
}

// Even with that score the promotion of a primary that is down is refused, so that the address does not follow it.
func TestAPrimaryThatIsDownRefusesItsPromotion(t *testing.T) {
	t.Parallel()
	p := healthy(t, takeOver.automatic())
	p.Agent = misscored(Second, "-9000", "0")
	p.With(First, func(d *Database) { d.Stuck = saphana.Launch })
	require.NoError(t, coldStart(p, "-60", "10", false))
	var all []string
	var reports []scheduler.Event
	for range 3 {
		transition, err := p.Play(t.Context(), reports...)
		require.NoError(t, err)
		require.Empty(t, transition.Nodes(Resource, "Promoted"), "%v", transition)
		all = append(all, transition.String())
		reports, err = p.Monitor()
		require.NoError(t, err)
	}
	require.Contains(t, strings.Join(all, "\n"), "op-fail "+Resource+"_promote_0@"+Second+"=1")
}
