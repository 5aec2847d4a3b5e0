package pair

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/agents/saphana"
	"ocfbox/test/lab"
	"ocfbox/test/product"
	"ocfbox/test/scheduler"
)

// A policy is what the administrator has set.
type policy struct {
	prefer   saphana.Preference
	register bool
}

// The policies of the guide: performance optimised, and cost optimised.
var (
	takeOver     = policy{prefer: saphana.PreferSite}
	restart      = policy{prefer: saphana.PreferLocal}
	neverPromote = policy{prefer: saphana.PreferNever}
)

// automatic is the policy with AUTOMATED_REGISTER.
func (p policy) automatic() policy { return policy{p.prefer, true} }

// String is the policy as cases name it.
func (p policy) String() string {
	if p.register {
		return p.prefer.String() + ", register"
	}
	return p.prefer.String()
}

// atRest are the pairs that the cases start from, by their policy.
var atRest sync.Map

// healthy is a pair of its own, at rest.
func healthy(t testing.TB, by policy) *Pair {
	t.Helper()
	lab.Need(t, scheduler.Programs...)
	file := filepath.Join(product.Root(t), "test", "topologies", "hana-performance", "cluster.crm")
	start := sync.OnceValues(func() (*Pair, error) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		return New(context.Background(), string(text), by.prefer, by.register)
	})
	first, _ := atRest.LoadOrStore(by, start)
	p, err := first.(func() (*Pair, error))()
	require.NoError(t, err)
	return p.Copy()
}
