package drbd

// OpenSplits are the split brains and unrelated data that a log tells of and that nothing has cleared since: neither a
// later handshake that came to its end, nor the kernel's word that it was solved (replication-checker.md 6). Of each
// minor, or resource where no minor is named, the first one since then comes back, so that its time says since when.
//
// A message about a minor is cleared by one about the same minor. One about a whole connection clears its peer's and,
// where resource names are known only to the caller, does so for minorsOf(resource); that may be nil.
func OpenSplits(log []LogEvent, minorsOf func(resource string) []int) []LogEvent {
	var open []LogEvent
	for _, event := range log {
		switch event.Kind {
		case LogSplitBrain, LogUnrelated:
			if !alreadyOpen(open, event) {
				open = append(open, event)
			}
		case LogSolved, LogConnected:
			open = without(open, event, minorsOf)
		}
	}
	return open
}

func alreadyOpen(open []LogEvent, event LogEvent) bool {
	for _, o := range open {
		if o.Minor == event.Minor && o.Resource == event.Resource && o.Peer == event.Peer {
			return true
		}
	}
	return false
}

func without(open []LogEvent, clears LogEvent, minorsOf func(string) []int) []LogEvent {
	kept := open[:0]
	for _, o := range open {
		if !clears.concerns(o, minorsOf) {
			kept = append(kept, o)
		}
	}
	return kept
}

// concerns reports whether a message is about what an earlier one is about.
func (e LogEvent) concerns(o LogEvent, minorsOf func(string) []int) bool {
	switch {
	case e.Minor >= 0:
		return e.Minor == o.Minor
	case e.Peer != "" && o.Peer != "" && e.Peer != o.Peer:
		return false
	case o.Resource != "":
		return e.Resource == o.Resource
	case minorsOf != nil:
		for _, minor := range minorsOf(e.Resource) {
			if minor == o.Minor {
				return true
			}
		}
	}
	return false
}
