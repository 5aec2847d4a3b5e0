package crm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// The answers are those of attrd_updater 2.1.5.
func TestWhatTheAttributeDaemonHasBeenTold(t *testing.T) {
	for name, row := range map[string]struct {
		tool runtest.Program
		want string
		err  error
	}{
		"a value":                       {runtest.Says(0, "name=\"hana_ha1_sra\" host=\"suse01\" value=\"T\"\n"), "T", nil},
		"an empty value":                {runtest.Says(0, "name=\"hana_ha1_sra\" host=\"suse01\" value=\"\"\n"), "", nil},
		"none":                          {runtest.Complains(78, "Could not query value of hana_ha1_sra: attribute does not exist"), "", crm.ErrNoAttribute},
		"none, by the code for that":    {runtest.Complains(105, "Error performing operation: No such device or address"), "", crm.ErrNoAttribute},
		"none, in the words of 1.1":     {runtest.Complains(6, "Could not query value of hana_ha1_sra: attribute does not exist"), "", crm.ErrNoAttribute},
		"no cluster":                    {runtest.Complains(102, "Could not connect"), "", crm.ErrNotConnected},
		"no answer":                     {runtest.Fails(run.ErrTimeout), "", run.ErrTimeout},
		"no such tool":                  {runtest.Fails(run.ErrNotFound), "", run.ErrNotFound},
		"rubbish":                       {runtest.Rubbish(), "", crm.ErrGarbled},
		"nothing":                       {runtest.Says(0, ""), "", crm.ErrGarbled},
		"another attribute":             {runtest.Says(0, `name="other" host="suse01" value="T"`), "", crm.ErrGarbled},
		"the values of two nodes":       {runtest.Says(0, "name=\"hana_ha1_sra\" host=\"a\" value=\"T\"\nname=\"hana_ha1_sra\" host=\"b\" value=\"T\"\n"), "", crm.ErrGarbled},
		"a value that was cut in sight": {runtest.Says(0, `name="hana_ha1_sra" host="suse01" value="T`), "", crm.ErrGarbled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := crm.Cluster{Runner: &runtest.Script{Programs: map[string]runtest.Program{"attrd_updater": row.tool}}}
			got, err := c.Told(t.Context(), "hana_ha1_sra")
			require.ErrorIs(t, err, row.err)
			require.Equal(t, row.want, got)
		})
	}
	_, err := (&crm.Cluster{}).Told(t.Context(), "")
	require.ErrorIs(t, err, crm.ErrBadName)
}
