package show

import (
	"slices"
	"strings"
)

// ParsePaths reads lines section/object/name="value", with or without the quotes. Lines of another form
// are returned as they are.
func ParsePaths(text string) (View, []string) {
	v := View{}
	for _, name := range []string{"Global", "Resource", "Sites", "Hosts"} {
		v.Sections = append(v.Sections, &Section{Name: name})
	}
	var strangers []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if !v.takePath(line) && line != "" && !strings.HasPrefix(line, "Using cib file ") {
			strangers = append(strangers, line)
		}
	}
	for _, section := range v.Sections {
		slices.SortFunc(section.Objects, func(a, b *Object) int { return strings.Compare(a.Name, b.Name) })
	}
	v.Sections = slices.DeleteFunc(v.Sections, func(s *Section) bool { return len(s.Objects) == 0 })
	return v, strangers
}

func (v View) takePath(line string) bool {
	path, value, ok := strings.Cut(line, "=")
	parts := strings.SplitN(path, "/", 3)
	if !ok || len(parts) != 3 || parts[1] == "" || parts[2] == "" {
		return false
	}
	for _, section := range v.Sections {
		if section.Name == parts[0] {
			if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
				value = value[1 : len(value)-1]
			}
			section.object(parts[1]).set(parts[2], value)
			return true
		}
	}
	return false
}
