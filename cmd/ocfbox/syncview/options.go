package syncview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ocfbox/internal/drbd"
)

// Options are what a command line asks for.
type Options struct {
	// Resources are the resources that are asked about; none means all.
	Resources []string
	// AllowDual takes two primaries for what is wanted.
	AllowDual bool
	// ExpectUp takes a resource that is not up for degraded, not for unknown. It is the default for resources that
	// are named; nil is the default.
	ExpectUp *bool
	// Settle is the time between two samples; 0 takes one.
	Settle time.Duration
	// Peer is the host whose view is compared, as ssh knows it.
	Peer string
	// From are files with recorded text in place of this host and, if there is a second, of the other one.
	From []string
	// RequireVerify is how many days ago the copies may last have been compared; 0 asks for no comparison.
	RequireVerify int
	// Lenient reads recorded text that was damaged by reading it from paper.
	Lenient bool
	// Output, Style and Exit are how to say it; Quiet says nothing.
	Output, Style, Exit string
	Quiet               bool
	// Schema prints the schema of the JSON document, and nothing else.
	Schema bool
}

// What --output, --style and --exit may say; the first is the default.
func outputs() []string      { return []string{"text", "json", "prometheus", "perfdata"} }
func watchOutputs() []string { return []string{"text", "json"} }
func styles() []string       { return []string{"plain", "clpstat"} }
func exits() []string        { return []string{"native", "plugin"} }

// maxSettle bounds a wait that nobody would wait for.
const maxSettle = 5 * time.Minute

// check refuses what cannot be meant.
func (o *Options) check(outputs []string) error {
	for _, choice := range []struct {
		name  string
		value *string
		known []string
	}{{"output", &o.Output, outputs}, {"style", &o.Style, styles()}, {"exit", &o.Exit, exits()}} {
		if *choice.value == "" {
			*choice.value = choice.known[0]
		}
		if !slices.Contains(choice.known, *choice.value) {
			return usage(anyOf(choice.known), "--%s cannot be %q", choice.name, *choice.value)
		}
	}
	switch {
	case o.Settle < 0 || o.Settle > maxSettle:
		return usage("0 takes one sample", "--settle is from 0 to %v", maxSettle)
	case o.RequireVerify < 0:
		return usage("0 asks for no comparison", "--require-verify is a number of days")
	case o.RequireVerify > 0 && len(o.From) > 0:
		return usage("what was compared is recorded on the host itself", "--from reads recorded text, which does not tell what was compared")
	case len(o.From) > 2:
		return usage("one for this host and one for the other", "--from may be given twice")
	case len(o.From) > 0 && (o.Peer != "" || o.Settle > 0):
		return usage("a second --from is the other host's view", "--from reads recorded text: --peer and --settle ask living hosts")
	case o.Lenient && len(o.From) == 0:
		return usage("name a file: --from FILE", "--lenient is for recorded text")
	case o.Style == "clpstat" && o.Output != "text":
		return usage("leave one of them out", "--style clpstat is a text, and --output %s is not", o.Output)
	}
	return nil
}

// anyOf lists what may be chosen.
func anyOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// judging are the options of the judgement of a host. A minor that was named and is there needs no name to be expected.
func (o *Options) judging(h drbd.Host, now time.Time) drbd.Options {
	judging := drbd.Options{AllowDual: o.AllowDual, Settle: o.Settle, Now: now, RequireVerify: time.Duration(o.RequireVerify) * 24 * time.Hour}
	switch {
	case o.ExpectUp != nil && !*o.ExpectUp:
	case len(o.Resources) > 0:
		judging.ExpectUp = slices.DeleteFunc(slices.Clone(o.Resources), func(name string) bool {
			return slices.ContainsFunc(h.Resources, func(r drbd.Resource) bool { return r.Name == "" && called(r, name) })
		})
	case o.ExpectUp != nil:
		judging.ExpectUp = []string{"all"}
	}
	return judging
}

// only is a host's view of the resources that are asked about. Where nobody told their names, they are called minor-0
// and so on; a name that is not found may then be any of them, which is a problem.
func (o *Options) only(h drbd.Host) drbd.Host {
	if len(o.Resources) == 0 {
		return h
	}
	nameless := 0
	for _, r := range h.Resources {
		if r.Name == "" && !o.wants(r) {
			nameless++
		}
	}
	for _, name := range o.Resources {
		found := slices.ContainsFunc(h.Resources, func(r drbd.Resource) bool { return called(r, name) })
		if !found && nameless > 0 {
			h.Problems = append(slices.Clone(h.Problems), fmt.Sprintf("%s may be one of %d devices whose names nobody told", name, nameless))
		}
	}
	h.Resources = slices.DeleteFunc(slices.Clone(h.Resources), func(r drbd.Resource) bool { return !o.wants(r) })
	return h
}

func (o *Options) wants(r drbd.Resource) bool {
	return slices.ContainsFunc(o.Resources, func(name string) bool { return called(r, name) })
}

// called reports whether a name is the resource's.
func called(r drbd.Resource, name string) bool {
	if r.Name != "" {
		return r.Name == name
	}
	return slices.ContainsFunc(r.Volumes, func(v drbd.Volume) bool { return minorName(v.Minor) == name })
}
