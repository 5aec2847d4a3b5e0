package guide

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFits(t *testing.T) {
	t.Parallel()
	running := attributes{"CS": "PROMOTED", "R": "4:P:master1:master:worker:master", "SC": "150", "LPT": "1700000000", "SY": "PRIM"}
	tests := []struct {
		name, cell, want string
	}{
		{"an empty cell is anything", "", ""},
		{"all conditions hold", "CS PROMOTED, R 4P, SC 150, LPT TS", ""},
		{"one of several values will do", "SC 100/150", ""},
		{"none of several values", "SC 100/-INFINITY", `SC is "150", not 100 or -INFINITY`},
		{"the first one that fails is named", "CS PROMOTED, R 1P, SC 5", `R is "4:P:master1:master:worker:master", not 1P`},
		{"roles are compared by status and letter", "R 4S", `R is "4:P:master1:master:worker:master", not 4S`},
		{"gone is not set", "HK gone, SRA gone", ""},
		{"gone while it is set", "CS gone", `CS is "PROMOTED", not gone`},
		{"gone or a value", "CS gone/PROMOTED", ""},
		{"a value that is not set", "HK SOK", `HK is "", not SOK`},
		{"a timestamp is no small number", "SC TS", `SC is "150", not TS`},
		{"a small number is no timestamp", "LPT 10", `LPT is "1700000000", not 10`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, fits(tt.cell, running))
		})
	}
}

// A CIB as `cibadmin --query` of Pacemaker 2.1.5 prints it, without what is not read.
const cib = `<cib epoch="12"><configuration>
<crm_config>
 <cluster_property_set id="cib-bootstrap-options"><nvpair id="a" name="stonith-enabled" value="true"/></cluster_property_set>
 <cluster_property_set id="SAPHanaSR">
  <nvpair id="b" name="hana_ha1_site_srHook_ROT" value="SOK"/>
  <nvpair id="c" name="hana_ha1_site_srHook_WDF" value="PRIM"/>
  <nvpair id="d" name="hana_ha1_site_srHook_XXX" value="SOK"/>
 </cluster_property_set>
</crm_config>
<nodes>
 <node id="1" uname="suse01"><instance_attributes id="n1"><nvpair id="e" name="lpa_ha1_lpt" value="1700000000"/></instance_attributes></node>
 <node id="2" uname="suse02"><instance_attributes id="n2"><nvpair id="f" name="lpa_ha1_lpt" value="30"/><nvpair id="g" name="hana_ha1_site" value="ROT"/></instance_attributes></node>
</nodes></configuration>
<status>
 <node_state id="1" uname="suse01"><transient_attributes id="1"><instance_attributes id="s1">
  <nvpair id="h" name="hana_ha1_clone_state" value="PROMOTED"/><nvpair id="i" name="hana_ha1_roles" value="4:P:m:m:w:m"/>
  <nvpair id="j" name="master-rsc_SAPHana_HA1_HDB10" value="150"/>
 </instance_attributes></transient_attributes></node_state>
 <node_state id="2" uname="suse02"/>
</status></cib>`

func TestStateOfACIB(t *testing.T) {
	t.Parallel()
	s, err := readState(cib)
	require.NoError(t, err)
	require.Equal(t, "suse01: CS PROMOTED, R 4:P:m:m:w:m, LPT 1700000000, SC 150, HK PRIM; suse02: LPT 30, HK SOK; suse03: ", s.String())
	_, err = readState("<cib>")
	require.ErrorContains(t, err, "read the CIB")
}
