package syncview

import (
	"fmt"
	"math"
	"strings"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/term"
)

// style is the colour of a class.
func style(class drbd.Class) term.Style {
	switch class {
	case drbd.OK:
		return term.Good
	case drbd.Syncing, drbd.Unknown:
		return term.Warning
	case drbd.Degraded, drbd.SplitBrain:
		return term.Bad
	}
	return term.Plain
}

// pair is what both sides are, as DRBD writes it; what is not known is a question mark.
func pair(own, peer string) string { return or(own, "?") + "/" + or(peer, "?") }

func or(word, instead string) string {
	if word == "" {
		return instead
	}
	return word
}

// outOfSync is the amount that differs in KiB, the unit in which DRBD counts it.
func (c *Copy) outOfSync() string {
	if c.OutOfSyncKiB == nil {
		return "oos unknown"
	}
	return fmt.Sprintf("oos %d KiB", *c.OutOfSyncKiB)
}

const nothing = "--"

// percent is how much is done, in tenths.
func percent(of *float64) string {
	if of == nil {
		return nothing
	}
	return fmt.Sprintf("%.1f%%", *of)
}

// rate is a speed of so many KiB a second.
func rate(kib *float64) string {
	switch {
	case kib == nil:
		return nothing
	case *kib >= 1<<20:
		return fmt.Sprintf("%.1f GiB/s", *kib/(1<<20))
	case *kib >= 1<<10:
		return fmt.Sprintf("%.1f MiB/s", *kib/(1<<10))
	}
	return fmt.Sprintf("%.0f KiB/s", max(*kib, 0))
}

// eta is a time to the end as DRBD writes it, H:MM:SS.
func eta(seconds *float64) string {
	const most = 1000 * 3600
	if seconds == nil || *seconds >= most {
		return nothing
	}
	s := int64(math.Round(*seconds))
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// speed is what to show of a resync's speed and end: what was measured here, else the kernel's word.
func (c *Copy) speed(own bool) (string, string) {
	kib, seconds := c.RateKiB, c.ETASeconds
	if own || kib != nil {
		return rate(kib), eta(seconds)
	}
	return rate(float(c.KernelRateKiB)), eta(float(c.KernelETASeconds))
}

func float(n *int64) *float64 {
	if n == nil {
		return nil
	}
	f := float64(*n)
	return &f
}

// moving reports whether a resync or verify runs, or waits.
func (c *Copy) moving() bool { return c.remote != nil && c.remote.Replication > drbd.Established }

// advancing reports whether it runs: what is paused has no speed, although the kernel goes on printing one.
func (c *Copy) advancing() bool {
	return c.moving() && c.remote.Replication != drbd.PausedSyncS && c.remote.Replication != drbd.PausedSyncT
}

// explained reports whether the reason says more than the line of states: that of a resync that gets on does not.
func (c *Copy) explained() bool {
	return c.Text != "" && c.Class != drbd.OK && c.Reason != drbd.ReasonResync
}

// verified is what the last comparison found, and how long ago.
func (c *Copy) verified(now time.Time) string {
	if c.VerifiedAt == nil {
		return ""
	}
	found := "verified-differing"
	if *c.VerifiedClean {
		found = "verified-clean"
	}
	return found + " " + ago(now.Sub(*c.VerifiedAt)) + " ago"
}

func ago(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%dd", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%dm", max(d, 0)/time.Minute)
}

// facts are a copy's states in one line, without what it is worth.
func (c *Copy) facts() string {
	var words []string
	if c.State != "" || c.Disk != "" {
		words = append(words, or(c.State, "no-peer"), pair(c.Role, c.PeerRole), pair(c.Disk, c.PeerDisk), c.outOfSync())
	}
	if name := c.peerName(); name != "" {
		words = append(words, "peer "+name)
	}
	return strings.Join(words, " ")
}
