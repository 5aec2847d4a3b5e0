package crmtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/run"
)

// ContractStopped asks the questions on a node where Pacemaker is installed and not running: nothing is
// known there, and no tool says that something is not set.
func ContractStopped(t *testing.T, runner run.Runner) {
	c := crm.Cluster{Runner: runner}
	for _, a := range []crm.Attribute{
		crm.TransientOf("", "ocfbox_contract_a"), crm.PermanentOf("", "ocfbox_contract_a"),
		crm.PropertyOf("", "ocfbox_contract_a"), crm.PromotionOf("", "ocfbox_contract_a"),
	} {
		_, err := c.Get(t.Context(), a)
		require.ErrorIs(t, err, crm.ErrNotConnected)
		require.ErrorIs(t, c.Set(t.Context(), a, "1"), crm.ErrNotConnected)
		require.ErrorIs(t, c.Delete(t.Context(), a), crm.ErrNotConnected)
	}
	_, err := c.CIB(t.Context())
	require.ErrorIs(t, err, crm.ErrNotConnected)
	_, err = c.Status(t.Context())
	require.ErrorIs(t, err, crm.ErrNotConnected)
	_, err = c.LocalNode(t.Context())
	require.ErrorIs(t, err, crm.ErrNotConnected)
	_, err = c.Members(t.Context())
	require.ErrorIs(t, err, crm.ErrNotConnected)
	_, err = c.Partition(t.Context())
	require.ErrorIs(t, err, crm.ErrNotConnected)
	_, err = c.Quorum(t.Context())
	require.ErrorIs(t, err, crm.ErrNotConnected)

	k := contract{runner: runner}
	for _, line := range []line{
		{[]string{"crm_attribute", "-n", "x", "-G", "-q", "-d", "default"}, 102, "",
			"crm_attribute: Could not connect to the CIB: Transport endpoint is not connected"},
		{[]string{"crm_attribute", "--bogus"}, 64, "", "crm_attribute: Unknown option --bogus"},
		{[]string{"cibadmin", "-Ql"}, 102, "", "Could not connect to the CIB: Transport endpoint is not connected"},
		{[]string{"crm_node", "-n"}, 102, "", "error: Could not connect to controller: Connection refused"},
		{[]string{"crm_mon", "--as-xml"}, 102, "<crm_mon version=\"" + Version + "\"/>\n", "Not connected"},
	} {
		k.answers(t, line)
	}
}
