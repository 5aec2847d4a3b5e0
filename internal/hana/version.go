package hana

import (
	"strconv"
	"strings"
)

// A Version is HANA's, such as 2.00.059.00. The empty one is not known, and counts as the newest.
type Version string

// ParseManifest is the version that the manifest of an installation names, or empty.
func ParseManifest(text string) Version {
	for _, line := range fold(text) {
		if value, ok := strings.CutPrefix(line, "fullversion:"); ok {
			value, _, _ = strings.Cut(value, " Build")
			return Version(strings.TrimSpace(value))
		}
	}
	return ""
}

// ParseVersion is the version that HDB version prints, or empty.
func ParseVersion(text string) Version {
	for _, line := range fold(text) {
		if value, ok := strings.CutPrefix(line, "version:"); ok {
			return Version(strings.Join(strings.Fields(value), ""))
		}
	}
	return ""
}

// Before reports whether the version is known and its first three numbers are below these.
func (v Version) Before(major, minor, revision int) bool {
	groups := strings.SplitN(string(v), ".", 4)
	if len(groups) < 3 {
		return false
	}
	for i, bound := range []int{major, minor, revision} {
		n, err := strconv.Atoi(groups[i])
		if err != nil || n > bound {
			return false
		}
		if n < bound {
			return true
		}
	}
	return false
}
