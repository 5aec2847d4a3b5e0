package srhook

import (
	"path"
	"regexp"
	"strings"
)

// A listing is what `sudo -ll` prints of a user's rules. `sudo -l COMMAND` alone says that a command is
// allowed even where a password is asked for, which the provider cannot give.
type listing struct {
	// defaults is the line of defaults that hold for the user.
	defaults string
	entries  []entry
}

// An entry is one rule: the commands, and whether they need a password.
type entry struct {
	password bool
	commands []string
}

// parseListing reads the output of `sudo -ll` (observed on 1.9.13).
func parseListing(text string) listing {
	var l listing
	expect := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "Matching Defaults entries"):
			expect = "defaults"
		case trimmed == "":
			expect = ""
		case strings.HasPrefix(line, "Sudoers entry:"):
			l.entries, expect = append(l.entries, entry{password: true}), "entry"
		case expect == "defaults":
			l.defaults += trimmed + " "
		case expect == "entry" && strings.HasPrefix(trimmed, "Options:"):
			l.entries[len(l.entries)-1].password = !strings.Contains(trimmed, "!authenticate")
		case expect == "entry" && trimmed == "Commands:":
			expect = "commands"
		case expect == "commands":
			last := &l.entries[len(l.entries)-1]
			last.commands = append(last.commands, trimmed)
		}
	}
	return l
}

// has reports whether an option such as requiretty is on in the defaults.
func (l listing) has(option string) bool {
	on := false
	for _, word := range strings.Split(l.defaults, ",") {
		switch strings.TrimSpace(word) {
		case option:
			on = true
		case "!" + option:
			on = false
		}
	}
	return on
}

// needsPassword tells whether the rule that decides on a command, which is the last that matches, asks for
// a password. It is not known when no rule is understood to match.
func (l listing) needsPassword(command []string) (needs, known bool) {
	if strings.Contains(l.defaults, "!authenticate") {
		return false, true
	}
	for _, e := range l.entries {
		for _, pattern := range e.commands {
			if covers(pattern, command) {
				needs, known = e.password, true
			}
		}
	}
	return needs, known
}

// covers tells whether a command as sudoers writes it stands for the given one: arguments are compared as
// one text, in which a wildcard matches blanks and slashes too (sudoers(5), "Wildcards in command
// arguments").
func covers(pattern string, command []string) bool {
	if pattern == "ALL" {
		return true
	}
	program, args, _ := strings.Cut(pattern, " ")
	if ok, err := path.Match(program, command[0]); err != nil || !ok && program != path.Dir(command[0])+"/" {
		return false
	}
	given := strings.Join(command[1:], " ")
	switch {
	case args == "":
		return true
	case args == `""`:
		return given == ""
	case strings.HasPrefix(args, "^"):
		ok, err := regexp.MatchString(args, given)
		return err == nil && ok
	}
	flat := func(text string) string { return strings.ReplaceAll(text, "/", "\x01") }
	ok, err := path.Match(flat(args), flat(given))
	return err == nil && ok
}
