package srhook

import (
	"slices"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// configured reports whether any resource has this SID as a parameter, be it by a template or a set that it
// shares with another. A set with a rule counts: it may hold.
func configured(cib *crm.CIB, sid hana.SID) bool {
	return slices.ContainsFunc(cib.Resources, func(r crm.Resource) bool {
		return r.Kind == "primitive" && hasSID(cib, r, sid)
	})
}

func hasSID(cib *crm.CIB, r crm.Resource, sid hana.SID) bool {
	params := func(r crm.Resource) []crm.Set { return r.Params }
	for _, set := range setsOf(cib, r, params) {
		if value, ok := set.Value("SID"); ok && value == string(sid) {
			return true
		}
	}
	return false
}

// setsOf are the sets of a resource and then those of its template, each looked up where it stands for
// another one.
func setsOf(cib *crm.CIB, r crm.Resource, of func(crm.Resource) []crm.Set) []crm.Set {
	sets := slices.Clone(of(r))
	if template, ok := cib.Resource(r.Template); ok && r.Template != "" {
		sets = append(sets, of(template)...)
	}
	for i, set := range sets {
		if set.IDRef != "" {
			sets[i] = referred(cib, set, of)
		}
	}
	return sets
}

func referred(cib *crm.CIB, set crm.Set, of func(crm.Resource) []crm.Set) crm.Set {
	for _, r := range cib.Resources {
		for _, other := range of(r) {
			if other.ID == set.IDRef {
				return other
			}
		}
	}
	return set
}

// promotable are the primitives of the agent that runs the database of this system, as far as they are in
// something that can be promoted: <master>, or <clone> with promotable=true.
func promotable(cib *crm.CIB, sid hana.SID) []crm.Resource {
	var found []crm.Resource
	for _, r := range cib.Resources {
		if r.Kind == "primitive" && ofHANA(cib, r) && hasSID(cib, r, sid) && canBePromoted(cib, r) {
			found = append(found, r)
		}
	}
	return found
}

// ofHANA tells the agents that control the database, of the providers by which they are known.
func ofHANA(cib *crm.CIB, r crm.Resource) bool {
	if template, ok := cib.Resource(r.Template); ok && r.Template != "" {
		r = template
	}
	return r.Class == "ocf" && (r.Provider == "suse" || r.Provider == "ocfbox") &&
		(r.Type == "SAPHana" || r.Type == "SAPHanaController")
}

func canBePromoted(cib *crm.CIB, r crm.Resource) bool {
	top := outermost(cib, r)
	if top.Kind == "master" {
		return true
	}
	value, _ := crm.Lookup(metaOf(cib, top), "promotable")
	yes, _ := crm.Bool(value)
	return top.Kind == "clone" && yes
}

func metaOf(cib *crm.CIB, r crm.Resource) []crm.Set {
	return setsOf(cib, r, func(r crm.Resource) []crm.Set { return r.Meta })
}

// mostNested is more than Pacemaker nests resources; a CIB that a user wrote could lead in a circle.
const mostNested = 8

func around(cib *crm.CIB, r crm.Resource) []crm.Resource {
	list := []crm.Resource{r}
	for len(list) < mostNested && r.Parent != "" {
		parent, ok := cib.Resource(r.Parent)
		if !ok {
			break
		}
		r = parent
		list = append(list, r)
	}
	return list
}

func outermost(cib *crm.CIB, r crm.Resource) crm.Resource {
	list := around(cib, r)
	return list[len(list)-1]
}

// A link is a resource on the way from a primitive outwards, with what it says of being left alone.
type link struct {
	id string
	// maintenance and managed are the resource's own words, empty for none.
	maintenance, managed string
	// conditional tells that a set of its meta attributes depends on a rule, and was ignored.
	conditional bool
}

// chain is a primitive, the group around it if any, and the clone.
func chain(cib *crm.CIB, r crm.Resource) []link {
	var links []link
	for _, resource := range around(cib, r) {
		sets := metaOf(cib, resource)
		l := link{id: resource.ID}
		l.maintenance, _ = crm.Lookup(sets, "maintenance")
		l.managed, _ = crm.Lookup(sets, "is-managed")
		l.conditional = slices.ContainsFunc(sets, func(s crm.Set) bool { return s.Conditional })
		links = append(links, l)
	}
	return links
}

// conditional are the resources some of whose meta attributes depend on a rule.
func conditional(cib *crm.CIB, resources []crm.Resource) []string {
	var ids []string
	for _, r := range resources {
		for _, l := range chain(cib, r) {
			if l.conditional {
				ids = append(ids, l.id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// unmanaged says why the cluster leaves the database of this system alone, empty when it does not. Several
// resources of one system must all be left alone. What is nearer to the primitive counts more, as it does for
// Pacemaker: a clone's value is the default of what it holds.
func unmanaged(cib *crm.CIB, sid hana.SID) string {
	why := ""
	for _, r := range promotable(cib, sid) {
		why = leftAlone(chain(cib, r))
		if why == "" {
			return ""
		}
	}
	return why
}

func leftAlone(links []link) string {
	if id, value := nearest(links, func(l link) string { return l.maintenance }); value {
		return "resource " + id + " is in maintenance"
	}
	managed := func(l link) string { return l.managed }
	if id, value := nearest(links, managed); id != "" && !value {
		return "resource " + id + " is not managed"
	}
	return ""
}

// nearest is the innermost resource that says yes or no, and which.
func nearest(links []link, word func(link) string) (id string, value bool) {
	for _, l := range links {
		if value, ok := crm.Bool(word(l)); ok {
			return l.id, value
		}
	}
	return "", false
}

func maintenanceMode(cib *crm.CIB) bool { return property(cib, "maintenance-mode", false) }

// property is a cluster property that is yes or no.
func property(cib *crm.CIB, name string, without bool) bool {
	text, _ := cib.Value(crm.PropertyOf("", name))
	if value, ok := crm.Bool(text); ok {
		return value
	}
	return without
}
