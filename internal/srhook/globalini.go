package srhook

import (
	"strings"
)

// A Provider is a section of global.ini that makes HANA load an HA/DR provider (hana-hooks.md 2.1).
type Provider struct {
	// Section is the section's name as it is written.
	Section string
	// Name is the Python module and class, Path the folder it is in.
	Name, Path string
	// Order is execution_order as it is written.
	Order string
}

// sectionPrefix begins the names of the sections; their case differs between SUSE's texts.
const sectionPrefix = "ha_dr_provider_"

// tracePrefix begins the keys of the providers' trace levels, in lower case.
const tracePrefix = "ha_dr_"

// Providers reads global.ini's text: the providers in their order in the file, and their trace levels by the
// provider's name in lower case. HANA reads the last of several equal keys.
func Providers(text string) (list []Provider, trace map[string]string) {
	section := ""
	trace = map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if inner, ok := strings.CutPrefix(line, "["); ok && strings.HasSuffix(inner, "]") {
			section = strings.TrimSpace(strings.TrimSuffix(inner, "]"))
			if strings.HasPrefix(strings.ToLower(section), sectionPrefix) {
				list = append(list, Provider{Section: section})
			}
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		name, ofProvider := strings.CutPrefix(key, tracePrefix)
		switch lower := strings.ToLower(section); {
		case strings.HasPrefix(lower, sectionPrefix):
			list[len(list)-1].set(key, value)
		case lower == "trace" && ofProvider:
			trace[name] = value
		}
	}
	return list, trace
}

func (p *Provider) set(key, value string) {
	switch key {
	case "provider":
		p.Name = value
	case "path":
		p.Path = value
	case "execution_order":
		p.Order = value
	}
}
