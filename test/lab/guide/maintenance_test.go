package guide

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLastProbeIsTheNewestOfTheNode(t *testing.T) {
	const status = `<cib><status>
<node_state uname="suse01"><lrm><lrm_resources><lrm_resource id="rsc_SAPHana_HA1_HDB10">
 <lrm_rsc_op operation="monitor" interval="0" call-id="9" rc-code="7"/>
 <lrm_rsc_op operation="monitor" interval="0" call-id="31" rc-code="8"/>
 <lrm_rsc_op operation="monitor" interval="12000" call-id="40" rc-code="1"/>
 <lrm_rsc_op operation="demote" interval="0" call-id="41" rc-code="0"/>
</lrm_resource><lrm_resource id="rsc_SAPHanaTopology_HA1_HDB10">
 <lrm_rsc_op operation="monitor" interval="0" call-id="50" rc-code="5"/>
</lrm_resource></lrm_resources></lrm></node_state>
<node_state uname="suse02"><lrm><lrm_resources><lrm_resource id="rsc_SAPHana_HA1_HDB10">
 <lrm_rsc_op operation="start" interval="0" call-id="60" rc-code="0"/>
</lrm_resource></lrm_resources></lrm></node_state></status></cib>`
	code, err := lastProbe(status, wdf)
	require.NoError(t, err)
	require.Equal(t, 8, code)
	_, err = lastProbe(status, rot)
	require.EqualError(t, err, "there was no probe on suse02")
	_, err = lastProbe("<cib>", wdf)
	require.ErrorContains(t, err, "read the CIB's status")
}

func TestCutTakesAPartOut(t *testing.T) {
	text := "one\ntwo\nthree\n"
	require.Equal(t, "two\n", cut(&text, "two", "three"))
	require.Equal(t, "one\nthree\n", text)
}
