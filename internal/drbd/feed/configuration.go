package feed

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"ocfbox/internal/drbd"
)

// DefaultConfiguration is where DRBD's tools begin to read.
const DefaultConfiguration = "/etc/drbd.conf"

const (
	// filesMost is how many files the first one may lead to.
	filesMost = 512
	// maxConfiguration bounds one of them, in bytes.
	maxConfiguration = 1 << 20
)

// A Configuration is what DRBD's configuration files say of one resource. They are read here, because DRBD's own tool
// would load the module to answer. What the kernel was told may be older.
type Configuration struct {
	// Found tells that there is a section of the resource's name.
	Found bool
	// Hosts are those that have part in the resource, in the order of the files.
	Hosts []string
	// Devices are its volumes, as far as their minors are told.
	Devices []drbd.DeviceName

	common, own map[string]string
}

// Option is the value of an option by its name, of the resource or else of section common; a word that stands alone is
// "yes", and empty is an option that is not set.
func (c Configuration) Option(name string) string {
	if value, set := c.own[name]; set {
		return value
	}
	return c.common[name]
}

// Fences reports whether DRBD asks a handler to keep the peer away before it goes on alone.
func (c Configuration) Fences() bool {
	policy := c.Option("fencing")
	return policy == "resource-only" || policy == "resource-and-stonith"
}

// TwoPrimaries reports whether DRBD lets two nodes be primary at once.
func (c Configuration) TwoPrimaries() bool { return c.Option("allow-two-primaries") == "yes" }

// Configured reads what the files say of a resource, from the file at path on, which is DefaultConfiguration when it is
// empty; they lie below root. The error is that of the first file that could not be read; what the others say is there
// all the same.
func Configured(root, path, resource string) (Configuration, error) {
	if path == "" {
		path = DefaultConfiguration
	}
	c := Configuration{common: map[string]string{}, own: map[string]string{}}
	waiting := []string{filepath.Join(root, path)}
	var failed error
	for n := 0; len(waiting) > 0 && n < filesMost; n++ {
		path := waiting[0]
		waiting = waiting[1:]
		text, err := readBounded(path, maxConfiguration)
		if err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		for _, pattern := range c.read(string(text), resource) {
			if filepath.IsAbs(pattern) {
				pattern = filepath.Join(root, pattern)
			} else {
				pattern = filepath.Join(filepath.Dir(path), pattern)
			}
			files, _ := filepath.Glob(pattern)
			waiting = append(waiting, files...)
		}
	}
	return c, failed
}

// read takes what one file says of the resource, and returns what it includes.
func (c *Configuration) read(text, resource string) (includes []string) {
	var sections [][]string
	var statement []string
	for _, word := range words(text) {
		switch word {
		case "{":
			sections = append(sections, statement)
			c.section(sections, resource)
			statement = nil
		case "}":
			sections, statement = sections[:max(0, len(sections)-1)], nil
		case ";":
			if len(sections) == 0 && len(statement) == 2 && statement[0] == "include" {
				includes = append(includes, statement[1])
			}
			c.statement(sections, statement, resource)
			statement = nil
		default:
			statement = append(statement, word)
		}
	}
	return includes
}

// section notes a section that begins.
func (c *Configuration) section(sections [][]string, resource string) {
	if !isResource(sections, resource) {
		return
	}
	c.Found = true
	if last := sections[len(sections)-1]; len(sections) == 2 && len(last) > 1 && last[0] == "on" {
		c.Hosts = append(c.Hosts, last[1:]...)
	}
}

// statement notes a statement in its sections.
func (c *Configuration) statement(sections [][]string, words []string, resource string) {
	into := c.own
	switch {
	case len(words) == 0, len(sections) == 0:
		return
	case isResource(sections, resource):
		if words[0] == "device" {
			c.device(sections, words[1:], resource)
		}
	case len(sections[0]) > 0 && sections[0][0] == "common":
		into = c.common
	default:
		return
	}
	into[words[0]] = "yes"
	if len(words) > 1 {
		into[words[0]] = strings.Join(words[1:], " ")
	}
}

// device notes a volume's device: a path, a word "minor" and a number, or both.
func (c *Configuration) device(sections [][]string, words []string, resource string) {
	device := drbd.DeviceName{Resource: resource}
	for _, section := range sections {
		if len(section) == 2 && section[0] == "volume" {
			device.Volume, _ = strconv.Atoi(section[1])
		}
	}
	known := false
	for i, word := range words {
		if minor, ok := minorOf(word); ok {
			device.Minor, known = minor, true
		}
		if word == "minor" && i+1 < len(words) {
			minor, err := strconv.ParseUint(words[i+1], 10, 20)
			device.Minor, known = int(minor), err == nil
			break
		}
	}
	if known && !slices.Contains(c.Devices, device) {
		c.Devices = append(c.Devices, device)
	}
}

func isResource(sections [][]string, resource string) bool {
	return len(sections) > 0 && len(sections[0]) == 2 && sections[0][0] == "resource" && sections[0][1] == resource
}

// words are a configuration file's words: brackets and semicolons stand alone, quotes hold blanks together, and
// comments go to the end of the line.
func words(text string) []string {
	var all []string
	for len(text) > 0 {
		switch r := text[0]; {
		case r == '#':
			_, text, _ = strings.Cut(text, "\n")
		case strings.IndexByte(" \t\r\n", r) >= 0:
			text = text[1:]
		case strings.IndexByte("{};", r) >= 0:
			all, text = append(all, string(r)), text[1:]
		case r == '"':
			var word string
			word, text, _ = strings.Cut(text[1:], `"`)
			all = append(all, word)
		default:
			end := strings.IndexAny(text, " \t\r\n{};#\"")
			if end < 0 {
				end = len(text)
			}
			all, text = append(all, text[:end]), text[end:]
		}
	}
	return all
}
