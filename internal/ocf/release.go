package ocf

import (
	"strconv"
	"strings"
)

// A Release says which system this is, for defaults that differ between systems.
type Release struct {
	// ID is the distribution, such as "debian"; Version is its release, such as "12" or "9.4".
	ID, Version string
}

// ReadRelease reads /etc/os-release; what is not there is empty.
func ReadRelease() Release {
	text, _ := ReadFile("/etc/os-release")
	return ParseRelease(string(text))
}

// ParseRelease reads the text of os-release(5).
func ParseRelease(text string) Release {
	var r Release
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			r.ID = value
		case "VERSION_ID":
			r.Version = value
		}
	}
	return r
}

// RedHat reports whether this is a system of the Red Hat family, for which the shell agents have defaults of
// their own (ipaddr2.md 2).
func (r Release) RedHat() bool {
	for _, family := range []string{"almalinux", "centos", "fedora", "ol", "redhat", "rhel", "rocky", "scientific"} {
		if strings.Contains(r.ID, family) {
			return true
		}
	}
	return false
}

// Before reports whether the release is older than the one named; a release without a number is not.
func (r Release) Before(major, minor int) bool {
	first, rest, _ := strings.Cut(r.Version, ".")
	second, _, _ := strings.Cut(rest, ".")
	have, err := strconv.Atoi(first)
	if err != nil {
		return false
	}
	sub, _ := strconv.Atoi(second)
	return have < major || (have == major && sub < minor)
}
