package srhook

import (
	"fmt"
	"strings"

	"ocfbox/internal/hana"
)

// Generic is the rule as SUSE's guide prints it. Its wildcard also matches blanks, so it lets the user add
// any option: that is full control over the cluster's configuration (hana-hooks.md 11).
func Generic(sid hana.SID) string {
	return fmt.Sprintf("# SAPHanaSR-ScaleUp entries for writing srHook cluster attribute\n%s ALL=(ALL) NOPASSWD: %s -n %s*\n",
		sid.User(), CRMAttribute, prefix(sid))
}

// Exact is the rules for exactly what the provider runs: a full command line for each site and value. They
// hold for both nodes, since the sites change their roles.
func Exact(sid hana.SID, sites []Site) string {
	// Names of aliases are upper case, and two systems on a host must not share one.
	alias := "SRHOOK_" + string(sid)
	var text, names strings.Builder
	fmt.Fprintf(&text, "# What the HA/DR provider SAPHanaSR of %s may run as root, and nothing else.\n", sid)
	for i, site := range sites {
		for _, value := range []Value{SOK, SFAIL} {
			// A site's name may have letters that an alias may not.
			name := fmt.Sprintf("%s_%s_SITE%d", alias, value, i+1)
			fmt.Fprintf(&text, "Cmnd_Alias %s = %s\n", name, strings.Join(Command(sid, site, value), " "))
			names.WriteString(separator(names.Len()) + name)
		}
	}
	fmt.Fprintf(&text, "Cmnd_Alias %s = %s\n", alias, names.String())
	fmt.Fprintf(&text, "Defaults:%s !requiretty\n", sid.User())
	fmt.Fprintf(&text, "Defaults!%s env_reset, !setenv\n", alias)
	fmt.Fprintf(&text, "%s ALL=(root) NOPASSWD: %s\n", sid.User(), alias)
	return text.String()
}

func separator(written int) string {
	if written == 0 {
		return ""
	}
	return ", "
}
