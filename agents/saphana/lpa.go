package saphana

import (
	"strconv"
	"strings"
)

// An Arbitration is who of two primaries may go on: the last primary arbitration (saphana.md 10.4). The
// values are those that the hidden action lpa_check of the shell agent returns.
type Arbitration int

// The results.
const (
	MayStart Arbitration = iota
	MustRegister
	MustWait
	// PartnerSilent waits for the other side to report.
	PartnerSilent
)

// String is the result in words.
func (a Arbitration) String() string {
	return [...]string{"start", "register", "wait", "wait-for-partner"}[a]
}

const (
	// firstLPT is the LPT of a primary without history, lostLPT that of a secondary that does not run,
	// of a loser and of a partner that is not in sync, syncedLPT that of one that is (saphana.md 10.1).
	firstLPT  = "20"
	lostLPT   = "10"
	syncedLPT = "30"
	// realLPT is the least LPT that is a time.
	realLPT = 1000
)

// Arbitrate compares the two last primary timestamps. A difference that equals the time-out waits.
func Arbitrate(p Policy, local, remote string) Arbitration {
	there, known := parseLPT(remote)
	if !known {
		return PartnerSilent
	}
	here, known := parseLPT(local)
	if !known {
		here, _ = parseLPT(firstLPT)
	}
	delta := p.DuplicateTimeout
	switch {
	case delta < 0:
		return MustWait
	case here < realLPT && there < realLPT:
		delta = 0
	}
	switch {
	case here-there > delta:
		return MayStart
	case there-here > delta && p.AutoRegister:
		return MustRegister
	}
	return MustWait
}

// parseLPT reads a timestamp; what is none is missing.
func parseLPT(text string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return n, err == nil && n >= 0
}

// arbitrate is the comparison as this node has to make it. A partner that this cluster has never seen may
// have taken over and accepted changes: its LPT is an old one, and counts as not known unless the local
// HANA runs already (restart inhibition, saphana.md 13.3 and 16.29).
func (o Observation) arbitrate() Arbitration {
	remote := o.Partner.LPT
	if o.Partner.Name == "" || !o.Partner.Online && !o.Partner.Seen && !o.Landscape.Up() {
		remote = ""
	}
	return Arbitrate(o.Policy, o.localLPT(), remote)
}

// localLPT is the attribute, else the file, else that of a primary without history.
func (o Observation) localLPT() string {
	for _, text := range []string{o.Own.LPT, o.LPTFile} {
		if _, ok := parseLPT(text); ok {
			return text
		}
	}
	return firstLPT
}

// initLPT gives a primary an LPT that has none (saphana.md 10.2).
func (d *decision) initLPT() {
	if _, ok := parseLPT(d.Own.LPT); ok {
		return
	}
	if _, ok := parseLPT(d.LPTFile); ok {
		d.lpt(&d.Own, d.LPTFile)
		return
	}
	d.keepLPT(firstLPT)
}

// An Advice is what a configured primary should do on start (saphana.md 10.5).
type Advice int

// The advices.
const (
	AdviseStart Advice = iota
	AdviseRegister
	AdviseWait
)

// String is the advice in a word.
func (a Advice) String() string { return [...]string{"start", "register", "wait"}[a] }

// advise is the advice, and why.
func (o Observation) advise() (Advice, string) {
	result := o.arbitrate()
	stamps := "lpt=" + o.localLPT() + " partner-lpt=" + orUnset(o.Partner.LPT) + " lpa=" + result.String()
	switch result {
	case MustRegister:
		return AdviseRegister, stamps
	case MustWait, PartnerSilent:
		return AdviseWait, stamps
	}
	if o.Policy.Prefer == PreferSite && runningAs(o.Partner.Roles, "S", "2", "3", "4") && o.Partner.inSync() {
		return AdviseWait, stamps + " partner=" + o.Partner.Name + " is in sync and shall take over"
	}
	return AdviseStart, stamps
}

// runningAs reports whether the roles begin with one of the landscape statuses and the letter.
func runningAs(roles, letter string, statuses ...string) bool {
	for _, status := range statuses {
		if strings.HasPrefix(roles, status+":"+letter+":") {
			return true
		}
	}
	return false
}
