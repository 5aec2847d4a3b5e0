package core

import (
	"slices"
	"time"
)

// A Link is what a source knows of one secondary.
type Link struct {
	Site   int
	Name   string
	Mode   Mode
	Status Status
	// InSync means that the secondary has every row that was acknowledged. It outlives a lost
	// connection: only a row that is acknowledged without the secondary ends it, and that waits until the
	// loss was reported.
	InSync bool
	// Details says why the status is what it is, in HANA's words.
	Details string
	// Loss counts the losses of the connection, or of the secondary's data.
	Loss int

	connected bool
	sent      uint64
	acked     uint64
	// waiting is when the oldest row that is not acknowledged was written.
	waiting time.Time
}

// Acked is the last position that the secondary has.
func (k Link) Acked() uint64 { return k.acked }

// Connected tells whether the secondary's connection stands.
func (k Link) Connected() bool { return k.connected }

// A Source is a volume that is the source of others.
type Source struct {
	Log *Log
	// Timeout is logshipping_timeout: how long a commit waits for a secondary.
	Timeout time.Duration
	// FullSync is enable_full_sync: no commit without the secondary, however long that takes.
	FullSync bool

	links []*Link
}

// Expect makes a secondary known. One that was in sync when we stopped still is.
func (s *Source) Expect(site int, name string, mode Mode, inSync bool) {
	if k := s.link(site); k != nil {
		k.Name, k.Mode = name, mode
		return
	}
	s.links = append(s.links, &Link{Site: site, Name: name, Mode: mode, Status: Unknown, InSync: inSync})
}

// Forget removes a secondary.
func (s *Source) Forget(site int) {
	s.links = slices.DeleteFunc(s.links, func(k *Link) bool { return k.Site == site })
}

// Links returns what is known of all secondaries.
func (s *Source) Links() []Link {
	links := make([]Link, len(s.links))
	for i, k := range s.links {
		links[i] = *k
	}
	return links
}

func (s *Source) link(site int) *Link {
	i := slices.IndexFunc(s.links, func(k *Link) bool { return k.Site == site })
	if i < 0 {
		return nil
	}
	return s.links[i]
}

// A Plan says how a secondary gets what it lacks.
type Plan struct {
	// Full: all its data is replaced. Otherwise what is behind From is sent.
	Full bool
	From uint64
	// Lost is the number of rows that the secondary has and we do not: they are discarded.
	Lost uint64
}

// Connect takes a secondary's greeting and says what it gets. Its rows that we do not have cost it
// all its data: HANA cannot roll them back. ok is false for a site that was never registered.
func (s *Source) Connect(site int, turns []Turn, last uint64, usable bool) (plan Plan, ok bool) {
	k := s.link(site)
	if k == nil {
		return Plan{}, false
	}
	common, related := s.Log.Common(turns, last)
	plan = Plan{Full: !usable || !related || common < last, From: common, Lost: last - common}
	k.Status, k.Details = Syncing, ""
	if plan.Full {
		// A copy that is torn down is nobody's backup any more.
		plan.From, k.Status = 0, Initializing
		k.Loss++
	}
	k.connected, k.sent, k.acked = true, plan.From, plan.From
	return plan, true
}

// Write appends a row.
func (s *Source) Write(r Row, now time.Time) Entry {
	e := s.Log.Append(r)
	s.Noticed(now)
	return e
}

// Noticed starts the secondaries' time to answer, after the log grew.
func (s *Source) Noticed(now time.Time) {
	for _, k := range s.links {
		if k.waiting.IsZero() && k.acked < s.Log.Last() {
			k.waiting = now
		}
	}
}

// Next returns what to send to a secondary now.
func (s *Source) Next(site, limit int) []Entry {
	k := s.link(site)
	if k == nil || !k.connected {
		return nil
	}
	entries := s.Log.After(k.sent, limit)
	k.sent += uint64(len(entries))
	return entries
}

// Ack notes that a secondary has everything up to a position. It tells whether the secondary
// caught up by that and is active now.
func (s *Source) Ack(site int, position uint64, now time.Time) bool {
	k := s.link(site)
	if k == nil || !k.connected {
		return false
	}
	k.acked = max(k.acked, position)
	k.waiting = time.Time{}
	if k.acked < s.Log.Last() {
		k.waiting = now
		return false
	}
	if k.Status == Active {
		return false
	}
	k.Status, k.InSync, k.Details = Active, true, ""
	return true
}

// Lose notes that a secondary's connection is gone. Commits go on waiting for it until Reported. It
// tells whether anything changed.
func (s *Source) Lose(site int, details string) bool {
	k := s.link(site)
	if k == nil || !k.connected && k.Status == Error {
		return false
	}
	k.connected, k.Status, k.Details, k.waiting = false, Error, details, time.Time{}
	k.Loss++
	return true
}

// Loss is the number of a secondary's last loss, for Reported.
func (s *Source) Loss(site int) int {
	if k := s.link(site); k != nil {
		return k.Loss
	}
	return 0
}

// Reported notes that a loss was reported: commits do not wait for the secondary any more. One that came back
// meanwhile is still waited for, and so is one that was lost again: that is not reported yet.
func (s *Source) Reported(site, loss int) {
	if k := s.link(site); k != nil && k.Loss == loss && (!k.connected || k.Status == Initializing) {
		k.InSync = false
	}
}

// Overdue returns the secondaries for which commits have waited too long.
func (s *Source) Overdue(now time.Time) []int {
	var sites []int
	for _, k := range s.links {
		if k.Mode.waits() && k.InSync && k.Status != Error && !k.waiting.IsZero() && now.Sub(k.waiting) >= s.Timeout {
			sites = append(sites, k.Site)
		}
	}
	return sites
}

// Released is the position up to which rows may be acknowledged to clients.
func (s *Source) Released() uint64 {
	position := s.Log.Last()
	for _, k := range s.links {
		if k.Mode.waits() && (k.InSync || s.FullSync && k.Mode == Sync) {
			position = min(position, k.acked)
		}
	}
	return position
}
