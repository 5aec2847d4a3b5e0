package saphana

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

// A former primary that was registered is still called a primary by the topology's agent, until that has run again. The
// score of one would take the promotion from the node that has just taken over.
func TestARegisteredSiteIsNotRatedAsThePrimaryThatItWas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prefer Preference
		roles  string
		want   string
	}{
		"stopped by then":          {PreferSite, primaryDown, "0"},
		"stopped by then, locally": {PreferLocal, primaryDown, "-1"},
		"running by then":          {PreferSite, primaryUp, "100"},
		"published anew":           {PreferSite, secondaryUp, "100"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := steadySecondary()
			o.Occasion, o.Policy.Prefer, o.Own.Roles, o.Own.Score = Monitor, c.prefer, c.roles, scoreStart
			v := Decide(o)
			require.Equal(t, ocf.Success, v.Code)
			require.Equal(t, c.want, o.Apply(v).Own.Score)
		})
	}
}
