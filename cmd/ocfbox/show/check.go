package show

import (
	"fmt"
	"slices"
	"strings"
)

// A Health is the verdict of a check and its exit code (hana-tools.md 14.3).
type Health int

// The verdicts. Two primaries are a verdict of their own, as in all our checks: data may be lost on the one
// that gives way.
const (
	Healthy    Health = 0
	Degraded   Health = 1
	Critical   Health = 2
	Unknown    Health = 3
	SplitBrain Health = 4
)

// String is the verdict as monitoring systems write it.
func (h Health) String() string {
	switch h {
	case Healthy:
		return "OK"
	case Degraded:
		return "WARNING"
	case Critical, SplitBrain:
		return "CRITICAL"
	}
	return "UNKNOWN"
}

// A verdict collects findings; the worst decides.
type verdict struct {
	health   Health
	findings []string
}

func (v *verdict) find(holds bool, health Health, format string, args ...any) {
	if holds {
		v.health = max(v.health, health)
		v.findings = append(v.findings, fmt.Sprintf(format, args...))
	}
}

// Check judges a system and says why in one line, with what monitoring systems draw behind the bar.
func (r Report) Check() (Health, string) {
	primaries, secondaries := r.running("P"), r.running("S")
	v := new(verdict)
	v.find(len(primaries) == 0, Critical, "no running primary")
	v.find(len(primaries) > 1, SplitBrain, "%d primaries: %s", len(primaries), strings.Join(names(primaries), ", "))
	v.find(!r.Cluster.Stonith, Critical, "fencing is disabled")
	v.find(!r.Cluster.Quorum, Critical, "no quorum")
	v.find(len(primaries) == 1 && len(secondaries) == 0, Degraded, "no running secondary")
	v.find(r.Cluster.Maintenance, Degraded, "cluster in maintenance")
	for _, resource := range r.Resources {
		v.find(resource.Maintenance || !resource.Managed, Degraded, "%s is not managed", resource.ID)
	}
	for _, h := range r.Hosts {
		v.find(!h.Online, Critical, "%s is offline", h.Name)
		v.find(h.Standby, Degraded, "%s is in standby", h.Name)
		v.find(h.Attributes["maintenance"] == "true", Degraded, "%s is in maintenance", h.Name)
	}
	r.checkSync(v, secondaries)
	r.checkLPT(v)
	text := fmt.Sprintf("HANA %s %s - %s", r.SID, v.health, r.summary(primaries, secondaries))
	if len(v.findings) > 0 {
		text += "; " + strings.Join(v.findings, "; ")
	}
	return v.health, text + " | " + r.performance(primaries, secondaries)
}

// running are the hosts of that role whose landscape says that the database runs.
func (r Report) running(letter string) []Host {
	return slices.DeleteFunc(slices.Clone(r.Hosts), func(h Host) bool {
		return h.Roles == nil || h.Roles.LSS == nil || *h.Roles.LSS < 2 || h.Roles.Role != letter || !h.Online
	})
}

func names(hosts []Host) []string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.Name)
	}
	return all
}

// checkSync compares what the database reported of the secondary's site with what was polled.
func (r Report) checkSync(v *verdict, secondaries []Host) {
	for _, site := range r.Sites {
		v.find(site.SRHook == "SFAIL", Critical, "replication to %s failed", site.Name)
		v.find(site.SRHook == "SWAIT" || site.SRHook == "SREG", Degraded, "replication to %s: %s", site.Name, site.SRHook)
	}
	for _, h := range secondaries {
		hook := r.hookOf(h.Site)
		v.find(hook == "", Degraded, "no report of the database for site %s", h.Site)
		v.find(hook != "" && h.SyncState != "" && hook != h.SyncState, Degraded, "%s: srHook=%s but sync_state=%s", h.Name, hook, h.SyncState)
	}
}

func (r Report) hookOf(site string) string {
	for _, one := range r.Sites {
		if one.Name == site {
			return one.SRHook
		}
	}
	return ""
}

const (
	// lptSecondary and below are marks in place of a time: 30 a secondary in sync, 20, 10 and 0 others.
	lptSecondary = 30
	// lptGap is how far two times have to be apart to tell who was primary last, in seconds.
	lptGap = 7200
)

// checkLPT tells whether the cluster could decide who was primary last, should both nodes start.
func (r Report) checkLPT(v *verdict) {
	var times, marks []int64
	for _, h := range r.Hosts {
		switch {
		case h.LPT == nil:
		case *h.LPT > lptSecondary:
			times = append(times, *h.LPT)
		default:
			marks = append(marks, *h.LPT)
		}
	}
	if len(times)+len(marks) < 2 {
		return
	}
	v.find(len(times) == 0, Critical, "no node was primary last")
	if len(times) == 2 {
		gap := times[0] - times[1]
		v.find(max(gap, -gap) < lptGap, Critical, "both nodes were primary within %d seconds", max(gap, -gap))
	}
	v.find(len(times) == 1 && !slices.Contains(marks, lptSecondary), Degraded, "the secondary is not in sync: lpt=%d", marks)
}

func (r Report) summary(primaries, secondaries []Host) string {
	var words []string
	for _, part := range []struct {
		name  string
		hosts []Host
	}{{"primary", primaries}, {"secondary", secondaries}} {
		for _, h := range part.hosts {
			words = append(words, fmt.Sprintf("%s=%s(%s)", part.name, h.Name, h.Site))
		}
	}
	for _, h := range secondaries {
		words = append(words, "srHook="+r.hookOf(h.Site), "sync="+h.SyncState)
	}
	if len(words) == 0 {
		return "no database runs"
	}
	return strings.Join(words, " ")
}

func (r Report) performance(primaries, secondaries []Host) string {
	online := len(slices.DeleteFunc(slices.Clone(r.Hosts), func(h Host) bool { return !h.Online }))
	text := fmt.Sprintf("online=%d;;;0 primary=%d secondary=%d", online, len(primaries), len(secondaries))
	for _, h := range secondaries {
		if h.Score != nil {
			text += fmt.Sprintf(" score_sec=%d", *h.Score)
		}
	}
	return text
}
