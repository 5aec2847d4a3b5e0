package cluster

import (
	"fmt"
	"strings"
)

// A Property is a cluster property.
type Property struct{ Name, Value string }

// Properties are what a new laboratory cluster starts with. All are Pacemaker's defaults
// but dc-deadtime, which is 20 s: a fresh cluster would wait that long for a DC that may exist already.
func Properties() []Property {
	return []Property{
		{"cluster-infrastructure", "corosync"},
		{"cluster-name", "ocflab"},
		{"dc-deadtime", "2s"},
		{"stonith-enabled", "true"},
	}
}

// FencingDevice is the id of the fencing resource in a new laboratory cluster.
const FencingDevice = "fencing"

// FirstCIB is the configuration on a new disk: it is there before Pacemaker starts for the
// first time, so that nothing ever runs without fencing.
func FirstCIB(members []Member, withFencing bool) string {
	var properties strings.Builder
	for _, p := range Properties() {
		fmt.Fprintf(&properties, "\n        <nvpair id=\"cib-bootstrap-options-%s\" name=\"%s\" value=\"%s\"/>", p.Name, p.Name, p.Value)
	}
	fencing := ""
	if withFencing {
		fencing = fencingResource(members)
	}
	return fmt.Sprintf(`<cib validate-with="pacemaker-3.0" epoch="1" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config>
      <cluster_property_set id="cib-bootstrap-options">%s
      </cluster_property_set>
    </crm_config>
    <nodes/>
    <resources>%s
    </resources>
    <constraints/>
  </configuration>
  <status/>
</cib>
`, properties.String(), fencing)
}

func fencingResource(members []Member) string {
	var names []string
	for _, m := range members {
		names = append(names, m.Name)
	}
	return fmt.Sprintf(`
      <primitive id="%[1]s" class="stonith" type="fence_ocflab">
        <instance_attributes id="%[1]s-instance_attributes">
          <nvpair id="%[1]s-instance_attributes-pcmk_host_list" name="pcmk_host_list" value="%[2]s"/>
        </instance_attributes>
        <operations>
          <op id="%[1]s-monitor-60s" name="monitor" interval="60s" timeout="20s"/>
        </operations>
      </primitive>`, FencingDevice, strings.Join(names, " "))
}
