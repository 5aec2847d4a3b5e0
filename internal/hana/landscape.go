package hana

import (
	"fmt"
	"strconv"
	"strings"
)

// A LandscapeStatus is the exit status of landscapeHostConfiguration.py (saphana.md 6.3).
type LandscapeStatus int

// The statuses. Fatal is an error of the script itself: it says nothing about the database.
const (
	LandscapeFatal   LandscapeStatus = 0
	LandscapeError   LandscapeStatus = 1
	LandscapeWarning LandscapeStatus = 2
	LandscapeInfo    LandscapeStatus = 3
	LandscapeOK      LandscapeStatus = 4
)

// String is the status in words.
func (s LandscapeStatus) String() string {
	switch s {
	case LandscapeFatal:
		return "fatal"
	case LandscapeError:
		return "error"
	case LandscapeWarning:
		return "warning"
	case LandscapeInfo:
		return "info"
	case LandscapeOK:
		return "ok"
	}
	return fmt.Sprintf("LandscapeStatus(%d)", int(s))
}

// known reports whether the script itself exits so.
func (s LandscapeStatus) known() bool { return s >= LandscapeFatal && s <= LandscapeOK }

// HostRoles are the roles of a host in the landscape, configured and actual, without blanks.
type HostRoles struct {
	NameServerConfig, NameServerActual, IndexServerConfig, IndexServerActual string
}

// A Landscape is one answer of landscapeHostConfiguration.py.
type Landscape struct {
	Status LandscapeStatus
	// Hosts are the hosts by name. A single host that the answer does not name is under the empty name.
	Hosts map[string]HostRoles
}

// RolesOf are the roles of the host of that name, or of the only one there is.
func (l Landscape) RolesOf(host string) (HostRoles, bool) {
	if roles, ok := l.Hosts[host]; ok {
		return roles, true
	}
	if len(l.Hosts) == 1 {
		for _, roles := range l.Hosts {
			return roles, true
		}
	}
	return HostRoles{}, false
}

// ParseLandscape reads the hosts of an answer, with --sapcontrol=1 or as the table that releases before
// 1.00.100 know alone; which of the two it is shows. An end marker that is missing is forgiven when all
// four roles were read. The error is ErrGarbled when no host can be told from the text.
func ParseLandscape(text string) (map[string]HostRoles, error) {
	hosts := make(map[string]HostRoles)
	if !strings.Contains(text, markBegin) {
		tableHosts(text, hosts)
	}
	if len(hosts) == 0 && !keyHosts(text, hosts) {
		return nil, fmt.Errorf("landscape: %w: %q", ErrGarbled, clip(text))
	}
	return hosts, nil
}

// keyHosts reads lines key=value. On a system of several hosts a key is host/<name>/<key>.
func keyHosts(text string, hosts map[string]HostRoles) bool {
	name, seen := "", make(map[string]int)
	for _, line := range fold(text) {
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		if key == "host" {
			name = strings.TrimSpace(value)
			continue
		}
		host := name
		if parts := strings.Split(key, "/"); len(parts) == 3 && parts[0] == "host" {
			host, key = parts[1], parts[2]
		}
		roles := hosts[host]
		if roles.set(key, value) {
			seen[host]++
			hosts[host] = roles
		}
	}
	_, complete := marked(text)
	for _, keys := range seen {
		complete = complete || keys >= 4
	}
	return complete && len(hosts) > 0
}

// set takes one of the four roles and reports whether key is one.
func (r *HostRoles) set(key, value string) bool {
	value = strings.Join(strings.Fields(value), "")
	switch key {
	case "nameServerConfigRole":
		r.NameServerConfig = value
	case "nameServerActualRole":
		r.NameServerActual = value
	case "indexServerConfigRole":
		r.IndexServerConfig = value
	case "indexServerActualRole":
		r.IndexServerActual = value
	default:
		return false
	}
	return true
}

// Columns of the table, counted from the host's. The newer table has more behind them.
const (
	columnNameServerConfig = 8
	columnsNeeded          = columnNameServerConfig + 4
)

// tableHosts reads the rows of the table for people.
func tableHosts(text string, hosts map[string]HostRoles) {
	for _, line := range fold(text) {
		row, ok := strings.CutPrefix(line, "|")
		if !ok {
			continue
		}
		cells := strings.Split(row, "|")
		for i := range cells {
			cells[i] = strings.Join(strings.Fields(cells[i]), "")
		}
		if len(cells) < columnsNeeded || cells[0] == "" || cells[0] == "Host" || strings.Trim(cells[0], "-") == "" {
			continue
		}
		roles := cells[columnNameServerConfig:]
		hosts[cells[0]] = HostRoles{roles[0], roles[1], roles[2], roles[3]}
	}
}

// Roles are the value of the attribute hana_<sid>_roles (saphana-topology.md 7.2).
type Roles struct {
	// Status is the landscape status; Letter is P, S, N or -.
	Status LandscapeStatus
	Letter string
	HostRoles
}

// String is the attribute's text.
func (r Roles) String() string {
	return strings.Join([]string{strconv.Itoa(int(r.Status)), r.Letter,
		r.NameServerConfig, r.NameServerActual, r.IndexServerConfig, r.IndexServerActual}, ":")
}

// ParseRoles reads the attribute's text; ok is false when it is not of that form.
func ParseRoles(text string) (roles Roles, ok bool) {
	fields := strings.Split(text, ":")
	if len(fields) != 6 {
		return Roles{}, false
	}
	status, err := strconv.Atoi(fields[0])
	if err != nil || !LandscapeStatus(status).known() || !strings.Contains("PSN-", fields[1]) || len(fields[1]) != 1 {
		return Roles{}, false
	}
	return Roles{LandscapeStatus(status), fields[1], HostRoles{fields[2], fields[3], fields[4], fields[5]}}, true
}
