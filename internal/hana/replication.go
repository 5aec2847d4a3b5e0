package hana

import (
	"fmt"
	"strings"
)

// A Mode is the replication mode of the local site, in hdbnsutil's spelling.
type Mode string

// The modes. The empty one is not known.
const (
	ModePrimary Mode = "primary"
	ModeSync    Mode = "sync"
	ModeSyncMem Mode = "syncmem"
	ModeAsync   Mode = "async"
	// ModeNone is a system without replication.
	ModeNone Mode = "none"
)

// Role is what the mode makes of the site (saphana.md 6.1).
func (m Mode) Role() Role {
	switch m {
	case ModePrimary:
		return Primary
	case ModeSync, ModeSyncMem, ModeAsync:
		return Secondary
	case ModeNone:
		return Standalone
	}
	return RoleUnknown
}

// A Role is a site's part in the replication.
type Role int

// The roles. Unknown is no answer, and not the same as Standalone.
const (
	RoleUnknown Role = iota
	Primary
	Secondary
	Standalone
)

// Letter is the role as the roles attribute has it.
func (r Role) Letter() string {
	switch r {
	case Primary:
		return "P"
	case Secondary:
		return "S"
	case Standalone:
		return "N"
	}
	return "-"
}

// String is the role in words.
func (r Role) String() string {
	switch r {
	case Primary:
		return "primary"
	case Secondary:
		return "secondary"
	case Standalone:
		return "standalone"
	}
	return "unknown"
}

// A Replication is what hdbnsutil says of the local site: -sr_stateConfiguration, or -sr_state before HANA
// 1.00.111.
type Replication struct {
	// Mode is the replication mode, and may be a word that is none of ours.
	Mode Mode
	// Site is the local site's name and SiteID its number; both empty without replication.
	Site, SiteID string
	// OperationMode is how a secondary is fed, such as logreplay; empty when it is not told.
	OperationMode string
	// Mappings are the host mappings that -sr_state prints along.
	Mappings []Mapping
}

// ParseReplication reads the answer with --sapcontrol=1, and the one for people without it. The error is
// ErrGarbled when it does not tell the mode.
func ParseReplication(text string) (Replication, error) {
	lines, separator := replicationLines(text)
	var r Replication
	for _, line := range lines {
		key, value, _ := strings.Cut(line, separator)
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "mode":
			r.Mode = Mode(value)
		case "site name":
			r.Site = value
		case "site id":
			r.SiteID = value
		case "operation mode":
			r.OperationMode = value
		}
	}
	r.Mappings = ParseMappings(text)
	if r.Mode == "" {
		return Replication{}, fmt.Errorf("replication state: %w: %q", ErrGarbled, clip(text))
	}
	return r, nil
}

// stateHeading stands above the state in the form for people.
const stateHeading = "System Replication State"

// replicationLines are the lines that count, and what separates key and value in them.
func replicationLines(text string) (lines []string, separator string) {
	if lines, complete := marked(text); complete {
		return lines, "="
	}
	found := false
	for _, line := range fold(text) {
		if found {
			lines = append(lines, line)
		}
		found = found || line == stateHeading
	}
	return lines, ": "
}

// A Mapping says which host of another site stands for a host of this one.
type Mapping struct {
	// Host is the local host, Site the site of Partner, which may be this one's own.
	Host, Site, Partner string
}

// ParseMappings are the lines mapping/<host>=<site>/<partner> of a text. The markers are not asked for: a
// mapping line is nothing else.
func ParseMappings(text string) []Mapping {
	var all []Mapping
	for _, line := range fold(text) {
		host, rest, ok := strings.Cut(strings.TrimPrefix(line, "mapping/"), "=")
		site, partner, full := strings.Cut(rest, "/")
		if ok && full && strings.HasPrefix(line, "mapping/") && host != "" && site != "" && partner != "" {
			all = append(all, Mapping{Host: host, Site: site, Partner: partner})
		}
	}
	return all
}

// longest is how much of an unexpected answer a message shows.
const longest = 120

func clip(text string) string {
	if len(text) > longest {
		return text[:longest] + "..."
	}
	return text
}

// ParseParameters reads getParameter.py --sapcontrol=1: one line <file>/<section>/<parameter>=<value> for
// each parameter that is set. The keys of the result are file/section/parameter. The error is ErrGarbled
// when the answer is not complete.
func ParseParameters(text string) (map[string]string, error) {
	lines, complete := marked(text)
	if !complete {
		return nil, fmt.Errorf("parameters: %w: %q", ErrGarbled, clip(text))
	}
	values := make(map[string]string)
	for _, line := range lines {
		if key, value, ok := strings.Cut(line, "="); ok && strings.Count(key, "/") == 2 {
			values[key] = strings.TrimSpace(value)
		}
	}
	return values, nil
}
