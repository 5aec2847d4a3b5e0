package saphana

import (
	"strings"

	"ocfbox/internal/crm"
)

// defaultFilter are the kinds of messages that are logged where the administrator has not chosen
// (saphana.md 14).
const defaultFilter = "ra-act-dec-lpa"

// info logs a message whose first word is its kind, if the property hana_<sid>_glob_filter lets it.
func (s *session) info(text string) {
	filter := defaultFilter
	if s.cib != nil {
		if value, set := s.cib.Value(crm.PropertyOf("", s.instance.SID.Attribute("glob_filter"))); set {
			filter = value
		}
	}
	if passes(filter, text) {
		s.call.Log.Info("%s", text)
		return
	}
	s.call.Log.Debug("%s", text)
}

// passes reports whether the filter lets a message through. An empty filter and the word all let every
// one.
func passes(filter, text string) bool {
	kind, _, _ := strings.Cut(text, ":")
	filter = strings.ToUpper(filter)
	return filter == "" || filter == "ALL" || strings.Contains(filter, kind)
}
