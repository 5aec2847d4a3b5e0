package crmtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/run"
)

// Contract asks a cluster, the fake or a real one, the questions on whose answers package crm relies.
// Runner starts tools on the node of that name; the node is online in a quorate cluster, which has at
// least one node. The attributes and properties that the contract writes begin with ocfbox_contract,
// and it removes them.
func Contract(t *testing.T, runner run.Runner, node string) {
	k := contract{runner: runner, node: node, Cluster: crm.Cluster{Runner: runner}}
	t.Run("attributes", k.attributes)
	t.Run("values survive every quoting", k.quoting)
	t.Run("promotion scores", k.promotion)
	t.Run("properties in sets", k.properties)
	t.Run("the CIB agrees with crm_attribute", k.cib)
	t.Run("names Pacemaker refuses", k.names)
	t.Run("membership", k.membership)
	t.Run("status", k.status)
	t.Run("command lines", k.commandLines)
}

type contract struct {
	crm.Cluster
	runner run.Runner
	node   string
}

// both are an attribute of each lifetime.
func (k contract) both(name string) []crm.Attribute {
	name = "ocfbox_contract_" + name
	return []crm.Attribute{crm.TransientOf(k.node, name), crm.PermanentOf(k.node, name)}
}

// forget deletes the attributes when the test ends.
func (k contract) forget(t *testing.T, attributes ...crm.Attribute) {
	t.Cleanup(func() {
		for _, a := range attributes {
			require.NoError(t, k.Delete(context.Background(), a))
		}
	})
}

func (k contract) attributes(t *testing.T) {
	for _, a := range k.both("a") {
		k.forget(t, a)
		_, err := k.Get(t.Context(), a)
		require.ErrorIs(t, err, crm.ErrNoAttribute, "never set: %s", a)
		require.NoError(t, k.Delete(t.Context(), a), "deleting what is not set")

		for _, value := range []string{"1", "2", ""} {
			require.NoError(t, k.Set(t.Context(), a, value))
			k.reads(t, a, value)
		}
		require.NoError(t, k.Delete(t.Context(), a))
		_, err = k.Get(t.Context(), a)
		require.ErrorIs(t, err, crm.ErrNoAttribute, "deleted: %s", a)
	}
	for _, a := range []crm.Attribute{crm.TransientOf("no-such-node", "x"), crm.PermanentOf("no-such-node", "x")} {
		_, err := k.Get(t.Context(), a)
		require.ErrorIs(t, err, crm.ErrNoNode)
		require.ErrorIs(t, k.Set(t.Context(), a, "1"), crm.ErrNoNode)
		require.ErrorIs(t, k.Delete(t.Context(), a), crm.ErrNoNode)
	}
}

// reads waits until crm_attribute and the CIB both show the value: the attribute daemon tells the CIB
// in its own time.
func (k contract) reads(t *testing.T, a crm.Attribute, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		got, err := k.Get(ctx, a)
		cib, cibErr := k.CIB(ctx)
		if err == nil && cibErr == nil && got == want {
			if seen, set := cib.Value(a); set && seen == want {
				return
			}
		}
		select {
		case <-ctx.Done():
			require.NoError(t, errors.Join(err, cibErr))
			require.Equal(t, want, got, "value of %s", a)
			require.Fail(t, "crm_attribute and the CIB differ", "%s", a)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Values are some that quoting has broken somewhere.
func Values() []string {
	return []string{
		" ", "  blanks  around ", "-x", "--delete", "-INFINITY", "=", "a=b", "'", `"`, `a"b'c`, `\`, `\n`, `\\`, "$HOME",
		"`id`", "$(id)", "%s%n", "*", "a;b", "a|b", "<a>", "&amp;", "&", "]]>", "<!-- -->", "#", "value", "value+", "plus++",
		"4:P:master1:master:worker:master", "1:P:master1::worker:", "ü", "日本語", "\u00a0", "\U0001F4BE",
	}
}

func (k contract) quoting(t *testing.T) {
	for _, a := range k.both("quoting") {
		k.forget(t, a)
		for _, value := range Values() {
			require.NoError(t, k.Set(t.Context(), a, value), "%q", value)
			k.reads(t, a, value)
		}
	}
}

func (k contract) promotion(t *testing.T) {
	score := crm.PromotionOf(k.node, "ocfbox_contract_rsc")
	k.forget(t, score)
	_, err := k.Get(t.Context(), score)
	require.ErrorIs(t, err, crm.ErrNoAttribute)
	old := k.Cluster
	old.FeatureSet = "3.9.0"
	for _, cluster := range []crm.Cluster{k.Cluster, old} {
		seen, err := cluster.CIB(t.Context())
		require.NoError(t, err)
		for _, value := range []crm.Score{150, -crm.Infinity} {
			wrote, err := cluster.SetScore(t.Context(), seen, k.node, "ocfbox_contract_rsc", value)
			require.NoError(t, err)
			require.True(t, wrote)
			k.reads(t, score, value.String())
			k.reads(t, crm.TransientOf(k.node, "master-ocfbox_contract_rsc"), value.String())
		}
	}
}
