package saphanatopology

import (
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/ocf"
)

// defaultFilter are the kinds of messages that are logged where the administrator has not chosen
// (saphana.md 14).
const defaultFilter = "ra-act-dec-lpa"

// info logs a message whose first word is its kind, if the property hana_<sid>_glob_filter lets it.
func (a *topology) info(c *ocf.Call, cib *crm.CIB, text string) {
	filter := defaultFilter
	if cib != nil {
		if value, set := cib.Value(crm.PropertyOf("", a.instance.SID.Attribute("glob_filter"))); set {
			filter = value
		}
	}
	if passes(filter, text) {
		c.Log.Info("%s", text)
		return
	}
	c.Log.Debug("%s", text)
}

// passes reports whether the filter lets a message through. An empty filter and the word all let every
// one.
func passes(filter, text string) bool {
	kind, _, _ := strings.Cut(text, ":")
	filter = strings.ToUpper(filter)
	return filter == "" || filter == "ALL" || strings.Contains(filter, kind)
}
