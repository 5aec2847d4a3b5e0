package pair

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/hana"
	"ocfbox/test/scheduler"
)

// Pacemaker promotes at every score that is not negative, the 0 of a start included: a score that shall keep a database
// from being promoted has to be negative.
func TestOnlyANegativeScoreBarsAPromotion(t *testing.T) {
	t.Parallel()
	for value, promoted := range map[string][]string{
		"100": {Second}, "10": {Second}, "5": {Second}, "0": {Second}, "-1": nil, "-9000": nil, never: nil,
	} {
		c := healthy(t, takeOver).Cluster.Score(Resource, Second, value)
		scheduler.Given("score "+value+" and the primary's node vanishes", c).
			When(scheduler.Vanishes(First)).
			Then(scheduler.Fenced(First), scheduler.Promoted(Resource, promoted...)).
			Run(t)
	}
}

// Between an event and the monitor that makes a score of it, Pacemaker goes by the old score. What it tries then the
// agent refuses (saphana.md 11.12): it takes over nothing that is not in sync.
func TestAPromotionThatComesBeforeTheScoreIsRefused(t *testing.T) {
	t.Parallel()
	for name, window := range map[string]struct {
		opens func(t *testing.T, p *Pair)
		score string
	}{
		"the replication has just been lost": {func(_ *testing.T, p *Pair) { cutOff(p) }, "100"},
		"the secondary has just started":     {restarted, "0"},
	} {
		for _, by := range []policy{takeOver, restart.automatic()} {
			t.Run(by.String()+", "+name, func(t *testing.T) {
				t.Parallel()
				p := healthy(t, by)
				window.opens(t, p)
				require.Equal(t, window.score, p.Score(Second))
				require.NoError(t, nodeVanishes(First)(p))
				before := p.Copy()
				transition, err := p.Play(t.Context())
				require.NoError(t, err)
				require.ErrorContains(t, Check(before, p, transition), "a secondary whose replication is SFAIL")
				require.NoError(t, nothingLost(p))
				_, err = p.Monitor()
				require.NoError(t, err)
				all, err := p.Settle(t.Context())
				require.NoError(t, err, "%v", all)
				require.Empty(t, all[len(all)-1].Nodes(Resource, "Promoted"))
				require.Equal(t, Database{Role: hana.Secondary}, p.Databases[Second])
				require.Equal(t, "WAITING4PRIM "+never, p.node(Second).CloneState+" "+p.Score(Second))
			})
		}
	}
}

// restarted is a secondary that has crashed and is started again, before its first monitor.
func restarted(t *testing.T, p *Pair) {
	p.Lags = true
	require.NoError(t, databaseCrashes(Second)(p))
	reports, err := p.Judge()
	require.NoError(t, err)
	_, err = p.Play(t.Context(), reports...)
	require.NoError(t, err)
}
