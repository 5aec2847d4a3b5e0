package crmtest

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/run"
)

func (k contract) properties(t *testing.T) {
	const name = "ocfbox_contract_site_srHook_WDF"
	one, two := crm.PropertyOf("ocfbox_contract_set", name), crm.PropertyOf("cib-bootstrap-options", name)
	any := crm.PropertyOf("", name)
	k.forget(t, one, two)

	_, err := k.Get(t.Context(), one)
	require.ErrorIs(t, err, crm.ErrNoAttribute)
	require.NoError(t, k.Set(t.Context(), one, "SOK"))
	k.reads(t, one, "SOK")
	_, err = k.Get(t.Context(), two)
	require.ErrorIs(t, err, crm.ErrNoAttribute, "it is in the other set")
	require.NoError(t, k.Set(t.Context(), any, "SFAIL"), "without a set: where it is")
	k.reads(t, one, "SFAIL")

	require.NoError(t, k.Set(t.Context(), two, "PRIM"))
	_, err = k.Get(t.Context(), any)
	require.ErrorIs(t, err, crm.ErrAmbiguous)
	require.ErrorIs(t, k.Set(t.Context(), any, "SOK"), crm.ErrAmbiguous)
	require.ErrorIs(t, k.Delete(t.Context(), any), crm.ErrAmbiguous)
	k.reads(t, one, "SFAIL")

	cib, err := k.CIB(t.Context())
	require.NoError(t, err)
	for _, set := range cib.Properties {
		for _, pair := range set.Pairs {
			if pair.Name == name {
				require.Equal(t, set.ID+"-"+name, pair.ID, "showAttr knows site attributes by this id")
			}
		}
	}
}

func (k contract) cib(t *testing.T) {
	cib, err := k.CIB(t.Context())
	require.NoError(t, err)
	require.True(t, cib.Quorate)
	require.NotEmpty(t, cib.FeatureSet)
	require.NotEmpty(t, cib.DC())
	node, found := cib.Node(k.node)
	require.True(t, found)
	require.True(t, node.Online)
	require.NotEmpty(t, node.ID)
	infrastructure, set := cib.Value(crm.PropertyOf("", "cluster-infrastructure"))
	require.True(t, set)
	require.Equal(t, "corosync", infrastructure)

	a := k.both("epoch")[1]
	k.forget(t, a)
	wrote, err := k.Update(t.Context(), cib, a, "1")
	require.NoError(t, err)
	require.True(t, wrote)
	wrote, err = k.Update(t.Context(), cib, a, "1")
	require.NoError(t, err)
	require.False(t, wrote, "the second time there is nothing to write")
	after, err := k.CIB(t.Context())
	require.NoError(t, err)
	require.Greater(t, after.Epoch, cib.Epoch, "a permanent attribute is configuration")
}

// names: outside of the status section a name becomes part of an XML id.
func (k contract) names(t *testing.T) {
	for _, name := range []string{"two words", `quo"te`, "a<b", "a/b"} {
		var refusal *crm.Error
		err := k.Set(t.Context(), crm.PermanentOf(k.node, "ocfbox_contract "+name), "1")
		require.True(t, errors.As(err, &refusal), "%q: %v", name, err)
		require.Equal(t, 78, refusal.Code, "%q", name)
	}
	for _, a := range k.both("a#b:c.d-e") {
		k.forget(t, a)
		require.NoError(t, k.Set(t.Context(), a, "1"))
		k.reads(t, a, "1")
	}
}

func (k contract) membership(t *testing.T) {
	name, err := k.LocalNode(t.Context())
	require.NoError(t, err)
	require.Equal(t, k.node, name)
	members, err := k.Members(t.Context())
	require.NoError(t, err)
	found := false
	for _, m := range members {
		found = found || m.Name == k.node && m.State == "member" && m.ID != ""
	}
	require.True(t, found, "%v", members)
	partition, err := k.Partition(t.Context())
	require.NoError(t, err)
	require.Contains(t, partition, k.node)
	quorate, err := k.Quorum(t.Context())
	require.NoError(t, err)
	require.True(t, quorate)
}

func (k contract) status(t *testing.T) {
	a := k.both("shown")
	k.forget(t, a...)
	require.NoError(t, k.Set(t.Context(), a[0], "<shown> & 'quoted'"))
	k.reads(t, a[0], "<shown> & 'quoted'")
	for _, form := range []string{"--output-as=xml", "--as-xml"} {
		result := k.tool(t, "crm_mon", "--one-shot", "--inactive", form)
		require.Equal(t, 0, result.Code, "%s", result.Stderr)
		status, err := crm.ParseStatus(result.Stdout)
		require.NoError(t, err)
		require.NotEmpty(t, status.DC)
		require.True(t, status.Quorate)
		node, found := status.Node(k.node)
		require.True(t, found)
		require.True(t, node.Online)
		require.Equal(t, "<shown> & 'quoted'", node.Attributes[a[0].Name])
	}
}

func (k contract) tool(t *testing.T, tool string, args ...string) run.Result {
	t.Helper()
	result, err := k.runner.Run(t.Context(), run.Cmd{Path: tool, Args: args})
	require.NoError(t, err)
	return result
}

// commandLines are what people, hooks and other agents call, with the exit codes that they see.
func (k contract) commandLines(t *testing.T) {
	const name = "ocfbox_contract_line"
	k.forget(t, crm.TransientOf(k.node, name), crm.PermanentOf(k.node, name), crm.PropertyOf("", name))
	for _, line := range commandLines(k.node, name) {
		k.answers(t, line)
	}
}

func (k contract) answers(t *testing.T, line line) {
	t.Helper()
	result := k.tool(t, line.args[0], line.args[1:]...)
	require.Equal(t, line.code, result.Code, "%q printed %q and %q", line.args, result.Stdout, result.Stderr)
	if line.out != "*" {
		require.Equal(t, line.out, string(result.Stdout), "%q", line.args)
	}
	require.Equal(t, line.err, result.FirstError(), "%q", line.args)
}
