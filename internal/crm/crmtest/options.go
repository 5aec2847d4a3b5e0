package crmtest

import (
	"fmt"
	"strings"
)

// An option of a tool. Its letter is 0 when it has none.
type option struct {
	letter byte
	name   string
	value  bool
	// optional values follow as the next word only when that does not look like an option.
	optional bool
}

// A given is an option as it was given, in order.
type given struct {
	// name is the option's, spelled the way it was written, with its dashes.
	name, spelled, value string
}

// options are what a tool understands, and how.
type options struct {
	tool string
	all  []option
	// getopt tells that the tool uses getopt_long, which takes unique abbreviations; the others use glib.
	getopt bool
}

// parse reads args. A refusal is the message that the tool prints, without its name.
func (o options) parse(args []string) (found []given, rest []string, refusal string) {
	if !o.getopt {
		args = o.split(args)
	}
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		if word == "--" {
			return found, append(rest, args...), ""
		}
		if len(word) < 2 || word[0] != '-' {
			rest = append(rest, word)
			continue
		}
		opt, g, attached, refusal := o.read(word)
		if refusal != "" {
			return nil, nil, refusal
		}
		switch {
		case !attached && len(word) > 2 && word[1] != '-':
			// A cluster: the rest are more options.
			args = append([]string{"-" + word[2:]}, args...)
		case !attached && opt.value && len(args) == 0:
			return nil, nil, o.missing(g.spelled)
		case !attached && (opt.value || opt.optional && len(args) > 0 && !strings.HasPrefix(args[0], "-")):
			g.value, args = args[0], args[1:]
		}
		found = append(found, g)
	}
	return found, rest, ""
}

// read finds the option that word begins with, and the value attached to it.
func (o options) read(word string) (opt option, g given, attached bool, refusal string) {
	if name, long := strings.CutPrefix(word, "--"); long {
		name, g.value, attached = strings.Cut(name, "=")
		opt, refusal = o.long(name)
		g.name, g.spelled = opt.name, "--"+opt.name
		return opt, g, attached, refusal
	}
	opt, known := o.short(word[1])
	if !known {
		return option{}, given{}, false, o.unknown(word[1:2])
	}
	g = given{name: opt.name, spelled: word[:2]}
	if len(word) > 2 && (opt.value || opt.optional) {
		g.value, attached = word[2:], true
	}
	return opt, g, attached, ""
}

// split takes clusters of short options apart before glib sees them. It knows short options that take the
// next word, but not long ones: so --update -INFINITY becomes --update -I -N FINITY, and --update=-INFINITY
// is the only safe way to write that with a long option.
func (o options) split(args []string) (words []string) {
	for i := 0; i < len(args); i++ {
		word := args[i]
		if word == "--" {
			return append(words, args[i:]...)
		}
		if len(word) < 2 || word[0] != '-' || word[1] == '-' {
			words = append(words, word)
			continue
		}
		for at := 1; at < len(word); at++ {
			opt, _ := o.short(word[at])
			if opt.value || opt.optional {
				words = append(words, "-"+word[at:])
				if at == len(word)-1 && opt.value && i+1 < len(args) {
					i++
					words = append(words, args[i])
				}
				break
			}
			words = append(words, "-"+word[at:at+1])
		}
	}
	return words
}

func (o options) short(letter byte) (option, bool) {
	for _, opt := range o.all {
		if opt.letter == letter {
			return opt, true
		}
	}
	return option{}, false
}

func (o options) long(name string) (option, string) {
	var near []option
	for _, opt := range o.all {
		if opt.name == name {
			return opt, ""
		}
		if strings.HasPrefix(opt.name, name) {
			near = append(near, opt)
		}
	}
	switch {
	case !o.getopt:
		return option{}, "Unknown option --" + name
	case len(near) == 1:
		return near[0], ""
	case len(near) > 1:
		text := fmt.Sprintf("option '--%s' is ambiguous; possibilities:", name)
		for _, opt := range near {
			text += fmt.Sprintf(" '--%s'", opt.name)
		}
		return option{}, text
	}
	return option{}, fmt.Sprintf("unrecognized option '--%s'", name)
}

func (o options) unknown(letter string) string {
	if o.getopt {
		return fmt.Sprintf("invalid option -- '%s'", letter)
	}
	return "Unknown option -" + letter
}

func (o options) missing(word string) string {
	switch {
	case !o.getopt:
		return "Missing argument for " + word
	case strings.HasPrefix(word, "--"):
		return fmt.Sprintf("option '%s' requires an argument", word)
	}
	return fmt.Sprintf("option requires an argument -- '%s'", word[1:])
}
