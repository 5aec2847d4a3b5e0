package systemctl

import (
	"fmt"
	"strings"
)

// options are a command line.
type options struct {
	verb       string
	names      []string
	properties []string
	quiet      bool
	now        bool
	// bare leaves headings and counts out.
	bare bool
	// valueOnly prints values of properties without their names.
	valueOnly bool
	kinds     []string
}

// parse reads a command line; options may stand anywhere. Those that only concern how much is printed, or waiting, are
// taken and ignored.
func parse(args []string) (options, error) {
	o := options{}
	var words []string
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		if !strings.HasPrefix(args[i], "-") {
			words = append(words, args[i])
			continue
		}
		if strings.HasPrefix(name, "-p") && len(name) > 2 {
			name, value, given = "-p", name[2:], true
		}
		if takesValue(name) && !given {
			if i++; i == len(args) {
				return o, fmt.Errorf("option '%s' requires an argument", name)
			}
			value = args[i]
		}
		if !o.set(name, value) {
			return o, fmt.Errorf("unrecognized option '%s'", args[i])
		}
	}
	o.verb = "list-units"
	if len(words) > 0 {
		o.verb = words[0]
		for _, name := range words[1:] {
			o.names = append(o.names, fullName(name))
		}
	}
	if len(o.names) == 0 && needsNames(o.verb) {
		return o, fmt.Errorf("%s: too few arguments", o.verb)
	}
	return o, nil
}

func takesValue(option string) bool {
	switch option {
	case "-p", "--property", "-t", "--type", "--state", "-n", "--lines", "-o", "--output", "--job-mode":
		return true
	}
	return false
}

func needsNames(verb string) bool {
	switch verb {
	case "start", "stop", "restart", "enable", "disable", "is-active", "is-failed", "is-enabled":
		return true
	}
	return false
}

func (o *options) set(name, value string) bool {
	switch name {
	case "-q", "--quiet":
		o.quiet = true
	case "--now":
		o.now = true
	case "--no-legend":
		o.bare = true
	case "--legend":
		o.bare = value == "false" || value == "no"
	case "--value":
		o.valueOnly = true
	case "-p", "--property":
		o.properties = append(o.properties, strings.Split(value, ",")...)
	case "-t", "--type":
		o.kinds = append(o.kinds, strings.Split(value, ",")...)
	case "--no-pager", "--full", "-l", "--all", "-a", "--no-block", "--force", "-f", "--system", "--plain", "--no-ask-password",
		"--state", "-n", "--lines", "-o", "--output", "--job-mode", "--wait", "--no-reload":
	default:
		return false
	}
	return true
}
