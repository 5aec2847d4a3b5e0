package drbd

import "slices"

// The scopes of a report.
const (
	ScopeLocal = "local"
	ScopeBoth  = "both"
)

// Classify says what an observation is worth, copy by copy, and the worst of them for each resource and for all. It asks
// nobody and changes nothing. With the other host's view the verdict is the worse of both, and what only both together
// show is found: two writers, and one side that has not noticed the loss of the other.
func Classify(in Observation) Report {
	report := Report{Scope: ScopeLocal}
	if in.Remote != nil {
		report.Scope = ScopeBoth
	}
	local, remote := in.local(), in.remote()
	for i := range in.Local.Resources {
		r := &in.Local.Resources[i]
		report.Resources = append(report.Resources, in.resource(r.Name, of(local, r), remote))
	}
	report.Resources = append(report.Resources, in.missing(remote)...)
	report.Verdict = in.worst(report.Resources)
	return report
}

// of are the copies of one resource: views stand in the order of the resources.
func of(all []view, r *Resource) []view {
	first := slices.IndexFunc(all, func(v view) bool { return v.resource == r })
	if first < 0 {
		return nil
	}
	last := first
	for last < len(all) && all[last].resource == r {
		last++
	}
	return all[first:last]
}

// local are the copies that this host knows of, with all that is known of them.
func (in Observation) local() []view {
	other := ""
	if in.Remote != nil {
		other = in.Remote.Name
	}
	all := in.fill(hostViews(&in.Local), other)
	var before []view
	if in.Before != nil {
		before = hostViews(in.Before)
	}
	for i := range all {
		v := &all[i]
		v.mark = in.Track.find(*v)
		for j := range before {
			if sameCopy(*v, before[j]) {
				v.before = &before[j]
			}
		}
	}
	return all
}

// remote are the copies that the other host knows of.
func (in Observation) remote() []view {
	if in.Remote == nil {
		return nil
	}
	all := in.fill(hostViews(in.Remote), in.Local.Name)
	for i := range all {
		all[i].options.ExpectUp = nil
		all[i].evidence = logEvidence(all[i], in.RemoteLog)
	}
	return all
}

func hostViews(h *Host) []view {
	var all []view
	for i := range h.Resources {
		all = append(all, views(h, &h.Resources[i])...)
	}
	return all
}

// fill adds what is the same for all copies.
func (in Observation) fill(all []view, other string) []view {
	now := in.Options.Now
	if now.IsZero() {
		now = in.Local.At
	}
	for i := range all {
		v := &all[i]
		v.options, v.now, v.other = in.Options, now, other
		for j := range in.Verified {
			if k := &in.Verified[j]; k.Resource == v.resource.Name && k.Volume == v.volume.Number {
				v.verified = k
			}
		}
	}
	return all
}

// resource is the report of one resource from its copies.
func (in Observation) resource(name string, copies, remote []view) ResourceReport {
	report := ResourceReport{Name: name, Data: WorthGood, Volumes: []VolumeReport{}}
	for _, v := range copies {
		report.Volumes = append(report.Volumes, in.volume(v, remote))
	}
	alone(report.Volumes, copies)
	for i, v := range report.Volumes {
		report.Data = min(report.Data, v.Data)
		if !v.Excluded && v.Class > report.Class {
			report.Verdict = report.Volumes[i].Verdict
		}
	}
	if report.Class == NoClass {
		report.Data = WorthBad
		report.Verdict = Verdict{Class: Unknown, Reason: ReasonNoData, Text: label(name) + " has no volumes", Rule: 1}
	}
	return report
}

// volume is the report of one copy, judged from this side and, where there is one, from the other.
func (in Observation) volume(v view, remote []view) VolumeReport {
	facing := counterpart(v, remote)
	v.evidence = in.evidence(v, facing)
	verdict := v.verdict()
	if in.Remote != nil {
		verdict = in.bothSided(v, facing, verdict)
	}
	verdict.Warnings = warnings(v)
	verdict.Hints = in.hints(v, facing, verdict)
	report := VolumeReport{Volume: v.volume.Number, Minor: v.volume.Minor, Verdict: verdict, Data: worth(v, verdict)}
	if v.peer != nil {
		report.Peer = v.peer.Name
	}
	report.Excluded = v.copy.Client
	return report
}

// verdict is that of the table, held back by what the table's states do not show.
func (v view) verdict() Verdict {
	verdict := judge(v, rules())
	if verdict.Class == OK {
		if worse, fits := withheld(v); fits {
			worse.Rule = verdict.Rule
			verdict = worse
		}
	}
	if verdict.Class < Unknown {
		if worse, fits := silent(v); fits {
			verdict = worse
		}
	}
	return verdict
}

// alone finds volumes whose every peer is one without a disk: nothing replicates them, and no copy's verdict counts.
func alone(reports []VolumeReport, copies []view) {
	for i := range reports {
		same := func(r VolumeReport) bool { return r.Minor == reports[i].Minor && !r.Excluded }
		if reports[i].Excluded && !slices.ContainsFunc(reports, same) {
			reports[i].Excluded = false
			if reports[i].Class < Degraded {
				reports[i].Verdict, _ = is(Degraded, ReasonNoReplica, "no peer of %s has a disk for it", copies[i].device())
			}
		}
	}
}

// worth is what the local copy is good for.
func worth(v view, verdict Verdict) Worth {
	disk := v.volume.Disk
	switch {
	case verdict.Class == SplitBrain, verdict.Reason == ReasonUnrelated, v.volume.Problem != "", v.volume.Unconfigured:
		return WorthBad
	case disk != UpToDate && disk != Consistent:
		return WorthBad
	case disk == Consistent && !v.old():
		return WorthUndecided
	case v.resource.Role == Primary:
		return WorthGood
	case v.connected() && verdict.Class != Unknown && verdict.Reason != ReasonAsymmetric &&
		(v.copy.OutOfSyncKiB == 0 || v.copy.Replication.Source()):
		return WorthGood
	}
	// Cut off, or different: it may be stale, whatever its disk state says.
	return WorthUndecided
}

// worst is the verdict on all resources. What the host could not read keeps it from being in order.
func (in Observation) worst(all []ResourceReport) Verdict {
	var worst Verdict
	for _, r := range all {
		if r.Class > worst.Class {
			worst = r.Verdict
		}
	}
	unknown := func(reason Reason, text string) Verdict {
		return Verdict{Class: Unknown, Reason: reason, Text: text, Rule: 1}
	}
	switch {
	case worst.Class == NoClass && !in.Local.Loaded:
		return unknown(ReasonNoModule, "the kernel has no DRBD module loaded")
	case worst.Class < Unknown && len(in.Local.Problems) > 0:
		return unknown(ReasonNoData, "not all could be read: "+in.Local.Problems[0])
	case worst.Class == NoClass:
		return unknown(ReasonNoData, "no resource is configured")
	}
	return worst
}
