package guide

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// A state is what the cluster's configuration said of each node at one moment: the columns of section 18.
type state map[string]attributes

// Attributes are those of one node, by their short names: CS, R, SY, LPT, SC, HK, SRA, SRAH. One that is not set is
// missing.
type attributes map[string]string

// The short names and what they stand for, for SID HA1 and the guide's resource.
var attributeNames = map[string]string{
	"hana_ha1_clone_state": "CS", "hana_ha1_roles": "R", "hana_ha1_sync_state": "SY", "lpa_ha1_lpt": "LPT",
	"master-" + primitive: "SC", "hana_ha1_sra": "SRA", "hana_ha1_srah": "SRAH",
}

const hookPrefix = "hana_ha1_site_srHook_"

// readState reads what `cibadmin --query` prints.
func readState(text string) (state, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		return nil, fmt.Errorf("read the CIB: %w", err)
	}
	s := state{}
	for host := range sites {
		s[host] = attributes{}
	}
	for _, n := range doc.FindElements("//configuration/nodes/node") {
		s.take(n.SelectAttrValue("uname", ""), n.FindElements("instance_attributes/nvpair"))
	}
	for _, n := range doc.FindElements("//status/node_state") {
		s.take(n.SelectAttrValue("uname", ""), n.FindElements("transient_attributes/instance_attributes/nvpair"))
	}
	for _, pair := range doc.FindElements("//crm_config/cluster_property_set/nvpair") {
		site, ok := strings.CutPrefix(pair.SelectAttrValue("name", ""), hookPrefix)
		if host := hostOf(site); ok && host != "" {
			s[host]["HK"] = pair.SelectAttrValue("value", "")
		}
	}
	return s, nil
}

func (s state) take(host string, pairs []*etree.Element) {
	if s[host] == nil {
		s[host] = attributes{}
	}
	for _, pair := range pairs {
		if short, ok := attributeNames[pair.SelectAttrValue("name", "")]; ok {
			s[host][short] = pair.SelectAttrValue("value", "")
		}
	}
}

// String is the state in one line.
func (s state) String() string {
	var parts []string
	for _, host := range []string{wdf, rot, dr1} {
		a, ok := s[host]
		if !ok {
			continue
		}
		parts = append(parts, host+": "+a.String())
	}
	return strings.Join(parts, "; ")
}

func (a attributes) String() string {
	var parts []string
	for _, name := range []string{"CS", "R", "SY", "LPT", "SC", "HK", "SRA"} {
		if value, ok := a[name]; ok {
			parts = append(parts, name+" "+value)
		}
	}
	return strings.Join(parts, ", ")
}

// A condition is one entry of a row, such as "CS PROMOTED", "R 4P", "LPT TS", "SC 100/-INFINITY" or "CS gone".
type condition struct {
	name string
	// values are those that will do.
	values []string
}

// parseConditions reads a cell of a row.
func parseConditions(cell string) []condition {
	var list []condition
	for part := range strings.SplitSeq(cell, ",") {
		name, values, found := strings.Cut(strings.TrimSpace(part), " ")
		if found {
			list = append(list, condition{name, strings.Split(values, "/")})
		}
	}
	return list
}

// holds tells whether a node's attributes fulfil a condition.
func (c condition) holds(a attributes) bool {
	value, set := a[c.name]
	return slices.ContainsFunc(c.values, func(want string) bool {
		switch {
		case want == "gone":
			return !set
		case !set:
			return false
		case want == "TS":
			stamp, err := strconv.ParseInt(value, 10, 64)
			return err == nil && stamp > 1e9
		case c.name == "R" && len(want) == 2:
			return strings.HasPrefix(value, want[:1]+":"+want[1:]+":")
		}
		return value == want
	})
}

// fits tells which condition of a cell a node does not fulfil; empty when it fulfils all.
func fits(cell string, a attributes) string {
	for _, c := range parseConditions(cell) {
		if !c.holds(a) {
			return fmt.Sprintf("%s is %q, not %s", c.name, a[c.name], strings.Join(c.values, " or "))
		}
	}
	return ""
}
