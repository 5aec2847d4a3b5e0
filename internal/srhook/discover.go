package srhook

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// globalINIs are the two names of a system's global.ini (hana-hooks.md 2.1); * stands for the system.
func globalINIs(root, sid string) []string {
	return []string{
		filepath.Join(root, "hana/shared", sid, "global/hdb/custom/config/global.ini"),
		filepath.Join(root, "usr/sap", sid, "SYS/global/hdb/custom/config/global.ini"),
	}
}

// Systems are the SIDs of the SAP HANA systems that are installed below root.
func Systems(root string) []hana.SID {
	var sids []hana.SID
	for _, pattern := range globalINIs(root, "*") {
		found, _ := filepath.Glob(pattern)
		for _, path := range found {
			// The SID is the name at the place of the pattern's star.
			at := len(strings.Split(pattern[:strings.Index(pattern, "*")], "/")) - 1
			var sid hana.SID
			if sid.UnmarshalText([]byte(strings.Split(path, "/")[at])) == nil {
				sids = append(sids, sid)
			}
		}
	}
	slices.Sort(sids)
	return slices.Compact(sids)
}

// Sites are the replication sites of a system as the cluster knows them: from the nodes' attributes, and
// from what the provider has written. Names that the provider would refuse are left out.
func Sites(cib *crm.CIB, sid hana.SID) []Site {
	var sites []Site
	add := func(name string) {
		var site Site
		if site.UnmarshalText([]byte(name)) == nil {
			sites = append(sites, site)
		}
	}
	for _, node := range cib.Nodes {
		if name, ok := cib.Value(crm.PermanentOf(node.Name, sid.Attribute("site"))); ok {
			add(name)
		}
	}
	for _, set := range cib.Properties {
		for _, pair := range set.Pairs {
			if name, ok := strings.CutPrefix(pair.Name, prefix(sid)); ok {
				add(name)
			}
		}
	}
	slices.SortFunc(sites, func(a, b Site) int { return cmp.Compare(a, b) })
	return slices.Compact(sites)
}
