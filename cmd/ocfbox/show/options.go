package show

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Options are what the command line asks for.
type Options struct {
	// SIDs are the systems to show; empty is all of the CIB.
	SIDs []string
	// CIBs are files, - for standard input, and Dirs folders to search; neither is the live cluster.
	CIBs, Dirs []string
	// From and To bound when the scheduler ran; zero is no bound.
	From, To time.Time
	// Format is the output's, and Style the generation's whose layout is wanted.
	Format, Style string
	// Select is the name of a selection, Properties the file that has it, Columns a selection itself.
	Select, Properties, Columns string
	Sort                        string
	// Watch is the time between two looks; 0 is one look.
	Watch time.Duration
	// Color is auto, always or never.
	Color                                     string
	PathToTable, Check, Schema, Help, Version bool
}

// The kinds of an option's value.
type valueKind int

const (
	noValue valueKind = iota
	someValue
	maybeValue
)

// An Option is one word of the command line.
type Option struct {
	Name string
	// Argument names the value, empty when there is none. A name in brackets may be left out.
	Argument string
	// Help is a line for people; empty for one that is only there for old scripts.
	Help string
	take func(o *Options, value string) error
}

func (o Option) kind() valueKind {
	switch {
	case o.Argument == "":
		return noValue
	case strings.HasPrefix(o.Argument, "["):
		return maybeValue
	}
	return someValue
}

// defaultWatch is the time between two looks where none is given.
const defaultWatch = 5 * time.Second

// All are the options, in the order in which a reader meets them.
func All() []Option {
	text := func(to func(*Options) *string) func(*Options, string) error {
		return func(o *Options, value string) error { *to(o) = value; return nil }
	}
	list := func(to func(*Options) *[]string) func(*Options, string) error {
		return func(o *Options, value string) error { *to(o) = append(*to(o), value); return nil }
	}
	flag := func(to func(*Options) *bool) func(*Options, string) error {
		return func(o *Options, _ string) error { *to(o) = true; return nil }
	}
	output := text(func(o *Options) *string { return &o.Format })
	columns := text(func(o *Options) *string { return &o.Columns })
	sort := text(func(o *Options) *string { return &o.Sort })
	return []Option{
		{"sid", "SID", "show `SID` only; several, and SID:NUMBER, are understood", takeSIDs},
		{"cib", "FILE", "read the CIB from `FILE`, packed or not, or - for standard input", list(func(o *Options) *[]string { return &o.CIBs })},
		{"dir", "DIR", "read the scheduler's files below `DIR`", list(func(o *Options) *[]string { return &o.Dirs })},
		{"from", "TIME", "leave out files of before `TIME`", takeTime(func(o *Options) *time.Time { return &o.From })},
		{"to", "TIME", "leave out files of after `TIME`", takeTime(func(o *Options) *time.Time { return &o.To })},
		{"output", "FORMAT", "print `FORMAT`: text, json, prometheus, script, path, tester, csv or cache", func(o *Options, value string) error {
			if value == "json" {
				// Where both generations are spoken, angi's own JSON is --format=json.
				value = "json2"
			}
			return output(o, value)
		}},
		{"format", "FORMAT", "the same in SUSE's words: `FORMAT` is tables, script, json (angi's own) and so on", output},
		{"style", "STYLE", "lay tables out as `STYLE`: classic or angi", text(func(o *Options) *string { return &o.Style })},
		{"select", "NAME", "show the columns of the selection `NAME`, as minimal or sitelist", text(func(o *Options) *string { return &o.Select })},
		{"properties", "FILE", "take the selections from `FILE`", text(func(o *Options) *string { return &o.Properties })},
		{"columns", "LIST", "show the columns of `LIST`, as \"site:srHook host:roles,score\"", columns},
		{"experimental_attributes", "LIST", "", columns},
		{"sort", "COLUMN", "sort rows by `COLUMN`, as score or host:score:-", sort},
		{"experimental_sort", "COLUMN", "", sort},
		{"watch", "[SECONDS]", "look again every 5 seconds, or as many as --watch=SECONDS says", takeWatch},
		{"color", "WHEN", "colour `WHEN`: auto, always or never", text(func(o *Options) *string { return &o.Color })},
		{"check", "", "say in one line and by the exit status how the replication is", flag(func(o *Options) *bool { return &o.Check })},
		{"path2table", "", "turn what --format=script printed into tables", flag(func(o *Options) *bool { return &o.PathToTable })},
		{"schema", "", "print the schema of the JSON output", flag(func(o *Options) *bool { return &o.Schema })},
		{"help", "", "", flag(func(o *Options) *bool { return &o.Help })},
		{"version", "", "", flag(func(o *Options) *bool { return &o.Version })},
	}
}

// Parse reads a command line as the tools of both generations do: an option may be cut to what is still
// unique, in any case, with one dash or two, and its value may be a word of its own (hana-tools.md 1.2).
func Parse(args []string) (Options, error) {
	var o Options
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		name, value, attached := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
		if !strings.HasPrefix(word, "-") || name == "" {
			return o, fmt.Errorf("unexpected argument %q", word)
		}
		option, err := findOption(name)
		if err != nil {
			return o, err
		}
		switch kind := option.kind(); {
		case kind == noValue && attached:
			return o, fmt.Errorf("option --%s takes no value", option.Name)
		case kind == someValue && !attached:
			if len(args) == 0 {
				return o, fmt.Errorf("option --%s needs a value", option.Name)
			}
			value, args = args[0], args[1:]
		}
		if err := option.take(&o, value); err != nil {
			return o, fmt.Errorf("option --%s: %w", option.Name, err)
		}
	}
	return o, nil
}

// UsageCode is the exit code of a wrong command line. What a monitoring system runs must not answer with a
// code that means something about the database.
func UsageCode(args []string) int {
	for _, word := range args {
		name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		if option, err := findOption(name); err == nil && option.Name == "check" && strings.HasPrefix(word, "-") {
			return exitCheckUsage
		}
	}
	return exitUsage
}

func findOption(name string) (Option, error) {
	var found []Option
	for _, option := range All() {
		if strings.EqualFold(option.Name, name) {
			return option, nil
		}
		if len(name) <= len(option.Name) && strings.EqualFold(option.Name[:len(name)], name) {
			found = append(found, option)
		}
	}
	switch len(found) {
	case 0:
		return Option{}, fmt.Errorf("there is no option --%s", name)
	case 1:
		return found[0], nil
	}
	return Option{}, fmt.Errorf("option --%s may be --%s or --%s", name, found[0].Name, found[1].Name)
}

func takeSIDs(o *Options, value string) error {
	for _, one := range strings.Split(value, ",") {
		sid, _, _ := strings.Cut(strings.TrimSpace(one), ":")
		if sid == "" {
			return fmt.Errorf("%q names no SID", value)
		}
		o.SIDs = append(o.SIDs, strings.ToUpper(sid))
	}
	return nil
}

func takeWatch(o *Options, value string) error {
	o.Watch = defaultWatch
	if value == "" {
		return nil
	}
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 1 {
		return fmt.Errorf("%q is no number of seconds", value)
	}
	o.Watch = time.Duration(seconds) * time.Second
	return nil
}

func takeTime(to func(*Options) *time.Time) func(*Options, string) error {
	return func(o *Options, value string) error {
		t, err := parseTime(value, time.Now())
		*to(o) = t
		return err
	}
}

// parseTime reads seconds since 1970, a time so long before now as in -30m, RFC 3339, or local time.
func parseTime(text string, now time.Time) (time.Time, error) {
	if ago, ok := strings.CutPrefix(text, "-"); ok {
		d, err := time.ParseDuration(strings.TrimSuffix(ago, "in"))
		return now.Add(-d), err
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-1-2 15:4:5", "2006-1-2"} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", text)
}
