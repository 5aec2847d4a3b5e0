// Package srhook is what the HA/DR providers in hooks/ and the rest of the cluster have in common: of
// SAPHanaSR the attribute that it writes, the command that sudo must let it run, and the fallback file that it
// leaves when the cluster cannot be told; of susTkOver what it asks as root before a takeover, and the answer.
//
// The facts are those of docs/spec/hana-hooks.md 3 to 5, 8 and 10. This package never runs inside HANA.
package srhook

import (
	"fmt"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// CRMAttribute is the program that the provider calls. Rules in sudoers name it with its path.
const CRMAttribute = "/usr/sbin/crm_attribute"

// Set is the id of the property set in which the attribute lives.
const Set = "SAPHanaSR"

// A Value is what the provider reports of a site.
type Value string

// The values. A resource agent writes others to the same attribute; they never come from the provider.
const (
	SOK   Value = "SOK"
	SFAIL Value = "SFAIL"
)

// A Site is the name of a replication site that the provider accepts (hana-hooks.md 8.4).
type Site string

// longestSite is the longest name of a site in bytes.
const longestSite = 255

// UnmarshalText reads a name and refuses what the provider would refuse.
func (s *Site) UnmarshalText(text []byte) error {
	ok := len(text) > 0 && len(text) <= longestSite && isAlphanumeric(text[0])
	for _, c := range text {
		ok = ok && (isAlphanumeric(c) || c == '-' || c == '_')
	}
	if !ok {
		return fmt.Errorf("%q is no site name: letters, digits, dash and underscore, the first a letter or digit", text)
	}
	*s = Site(text)
	return nil
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// prefix is how the names of the attributes of a system begin.
func prefix(sid hana.SID) string { return sid.Attribute("site_srHook_") }

// Attribute is the cluster attribute of a site.
func Attribute(sid hana.SID, site Site) crm.Attribute {
	return crm.PropertyOf(Set, prefix(sid)+string(site))
}

// Command is what the provider runs by sudo. The order of the arguments is that of the rules.
func Command(sid hana.SID, site Site, value Value) []string {
	return []string{CRMAttribute, "-n", prefix(sid) + string(site), "-v", string(value), "-t", "crm_config", "-s", Set}
}

// line is what a fallback file holds, without the line's end.
func line(sid hana.SID, site Site, value Value) string {
	return fmt.Sprintf("%s%s = %s", prefix(sid), site, value)
}

// parseLine reads what a fallback file holds: name = value, with or without blanks and a line's end. What
// follows the first line is ignored, as the shell agent does.
func parseLine(sid hana.SID, text string) (Site, Value, error) {
	first, _, _ := strings.Cut(text, "\n")
	name, value, ok := strings.Cut(first, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	rest, ours := strings.CutPrefix(name, prefix(sid))
	var site Site
	switch {
	case !ok || !ours:
		return "", "", fmt.Errorf("%q is not %q", first, line(sid, "SITE", "VALUE"))
	case Value(value) != SOK && Value(value) != SFAIL:
		return "", "", fmt.Errorf("%q is neither SOK nor SFAIL", value)
	}
	if err := site.UnmarshalText([]byte(rest)); err != nil {
		return "", "", err
	}
	return site, Value(value), nil
}
