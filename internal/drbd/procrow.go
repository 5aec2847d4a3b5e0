package drbd

import (
	"fmt"
	"strings"
)

// A procRow is one device's lines of /proc/drbd.
type procRow struct {
	mode    Mode
	version Version
	// keys are the fields of the first line that were there.
	keys      map[string]bool
	role      Role
	suspended bool
	volume    Volume
	peer      Peer
	copy      PeerVolume
	ordering  string
	counted   bool
}

// newProcRow reads the first line of a row, behind its minor: fields, and then by position the protocol and the
// flags. Without a network configuration the protocol is a blank, so the columns count.
func newProcRow(minor int, rest string, version Version, mode Mode) *procRow {
	r := &procRow{mode: mode, version: version, keys: map[string]bool{}}
	r.volume.Minor = minor
	r.peer.NodeID = -1
	fields, tail := splitRow(rest)
	for _, field := range fields {
		key, value, _ := strings.Cut(field, ":")
		r.field(strings.ToLower(key), value)
	}
	switch {
	case r.volume.Unconfigured:
		if strings.TrimSpace(tail) != "" || len(fields) != 1 {
			r.problem("unconfigured with more behind it: %q", rest)
		}
	case !r.keys["cs"] || !r.keys["role"] || !r.keys["ds"] && !r.keys["ld"]:
		r.problem("not all of connection, roles and disks: %q", rest)
	case r.keys["ld"]:
		r.flags07(tail)
	default:
		r.protocolAndFlags(tail)
	}
	if !version.Rows() && mode == Strict {
		r.problem("version %q has no rows that are known", version.Text)
	}
	return r
}

// splitRow are the fields key:value of a row, and what follows them as it stands.
func splitRow(rest string) (fields []string, tail string) {
	tail = rest
	for {
		trimmed := strings.TrimLeft(tail, " ")
		field, _, _ := strings.Cut(trimmed, " ")
		if key, value, ok := strings.Cut(field, ":"); !ok || key == "" || value == "" {
			return fields, tail
		}
		fields = append(fields, field)
		tail = trimmed[len(field):]
	}
}

func (r *procRow) field(key, value string) {
	if r.mode == Lenient && (key == "id" || key == "1d") {
		key = "ld"
	}
	if key == "st" || key == "ro" {
		// ro was st until 8.3.
		key = "role"
	}
	if r.keys[key] {
		r.problem("field %q twice", key)
	}
	r.keys[key] = true
	switch key {
	case "cs":
		r.connection(value)
	case "role":
		local, peer, ok := strings.Cut(value, "/")
		r.role, r.peer.Role = ParseRole(local), ParseRole(peer)
		if !ok || r.role == RoleUnknown || r.peer.Role == RoleUnknown && !strings.EqualFold(peer, RoleUnknown.String()) {
			r.problem("roles %q", value)
		}
	case "ds":
		local, peer, _ := strings.Cut(value, "/")
		r.volume.Disk, r.copy.Disk = ParseDisk(local), ParseDisk(peer)
		if r.volume.Disk <= DiskHidden || r.copy.Disk <= DiskHidden {
			r.problem("disk states %q", value)
		}
	case "ld":
		r.localDisk(value)
	default:
		r.problem("field %q", key)
	}
}

// connection reads cs. 0.7 says there, in place of Connected, which side has no disk.
func (r *procRow) connection(value string) {
	switch {
	case strings.EqualFold(value, unconfigured):
		r.volume.Unconfigured = true
		return
	case strings.EqualFold(value, "DiskLessClient"):
		r.peer.Connection, r.copy.Replication, r.volume.Disk = Connected, Established, Diskless
	case strings.EqualFold(value, "ServerForDLess"):
		r.peer.Connection, r.copy.Replication, r.copy.Disk = Connected, Established, Diskless
	default:
		r.peer.Connection, r.copy.Replication = ParseLink(value)
	}
	if r.peer.Connection == ConnUnknown {
		r.problem("connection state %q", value)
	}
}

// localDisk reads ld, all that 0.7 tells of disks: whether the local one is consistent.
func (r *procRow) localDisk(value string) {
	disk := ParseDisk(value)
	if disk != Consistent && disk != Inconsistent {
		r.problem("local disk %q", value)
		return
	}
	if r.volume.Disk != Diskless {
		r.volume.Disk = disk
	}
	if r.copy.Disk != Diskless {
		r.copy.Disk = DiskHidden
	}
}

// flags07 reads what late 0.7 has behind a row: F when I/O is frozen.
func (r *procRow) flags07(tail string) {
	switch strings.TrimSpace(tail) {
	case "":
	case "F":
		r.suspended = true
	default:
		r.problem("flags %q", tail)
	}
}

// protocolAndFlags reads ` P FLAGS`. The flags are four, and six since late 8.3.
func (r *procRow) protocolAndFlags(tail string) {
	if r.mode == Lenient {
		tail = columns(tail)
	}
	if len(tail) < 3 || tail[0] != ' ' || tail[2] != ' ' || !strings.Contains(" ABC", tail[1:2]) {
		r.problem("protocol and flags %q", tail)
		return
	}
	r.peer.Protocol = strings.TrimSpace(tail[1:2])
	flags := strings.TrimRight(tail[3:], " ")
	if len(flags) != 4 && len(flags) != 6 {
		r.problem("flags %q", flags)
		return
	}
	for i, flag := range flags {
		r.flag(i, flag)
	}
}

// columns puts the blanks back that a recording has lost: protocol and flags, or flags alone.
func columns(tail string) string {
	switch words := strings.Fields(tail); len(words) {
	case 1:
		return "   " + words[0]
	case 2:
		return " " + words[0] + " " + words[1]
	}
	return tail
}

// flag reads one flag by its position (replication-checker.md 2.1).
func (r *procRow) flag(position int, flag rune) {
	known := [...]string{"rs", "-a", "-p", "-u", "-dbna", "-s"}
	if !strings.ContainsRune(known[position], flag) {
		r.problem("flag %q at %d", flag, position+1)
		return
	}
	switch flag {
	case 's':
		r.suspended = r.suspended || position == 0
		r.volume.ALSuspended = position == 5
	case 'a':
		if position == 1 {
			r.copy.Paused = append(r.copy.Paused, PausedDependency)
			return
		}
		r.peer.Congested, r.volume.Blocked = true, "lower"
	case 'p':
		r.copy.Paused = append(r.copy.Paused, PausedPeer)
	case 'u':
		r.copy.Paused = append(r.copy.Paused, PausedUser)
	case 'd':
		r.volume.Blocked = "upper"
	case 'b':
		r.volume.Blocked = "lower"
	case 'n':
		r.peer.Congested = true
	}
}

// more reads a further line of the row.
func (r *procRow) more(line string) {
	text := strings.TrimSpace(line)
	switch {
	case text == "":
		if !r.counted && !r.volume.Unconfigured && r.mode == Strict {
			r.problem("an empty line in place of the counters")
			r.counted = true
		}
	case strings.HasPrefix(text, "ns:"):
		r.counters(text)
	case r.progress(text):
	case isIndented(line), r.mode == Lenient:
		// Details: resync, act_log and what else a kernel is told to print.
	default:
		r.problem("line %q", clip(line))
	}
}

func isIndented(line string) bool { return line[0] == ' ' || line[0] == '\t' }

func (r *procRow) problem(format string, values ...any) {
	if r.volume.Problem == "" {
		r.volume.Problem = clip(fmt.Sprintf(format, values...))
	}
}

// dialect guesses the generation of a row without version from its fields.
func (r *procRow) dialect() Generation {
	switch {
	case r.keys["ld"]:
		return Gen07
	case r.copy.OOSKnown:
		return Gen83
	case r.keys["ds"]:
		return Gen80
	}
	return GenUnknown
}

// resource is the row as a resource of its own.
func (r *procRow) resource() Resource {
	resource := Resource{NodeID: -1, Role: r.role, WriteOrdering: r.ordering}
	if !r.volume.Unconfigured {
		r.complete()
		if r.suspended {
			resource.Suspended = []string{SuspendedIO}
		}
		r.peer.Volumes = []PeerVolume{r.copy}
		resource.Peers = []Peer{r.peer}
	}
	resource.Volumes = []Volume{r.volume}
	return resource
}

// complete looks at what a whole row must have, so that one that was cut off is not taken for a healthy one.
func (r *procRow) complete() {
	generation := r.version.Generation
	if generation == GenUnknown {
		generation = r.dialect()
	}
	switch {
	case r.volume.Problem != "":
	case !r.counted && (r.mode == Strict || generation != Gen07):
		r.problem("no counters")
	case !r.copy.OOSKnown && generation >= Gen83:
		r.problem("no out-of-sync counter")
	}
	// Without a disk there is no bitmap to count in.
	if r.volume.Disk == Diskless || r.volume.Disk == Attaching {
		r.copy.OOSKnown = false
	}
	if running := r.copy.Progress; running != nil && r.copy.Replication < StartingSyncS {
		// A resync that ended between two lines.
		r.copy.Progress = nil
	}
}
