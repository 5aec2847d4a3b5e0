package show

import (
	"slices"
	"strings"

	"ocfbox/internal/crm"
)

// Classic is the view of SAPHanaSR-showAttr 0.162 (hana-tools.md 1.5, 2.2).
func Classic(cib *crm.CIB, sid string) View {
	v := View{SID: sid, Sections: []*Section{
		classicGlobal(cib, sid), classicResources(cib), sites(cib, sid, "Sites"), classicHosts(cib, sid),
	}}
	for _, section := range v.Sections {
		slices.SortFunc(section.Objects, func(a, b *Object) int { return strings.Compare(a.Name, b.Name) })
	}
	v.Sections = slices.DeleteFunc(v.Sections, func(s *Section) bool { return len(s.columns()) == 0 })
	return v
}

func classicGlobal(cib *crm.CIB, sid string) *Section {
	section := &Section{Name: "Global"}
	global := section.object("global")
	if cib.LastWritten != "" {
		global.set("cib-time", cib.LastWritten)
	}
	properties(cib, optionsSet, func(name, value string) {
		// The option maintenance-mode is the column maintenance there.
		for _, column := range []string{"is-managed", "maintenance"} {
			if strings.HasPrefix(name, column) {
				global.set(column, value)
			}
		}
	})
	globals(cib, sid, global)
	return section
}

func classicResources(cib *crm.CIB) *Section {
	section := &Section{Name: "Resource"}
	for _, resource := range cib.Resources {
		for _, set := range resource.Meta {
			for _, pair := range set.Pairs {
				if pair.Name == "is-managed" || pair.Name == "maintenance" {
					section.object(resource.ID).set(pair.Name, pair.Value)
				}
			}
		}
	}
	return section
}

func classicHosts(cib *crm.CIB, sid string) *Section {
	section := &Section{Name: "Hosts"}
	for _, node := range cib.Nodes {
		object := section.object(node.Name)
		hostValues(object, node.Permanent, sid)
		if node.Controller != "" {
			object.set("node_state", node.Controller)
		}
		hostValues(object, node.Transient, sid)
	}
	return section
}
