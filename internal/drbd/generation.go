package drbd

import (
	"encoding"
	"strconv"
	"strings"
)

// A Generation is a family of DRBD releases with one vocabulary (replication-checker.md 2).
type Generation int

// The generations. GenUnknown is a version that is none of them, or none at all.
const (
	GenUnknown Generation = iota
	Gen07
	Gen80
	Gen82
	Gen83
	Gen84
	Gen9
)

var _ encoding.TextMarshaler = GenUnknown

// String is the generation as people call it, such as 8.4; "unknown" for GenUnknown.
func (g Generation) String() string { return word(generationWords[:], int(g)) }

// MarshalText is String.
func (g Generation) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads what MarshalText writes; anything else is GenUnknown.
func (g *Generation) UnmarshalText(text []byte) error {
	*g = Generation(index(generationWords[:], string(text)))
	return nil
}

var generationWords = [...]string{"unknown", "0.7", "8.0", "8.2", "8.3", "8.4", "9"}

// GenerationOf is the generation of a version's number, such as 8.4.11. Releases 8.1 never were; 8.2's vocabulary
// is read for them.
func GenerationOf(version string) Generation {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	switch n, err := strconv.Atoi(minor); {
	case major == "9":
		return Gen9
	case err != nil:
	case major == "0" && n == 7:
		return Gen07
	case major == "8" && n == 0:
		return Gen80
	case major == "8" && n <= 2:
		return Gen82
	case major == "8" && n == 3:
		return Gen83
	case major == "8" && n == 4:
		return Gen84
	}
	return GenUnknown
}

// A Version is what the kernel's module says of itself.
type Version struct {
	// Text is the number as printed, such as 8.4.11; empty when it was not told.
	Text       string     `json:"text"`
	Generation Generation `json:"generation"`
	// API and Proto are the ranges in the module's parentheses, such as 1 and 86-101.
	API   string `json:"api,omitempty"`
	Proto string `json:"proto,omitempty"`
	// Compat84 is a DRBD 9 that prints the rows of 8.4 in /proc/drbd.
	Compat84 bool `json:"compat84,omitempty"`
}

// Rows reports whether /proc/drbd of this version has a row for each device. Without rows the devices are to be
// asked for elsewhere.
func (v Version) Rows() bool {
	return v.Generation != GenUnknown && (v.Generation != Gen9 || v.Compat84)
}
