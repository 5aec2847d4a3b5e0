package site

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// An Ini is the text of a configuration file. Changing a key leaves all other lines as they are.
type Ini struct{ lines []string }

// ParseIni reads a configuration file's text.
func ParseIni(text string) *Ini {
	return &Ini{strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
}

// ReadIni reads a file; one that is missing is empty.
func ReadIni(path string) (*Ini, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ParseIni(""), nil
	}
	if err != nil {
		return nil, err
	}
	return ParseIni(string(text)), nil
}

// String is the file's text.
func (i *Ini) String() string { return strings.TrimLeft(strings.Join(i.lines, "\n")+"\n", "\n") }

// A Key is a line of a section.
type Key struct{ Name, Value string }

// Sections lists the names of the sections in their order.
func (i *Ini) Sections() []string {
	var names []string
	for _, line := range i.lines {
		if name, ok := heading(line); ok {
			names = append(names, name)
		}
	}
	return names
}

// Keys lists the lines of a section.
func (i *Ini) Keys(section string) []Key {
	var keys []Key
	in := false
	for _, line := range i.lines {
		if name, ok := heading(line); ok {
			in = name == section
		} else if name, value, ok := assignment(line); ok && in {
			keys = append(keys, Key{name, value})
		}
	}
	return keys
}

// Get returns the value of a key; the last one counts.
func (i *Ini) Get(section, key string) string {
	value := ""
	for _, k := range i.Keys(section) {
		if k.Name == key {
			value = k.Value
		}
	}
	return value
}

// Set changes a key or adds it at the end of its section.
func (i *Ini) Set(section, key, value string) {
	at, in := -1, false
	for n, line := range i.lines {
		if name, ok := heading(line); ok {
			in = name == section
		}
		if !in {
			continue
		}
		if name, _, ok := assignment(line); ok && name == key {
			i.lines[n] = key + " = " + value
			return
		}
		if strings.TrimSpace(line) != "" {
			at = n + 1
		}
	}
	line := key + " = " + value
	if at < 0 {
		i.lines = append(i.lines, "", "["+section+"]", line)
		return
	}
	i.lines = slices.Insert(i.lines, at, line)
}

// Unset removes a key.
func (i *Ini) Unset(section, key string) {
	in := false
	i.lines = slices.DeleteFunc(i.lines, func(line string) bool {
		if name, ok := heading(line); ok {
			in = name == section
			return false
		}
		name, _, ok := assignment(line)
		return in && ok && name == key
	})
}

func heading(line string) (string, bool) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "[") || !strings.HasSuffix(line, "]") {
		return "", false
	}
	return line[1 : len(line)-1], true
}

func assignment(line string) (name, value string, ok bool) {
	if strings.HasPrefix(strings.TrimSpace(line), "#") {
		return "", "", false
	}
	name, value, ok = strings.Cut(line, "=")
	return strings.TrimSpace(name), strings.TrimSpace(value), ok
}
