package convert

import (
	"strconv"
	"strings"
	"time"
)

// A Directive is a line of ha.cf.
type Directive struct {
	Line int
	Name string
	Args []string
}

// ParseHaCf reads ha.cf: a directive and its values a line, comments from a # on.
func ParseHaCf(text string) []Directive {
	var all []Directive
	for number, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 {
			all = append(all, Directive{Line: number + 1, Name: strings.ToLower(words[0]), Args: words[1:]})
		}
	}
	return all
}

// truth reads heartbeat's words for yes and no.
func truth(word string) (value, ok bool) {
	switch strings.ToLower(word) {
	case "true", "on", "yes", "y", "1":
		return true, true
	case "false", "off", "no", "n", "0":
		return false, true
	}
	return false, false
}

// span reads a time of ha.cf: seconds, unless the unit ms, us, s, m or h is there.
func span(word string) (time.Duration, bool) {
	number, err := strconv.ParseFloat(word, 64)
	if err == nil && number >= 0 && number < 1e6 {
		return time.Duration(number * float64(time.Second)), true
	}
	d, err := time.ParseDuration(word)
	return d, err == nil && d >= 0
}
