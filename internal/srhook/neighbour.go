package srhook

import (
	"slices"
	"strings"

	"ocfbox/internal/hana"
)

// A neighbour is a command that is near a wanted one and must not be allowed.
type neighbour struct {
	what    string
	command []string
}

// neighbours are what a rule that is too wide would allow: the abuses of hana-hooks.md 11, and mistakes
// that are known from rules in the field.
func neighbours(sid hana.SID, site Site) []neighbour {
	wanted := Command(sid, site, SOK)
	with := func(at int, value string) []string {
		changed := append([]string(nil), wanted...)
		changed[at] = value
		return changed
	}
	behind := func(words ...string) []string { return append(append([]string(nil), wanted...), words...) }
	attribute := func(words ...string) []string { return append([]string{CRMAttribute}, words...) }
	helper := TakeoverCommand(sid)
	help := func(words ...string) []string { return append([]string{HelperPath}, words...) }
	// Places in the wanted command.
	const name, value, kind, set = 2, 4, 6, 8
	return []neighbour{
		{"an option behind it", behind("-D")},
		{"another attribute behind it", behind("-n", "stonith-enabled")},
		{"another node behind it", behind("-N", "all")},
		{"another value", with(value, "PRIM")},
		{"a value with an option in it", with(value, "SOK -D")},
		{"another kind of attribute", with(kind, "nodes")},
		{"another property set", with(set, "cib-bootstrap-options")},
		{"a longer name", with(name, wanted[name]+"x")},
		{"deleting it", attribute("-n", wanted[name], "-D", "-t", "crm_config", "-s", Set)},
		{"another attribute of the system", attribute("-n", sid.Attribute("sra"), "-v", "T", "-t", "status")},
		{"another system's attribute", attribute("-n", "hana_x_site_srHook_"+string(site), "-v", "SOK", "-t", "crm_config", "-s", Set)},
		{"a property of the cluster", attribute("-n", "stonith-enabled", "-v", "false", "-t", "crm_config")},
		{"crm_attribute with anything", attribute("--help")},
		{"fencing this node", help(helper[1], "--case=fenceMe")},
		{"restarting this node", help("--sid=ANY", "--case=echoBe")},
		{"a word behind the helper's", append(slices.Clone(helper), "--case=fenceMe")},
		{"the helper with anything", help("--help")},
		{"cibadmin", []string{"/usr/sbin/cibadmin", "--erase", "--force"}},
		{"crm_resource", []string{"/usr/sbin/crm_resource", "--cleanup"}},
		{"ocfbox itself", []string{"/usr/sbin/ocfbox", "version"}},
		{"a shell", []string{"/bin/sh", "-c", "id"}},
	}
}

// byWildcard tells whether the wildcards of the generic rules open a command: everything that begins like a
// wanted one.
func byWildcard(sid hana.SID, command []string) bool {
	line := strings.Join(command, " ")
	return strings.HasPrefix(line, CRMAttribute+" -n "+prefix(sid)) || strings.HasPrefix(line, HelperPath+" ")
}
