package drbd

import (
	"errors"
	"fmt"
	"strings"
)

// A Mode is how strictly text is read.
type Mode int

// Strict reads what a kernel prints and nothing else: what is damaged is unknown. Lenient reads recordings too, with
// the damage of scanning and pasting: prompts and blank lines between, lost indentation, Id: for ld:.
const (
	Strict Mode = iota
	Lenient
)

// The bounds of /proc/drbd: far above what a kernel prints.
const (
	maxProc    = 1 << 20
	maxDevices = 4096
	maxMinor   = 1<<20 - 1
)

// ErrNotProc is text that is not /proc/drbd's; ErrTooLong is text beyond all bounds.
var (
	ErrNotProc = errors.New("not the text of /proc/drbd")
	ErrTooLong = errors.New("too long")
)

// ParseProc reads /proc/drbd of any generation (replication-checker.md 2). Each row becomes a resource without name
// and with one volume; a row that cannot be read is a volume with its Problem, and what belongs to no row is a Problem
// of the host. Version 9 has no rows, see Version.Rows. The error is ErrNotProc or ErrTooLong.
func ParseProc(text []byte, mode Mode) (Host, error) {
	if len(text) > maxProc {
		return Host{}, fmt.Errorf("%d bytes: %w", len(text), ErrTooLong)
	}
	p := procReader{mode: mode}
	for line := range strings.Lines(string(text)) {
		p.line(strings.TrimRight(line, "\r\n"))
	}
	p.close()
	if !p.versioned && (mode == Strict || p.rows == 0) {
		return Host{}, fmt.Errorf("%w: %q", ErrNotProc, clip(string(text)))
	}
	return p.host, nil
}

// A procReader goes through the lines of /proc/drbd: the version, free text, and then rows of several lines.
type procReader struct {
	mode      Mode
	host      Host
	versioned bool
	rows      int
	row       *procRow
}

func (p *procReader) line(line string) {
	if p.mode == Lenient {
		line = mended(line)
	}
	switch minor, rest, ok := rowStart(line); {
	case strings.HasPrefix(line, "version:"):
		p.version(line)
	case ok && p.rows >= maxDevices:
		p.problem(fmt.Sprintf("more than %d devices", maxDevices))
		p.rows++
	case ok:
		p.close()
		p.rows++
		p.row = newProcRow(minor, rest, p.host.Version, p.mode)
	case p.row != nil:
		p.row.more(line)
	case p.versioned && p.rows == 0 || strings.TrimSpace(line) == "" || p.mode == Lenient:
		// What the module says of its build, the gap of a minor that does not exist, and a recording's prose.
	default:
		p.problem(fmt.Sprintf("a line that belongs to no device: %q", clip(line)))
	}
}

// version reads the first line. A recording may have several: a later one begins another text, and the last text
// is the one that counts.
func (p *procReader) version(line string) {
	if p.versioned && p.mode == Strict {
		p.problem("a second version line")
		return
	}
	p.versioned, p.rows, p.row = true, 0, nil
	p.host = Host{Loaded: true, Version: parseVersion(line)}
	if p.host.Version.Generation == GenUnknown {
		p.problem(fmt.Sprintf("a version that is not known: %q", clip(line)))
	}
}

func (p *procReader) problem(text string) {
	const enough = 16
	if len(p.host.Problems) < enough {
		p.host.Problems = append(p.host.Problems, text)
	}
}

// close ends the row that is being read.
func (p *procReader) close() {
	if p.row == nil {
		return
	}
	resource := p.row.resource()
	for i := range p.host.Resources {
		if same := &p.host.Resources[i].Volumes[0]; same.Minor == resource.Volumes[0].Minor {
			same.Problem, p.row = "the minor has two rows", nil
			return
		}
	}
	p.host.Loaded = true
	p.host.Resources = append(p.host.Resources, resource)
	if p.host.Version.Generation == GenUnknown && p.mode == Lenient && !p.versioned {
		p.host.Version.Generation = p.row.dialect()
	}
	p.row = nil
}

// parseVersion reads `version: V (api:A/proto:P)`, with ` (compat 8.4)` behind it in some of 9.
func parseVersion(line string) Version {
	number, rest, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "version:")), " ")
	v := Version{Text: number, Generation: GenerationOf(number)}
	if inside, after, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(rest), "("), ")"); ok {
		api, proto, _ := strings.Cut(inside, "/")
		v.API, v.Proto = strings.TrimPrefix(api, "api:"), strings.TrimPrefix(proto, "proto:")
		v.Compat84 = strings.Contains(after, "compat 8.4")
	}
	return v
}

// rowStart is the minor of a row's first line and what follows its colon. A line that begins with a tab is never
// one: details have numbers too.
func rowStart(line string) (minor int, rest string, ok bool) {
	head, rest, found := strings.Cut(line, ":")
	head = strings.TrimLeft(head, " ")
	if !found || head == "" || len(head) > 7 || strings.Trim(head, "0123456789") != "" {
		return 0, "", false
	}
	for _, digit := range head {
		minor = minor*10 + int(digit-'0')
	}
	return minor, rest, minor <= maxMinor
}

// mended undoes what scanning and pasting do to a line: its indentation is gone, quotes are curved, l is read as I.
func mended(line string) string {
	line = strings.NewReplacer("’", "'", "‘", "'", "´", "'", "`", "").Replace(strings.TrimSpace(line))
	if minor, rest, ok := rowStart(line); ok && !strings.Contains(strings.ToLower(rest), "cs:") {
		// A line of prose that happens to begin with a number.
		return fmt.Sprintf("(%d) %s", minor, rest)
	}
	return line
}

// clip shortens foreign text for a message, and makes it one that JSON can carry.
func clip(text string) string {
	const longest = 80
	if len(text) > longest {
		text = text[:longest] + "..."
	}
	return strings.ToValidUTF8(text, "?")
}
