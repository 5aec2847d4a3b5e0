// Package show turns a CIB into what operators of SAP HANA read: the tables of SAPHanaSR-showAttr in the
// layouts of both generations, and the same for programs. The facts are those of docs/spec/hana-tools.md 1
// and 2.
package show

import (
	"slices"
	"strings"

	"ocfbox/internal/crm"
)

// A View is what a CIB says of one SAP system.
type View struct {
	SID      string
	Sections []*Section
}

// A Section is a table: objects with their values.
type Section struct {
	Name    string
	Objects []*Object
}

// An Object is a row: a node, a site, a resource, or the cluster itself.
type Object struct {
	Name string
	// Values are in the order of the CIB.
	Values []crm.Pair
}

// Value is a value of the object, and whether it has one.
func (o *Object) Value(name string) (string, bool) {
	return crm.Set{Pairs: o.Values}.Value(name)
}

func (o *Object) set(name, value string) {
	for i := range o.Values {
		if o.Values[i].Name == name {
			o.Values[i].Value = value
			return
		}
	}
	o.Values = append(o.Values, crm.Pair{Name: name, Value: value})
}

// object is the row of that name, a new one if there is none.
func (s *Section) object(name string) *Object {
	for _, object := range s.Objects {
		if object.Name == name {
			return object
		}
	}
	object := &Object{Name: name}
	s.Objects = append(s.Objects, object)
	return object
}

// columns are the names of all values, in byte order.
func (s *Section) columns() []string {
	var names []string
	for _, object := range s.Objects {
		for _, value := range object.Values {
			names = append(names, value.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// section is the part of the view of that name, empty when there is none.
func (v View) section(name string) *Section {
	for _, section := range v.Sections {
		if section.Name == name {
			return section
		}
	}
	return &Section{Name: name}
}

// The sets in which SAPHanaSR and the cluster keep properties.
const (
	hanaSet    = "SAPHanaSR"
	optionsSet = "cib-bootstrap-options"
)

// properties calls f with the values of the property set of that id.
func properties(cib *crm.CIB, id string, f func(name, value string)) {
	for _, set := range cib.Properties {
		if set.ID != id {
			continue
		}
		for _, pair := range set.Pairs {
			f(pair.Name, pair.Value)
		}
	}
}

// sites are the attributes of replication sites: hana_<sid>_site_<attribute>_<site>, where the site may
// have any characters (hana-tools.md 1.5).
func sites(cib *crm.CIB, sid, name string) *Section {
	section := &Section{Name: name}
	properties(cib, hanaSet, func(name, value string) {
		rest, ok := strings.CutPrefix(name, "hana_"+strings.ToLower(sid)+"_site_")
		attribute, site, full := strings.Cut(rest, "_")
		if ok && full && site != "" {
			section.object(site).set(attribute, value)
		}
	})
	return section
}

// globals are the values of the system that belong to no site: hana_<sid>_glob_<name>.
func globals(cib *crm.CIB, sid string, global *Object) {
	properties(cib, hanaSet, func(name, value string) {
		if rest, ok := strings.CutPrefix(name, "hana_"+strings.ToLower(sid)+"_glob_"); ok {
			global.set(rest, value)
		}
	})
}

// hostValue is the column of a node's attribute, and whether it is one of this system's.
func hostValue(sid, name string) (column string, ok bool) {
	lower := strings.ToLower(sid)
	switch name {
	case "terminate", "standby", "maintenance":
		return name, true
	}
	if resource, ok := strings.CutPrefix(name, "master-"); ok {
		return "score", strings.Contains(resource, "_"+strings.ToUpper(sid)+"_")
	}
	if rest, ok := strings.CutPrefix(name, "hana_"+lower+"_"); ok {
		return rest, rest != ""
	}
	before, after, ok := strings.Cut(name, "_"+lower+"_")
	return name, ok && before != "" && after != ""
}

func hostValues(object *Object, sets []crm.Set, sid string) {
	for _, set := range sets {
		for _, pair := range set.Pairs {
			if column, ok := hostValue(sid, pair.Name); ok && !set.Conditional {
				object.set(column, pair.Value)
			}
		}
	}
}
