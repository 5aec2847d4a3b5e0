package srhook

import (
	"fmt"
	"strings"

	"ocfbox/internal/hana"
)

// Generic is the rules as SUSE's guide prints them. Their wildcards also match blanks, so they let the user add
// any option: that is full control over the cluster's configuration, and fencing at will (hana-hooks.md 11).
func Generic(sid hana.SID) string {
	return fmt.Sprintf("# SAPHanaSR-ScaleUp entries for writing srHook cluster attribute\n%[1]s ALL=(ALL) NOPASSWD: %[2]s -n %[3]s*\n%[1]s ALL=(ALL) NOPASSWD: %[4]s *\n",
		sid.User(), CRMAttribute, prefix(sid), HelperPath)
}

// Exact is the rules for exactly what the providers run: a full command line for each site and value, and one
// for the question of susTkOver. They hold for both nodes, since the sites change their roles.
func Exact(sid hana.SID, sites []Site) string {
	// Names of aliases are upper case, and two systems on a host must not share one.
	alias := "SRHOOK_" + string(sid)
	var text, names strings.Builder
	add := func(name string, command []string) {
		fmt.Fprintf(&text, "Cmnd_Alias %s_%s = %s\n", alias, name, escaped(command))
		names.WriteString(separator(names.Len()) + alias + "_" + name)
	}
	fmt.Fprintf(&text, "# What the HA/DR providers SAPHanaSR and susTkOver of %s may run as root, and nothing else.\n", sid)
	for i, site := range sites {
		for _, value := range []Value{SOK, SFAIL} {
			// A site's name may have letters that an alias may not.
			add(fmt.Sprintf("%s_SITE%d", value, i+1), Command(sid, site, value))
		}
	}
	add("TAKEOVER", TakeoverCommand(sid))
	fmt.Fprintf(&text, "Cmnd_Alias %s = %s\n", alias, names.String())
	fmt.Fprintf(&text, "Defaults:%s !requiretty\n", sid.User())
	fmt.Fprintf(&text, "Defaults!%s env_reset, !setenv\n", alias)
	fmt.Fprintf(&text, "%s ALL=(root) NOPASSWD: %s\n", sid.User(), alias)
	return text.String()
}

// escaped is a command as sudoers(5) wants it.
func escaped(command []string) string {
	return strings.ReplaceAll(strings.Join(command, " "), "=", `\=`)
}

func separator(written int) string {
	if written == 0 {
		return ""
	}
	return ", "
}
