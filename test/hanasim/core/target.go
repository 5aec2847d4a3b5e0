package core

// A Target is a volume that gets its data from a source.
type Target struct {
	Log *Log
}

// Usable tells whether the data is a database: it was copied completely at some time.
func (t Target) Usable() bool { return !t.Log.Loading && len(t.Log.Turns) > 0 }

// Start prepares for what the source plans. It returns the entries that are discarded.
func (t Target) Start(p Plan, turns []Turn, common uint64) []Entry {
	lost := t.Log.After(common, int(t.Log.Last()))
	if p.Full {
		t.Log.Entries, t.Log.Loading = nil, true
	}
	t.Log.Turns = turns
	return lost
}

// Take adds entries in their order.
func (t Target) Take(entries []Entry) error {
	for _, e := range entries {
		if err := t.Log.Add(e); err != nil {
			return err
		}
	}
	return nil
}

// Finish ends a full copy.
func (t Target) Finish() { t.Log.Loading = false }
