package drbd

import (
	"fmt"
	"slices"
)

// missing are the resources that should be here and are not: those that must be up, and those that the other host has.
func (in Observation) missing(remote []view) []ResourceReport {
	var all []ResourceReport
	add := func(name string, verdict Verdict) {
		known := func(r Resource) bool { return r.Name == name }
		listed := func(r ResourceReport) bool { return r.Name == name }
		if name != "" && !slices.ContainsFunc(in.Local.Resources, known) && !slices.ContainsFunc(all, listed) {
			all = append(all, ResourceReport{Name: name, Verdict: verdict, Volumes: []VolumeReport{}})
		}
	}
	nameless := slices.ContainsFunc(in.Local.Resources, func(r Resource) bool { return r.Name == "" })
	unsure := in.Local.Loaded && (nameless || len(in.Local.Problems) > 0)
	for _, name := range in.Options.ExpectUp {
		switch {
		case name == allResources:
		case unsure:
			add(name, Verdict{Class: Unknown, Reason: ReasonNoData, Text: name + " was not found in what could be read", Rule: 1})
		default:
			add(name, Verdict{Class: Degraded, Reason: ReasonNotUp, Text: name + " is not up here" + in.why(), Rule: 1})
		}
	}
	for _, v := range remote {
		if !unsure && !v.volume.Unconfigured {
			add(v.resource.Name, Verdict{Class: Degraded, Reason: ReasonNotUp, Rule: 1,
				Text: fmt.Sprintf("%s is up on %s and not here%s", v.resource.Name, in.remoteName(), in.why())})
		}
	}
	return all
}

func (in Observation) why() string {
	if in.Local.Loaded {
		return ""
	}
	return ": the kernel has no DRBD module loaded"
}

// allResources in Options.ExpectUp stands for every resource that is seen.
const allResources = "all"

func (o Options) expects(name string) bool {
	return slices.Contains(o.ExpectUp, allResources) || name != "" && slices.Contains(o.ExpectUp, name)
}
