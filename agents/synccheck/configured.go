package synccheck

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"ocfbox/internal/ocf"
)

// configuration is where DRBD's tools begin to read, and filesMost how many files it may lead to.
const (
	configuration = "/etc/drbd.conf"
	filesMost     = 512
)

// defined reports whether DRBD's configuration on this node has the resource. The files are read here, because
// DRBD's own tool would load the module to answer.
func (a *checker) defined(resource string) (bool, error) {
	waiting := []string{a.at(configuration)}
	for n := 0; len(waiting) > 0 && n < filesMost; n++ {
		path := waiting[0]
		waiting = waiting[1:]
		text, err := ocf.ReadFile(path)
		if err != nil {
			return false, err
		}
		found, includes := scan(string(text), resource)
		if found {
			return true, nil
		}
		for _, pattern := range includes {
			if filepath.IsAbs(pattern) {
				pattern = a.at(pattern)
			} else {
				pattern = filepath.Join(filepath.Dir(path), pattern)
			}
			files, _ := filepath.Glob(pattern)
			waiting = append(waiting, files...)
		}
	}
	return false, nil
}

// scan looks through a configuration file for a section of the resource's name, and for what the file includes.
func scan(text, resource string) (found bool, includes []string) {
	depth, previous := 0, ""
	for _, word := range words(text) {
		switch {
		case word == "{":
			depth++
		case word == "}":
			depth--
		case depth == 0 && previous == "resource" && word == resource:
			return true, nil
		case depth == 0 && previous == "include":
			includes = append(includes, word)
		}
		previous = word
	}
	return false, includes
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

// installed is why the resource cannot be watched on this node. One that is up needs no configuration.
func (a *checker) installed(up func(resource string) bool) error {
	if a.resource == everything || up(a.resource) {
		return nil
	}
	found, err := a.defined(a.resource)
	switch {
	case found:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return ocf.ErrInstalled.With("DRBD is not configured on this node: %w", err)
	case err != nil:
		return ocf.ErrInstalled.With("DRBD's configuration cannot be read: %w", err)
	}
	return ocf.ErrInstalled.With("DRBD has no resource %q on this node", a.resource)
}
