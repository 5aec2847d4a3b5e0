package verify

import "time"

// Progress is how far a run is.
type Progress struct {
	// Done and Size are bytes of the pair; Rate is bytes compared a second.
	Done, Size int64
	Rate       float64
	// Left is the time left of the first pass, 0 while it cannot be told.
	Left time.Duration
	// Pass is the pass under way; Suspected and Confirmed count bytes that differ.
	Pass                 int
	Suspected, Confirmed int64
}

// A meter measures the rate at which the first pass goes on. Holes are no work, so they count for no time.
type meter struct {
	size, total, before int64
	compared, holes     int64
	last                int64
	// first and at are the first and the last mark.
	first, at time.Time
	rate      float64
}

// memory is the time over which the rate is smoothed.
const memory = 30 * time.Second

// mark takes in how much is done at a time.
func (m *meter) mark(now time.Time) {
	if m.at.IsZero() || !now.After(m.at) {
		m.first, m.at, m.last = now, now, m.compared
		return
	}
	passed := now.Sub(m.at).Seconds()
	current := float64(m.compared-m.last) / passed
	// All marks count alike until there are enough to forget the oldest.
	weight := passed / min(memory, now.Sub(m.first)).Seconds()
	m.rate += weight * (current - m.rate)
	m.at, m.last = now, m.compared
}

// left is the time that what is left takes at the smoothed rate or, if that is longer and hardly anything is done
// yet, at the average one.
func (m *meter) left(ran time.Duration) time.Duration {
	rest := m.total - m.compared - m.holes
	if m.rate <= 0 || rest <= 0 {
		return 0
	}
	left := time.Duration(float64(rest) / m.rate * float64(time.Second))
	if done := m.compared + m.holes; m.compared > 0 && done < m.total/10 {
		left = max(left, time.Duration(float64(rest)/float64(m.compared)*float64(ran)))
	}
	return left
}

// progress is told while the run's lock is held.
func (r *run) progress(now time.Time) Progress {
	r.meter.mark(now)
	return Progress{
		Done: r.meter.before + r.meter.compared + r.meter.holes, Size: r.meter.size, Rate: r.meter.rate,
		Left: r.meter.left(now.Sub(r.began)), Pass: max(1, r.result.Passes),
		Suspected: r.suspected.Bytes(), Confirmed: r.result.Ranges.Bytes(),
	}
}
