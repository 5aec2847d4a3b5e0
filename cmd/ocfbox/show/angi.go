package show

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/crm"
)

// Angi is the view of SAPHanaSR-angi's showAttr (hana-tools.md 2.4). Rows and values are in the CIB's order.
func Angi(cib *crm.CIB, sid string) View {
	return View{SID: sid, Sections: []*Section{
		angiGlobal(cib, sid), angiResources(cib), sites(cib, sid, "Site"), angiHosts(cib, sid),
	}}
}

func angiGlobal(cib *crm.CIB, sid string) *Section {
	section := &Section{Name: "Global"}
	global := section.object("global")
	global.set("sid", strings.ToUpper(sid))
	properties(cib, optionsSet, global.set)
	globals(cib, sid, global)
	if cib.LastWritten != "" {
		global.set("cib-last-written", cib.LastWritten)
	}
	global.set("have-quorum", map[bool]string{true: "1", false: "0"}[cib.Quorate])
	global.set("cib-update", update(cib))
	if cib.DCID != "" {
		global.set("dcid", cib.DCID)
	}
	if cib.Executed != "" {
		global.set("cib-time", executed(cib))
		global.set("timestamp", cib.Executed)
	}
	return section
}

// update is the version of the CIB.
func update(cib *crm.CIB) string {
	return fmt.Sprintf("%d.%d.%d", cib.AdminEpoch, cib.Epoch, cib.Updates)
}

// executed is when the scheduler ran, in UTC; empty for a CIB of which that is not known.
func executed(cib *crm.CIB) string {
	seconds, err := strconv.ParseInt(cib.Executed, 10, 64)
	if err != nil {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format("2006-01-02T15:04:05")
}

// angiResources are what holds the controller, and then what holds the topology.
func angiResources(cib *crm.CIB) *Section {
	section := &Section{Name: "Resource"}
	for _, kind := range [][]string{{"SAPHana", "SAPHanaController"}, {"SAPHanaTopology"}} {
		for _, resource := range cib.Resources {
			if resource.Type != kind[0] && resource.Type != kind[len(kind)-1] {
				continue
			}
			holder, ok := cib.Resource(resource.Parent)
			if !ok {
				holder = resource
			}
			object := section.object(holder.ID)
			for _, set := range holder.Meta {
				for _, pair := range set.Pairs {
					object.set(pair.Name, pair.Value)
				}
			}
		}
	}
	return section
}

func angiHosts(cib *crm.CIB, sid string) *Section {
	section := &Section{Name: "Host"}
	for _, node := range cib.Nodes {
		object := section.object(node.Name)
		hostValues(object, node.Permanent, sid)
		if node.Controller != "" {
			object.set("crmd", node.Controller)
		}
		hostValues(object, node.Transient, sid)
		for _, set := range node.Transient {
			for _, pair := range set.Pairs {
				if strings.HasPrefix(pair.Name, "fail-count-") {
					object.set(pair.Name, pair.Value)
				}
			}
		}
	}
	return section
}
