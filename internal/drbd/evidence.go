package drbd

// evidence is what proves a split brain or unrelated data, the strongest first (replication-checker.md 6). A connection
// that stands disproves it: the handshake would have failed.
func (in Observation) evidence(v view, facing *view) []Verdict {
	if v.connected() {
		return nil
	}
	var all []Verdict
	if facing != nil && !facing.connected() && v.resource.Role == Primary && facing.resource.Role == Primary {
		verdict, _ := is(SplitBrain, ReasonDualWriters, "%s and %s are both primary of %s and not connected: each writes data of its own%s",
			in.localName(), in.remoteName(), v.device(), in.both(v, facing))
		all = append(all, verdict)
	}
	for _, k := range in.Kinships {
		if k.concerns(v) {
			all = append(all, in.kinship(v, facing, k)...)
		}
	}
	return append(all, logEvidence(v, in.Log)...)
}

// concerns reports whether a kinship is of a view's copy.
func (k Kinship) concerns(v view) bool {
	return k.Resource == v.resource.Name && k.Volume == v.volume.Number &&
		(v.peer == nil || k.Peer == v.peer.Name || v.peer.NodeID < 0)
}

func (in Observation) kinship(v view, facing *view, k Kinship) []Verdict {
	var verdict Verdict
	switch k.Relation {
	case SplitData:
		verdict, _ = is(SplitBrain, ReasonSplitBrainGI, "the copies of %s went separate ways: %s%s", v.device(), k.Text, in.both(v, facing))
	case UnrelatedData:
		verdict, _ = is(Degraded, ReasonUnrelated, "the copies of %s never were the same: %s; one has to be thrown away", v.device(), k.Text)
	default:
		return nil
	}
	return []Verdict{verdict}
}

// logEvidence is what the kernel's log of a view's host says, if no handshake has come to its end since.
func logEvidence(v view, log []LogEvent) []Verdict {
	if v.connected() || len(log) == 0 {
		return nil
	}
	var all []Verdict
	for _, event := range OpenSplits(log, v.minorsOf) {
		if !event.about(v) {
			continue
		}
		verdict, _ := is(SplitBrain, ReasonSplitBrainLog, "the kernel detected a split brain of %s%s and dropped the connection%s",
			v.device(), since(event.At), v.changed())
		if event.Kind == LogUnrelated {
			verdict, _ = is(Degraded, ReasonUnrelated, "the kernel found that the copies of %s never were the same%s; one has to be thrown away",
				v.device(), since(event.At))
		}
		all = append(all, verdict)
	}
	return all
}

// about reports whether a message is about a view's copy.
func (e LogEvent) about(v view) bool {
	if e.Minor >= 0 {
		return e.Minor == v.volume.Minor
	}
	return e.Resource == v.resource.Name && (e.Peer == "" || v.peer == nil || v.peer.NodeID < 0 || e.Peer == v.peer.Name)
}

// minorsOf are the minors of a resource of the view's host.
func (v view) minorsOf(resource string) []int {
	var minors []int
	for i := range v.host.Resources {
		if r := &v.host.Resources[i]; r.Name == resource {
			for _, volume := range r.Volumes {
				minors = append(minors, volume.Minor)
			}
		}
	}
	return minors
}
