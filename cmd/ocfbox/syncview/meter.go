package syncview

import (
	"math"
	"time"

	"ocfbox/internal/drbd"
)

// memory is over how long a speed is averaged: a sample that old counts for a third.
const memory = 10 * time.Second

// A meter measures how fast something shrinks, from its own samples: the kernel's figures jump. Each moment counts by
// its age, so that two samples close to each other say little.
type meter struct {
	at   time.Time
	left int64
	// sum is the speed of all moments by their weight, and weight all of that, in seconds.
	sum, weight float64
	began       bool
}

// sample takes how much is left at a time. What grows, because it is written to meanwhile, slows the rate down.
func (m *meter) sample(at time.Time, left int64) {
	passed := at.Sub(m.at)
	switch {
	case !m.began:
		m.began = true
	case passed <= 0:
		return
	default:
		fades := math.Exp(-float64(passed) / float64(memory))
		fresh := memory.Seconds() * (1 - fades)
		m.sum = m.sum*fades + float64(m.left-left)/passed.Seconds()*fresh
		m.weight = m.weight*fades + fresh
	}
	m.at, m.left = at, left
}

// result is the rate in KiB a second and the seconds to the end: nil until two samples are there, and the end also
// while nothing shrinks.
func (m *meter) result() (rate, seconds *float64) {
	if m.weight == 0 {
		return nil, nil
	}
	speed := max(m.sum/m.weight, 0)
	if speed > 0 {
		end := float64(m.left) / speed
		seconds = &end
	}
	return &speed, seconds
}

// meters are those of the copies that are being resynchronised or verified, by their label and peer.
type meters map[string]*meter

// measure takes a look's amounts and sets its rates. A copy that rests is forgotten: the next resync starts anew.
func (all meters) measure(at time.Time, resources []Resource) {
	seen := make(map[string]bool)
	for _, r := range resources {
		for i := range r.Copies {
			c := &r.Copies[i]
			left, ok := c.left()
			if !ok {
				continue
			}
			key := c.key(r.Name)
			seen[key] = true
			if all[key] == nil {
				all[key] = new(meter)
			}
			all[key].sample(at, left)
			c.RateKiB, c.ETASeconds = all[key].result()
		}
	}
	for key := range all {
		if !seen[key] {
			delete(all, key)
		}
	}
}

// key tells a copy from all others.
func (c *Copy) key(resource string) string { return c.label(resource) + " " + c.Peer }

// left is what a resync or verify has still to do, in KiB: for a verify out-of-sync is what it found, not what is left.
func (c *Copy) left() (int64, bool) {
	if !c.advancing() {
		return 0, false
	}
	p := c.remote.Progress
	if c.remote.Replication.Verifying() {
		if p == nil || p.TotalKiB == 0 {
			return 0, false
		}
		return p.LeftKiB, true
	}
	switch c.remote.Replication {
	case drbd.Ahead, drbd.Behind, drbd.SkippedSyncS, drbd.SkippedSyncT:
		return 0, false
	}
	if c.OutOfSyncKiB != nil {
		return *c.OutOfSyncKiB, true
	}
	if p != nil && p.TotalKiB > 0 {
		return p.LeftKiB, true
	}
	return 0, false
}
