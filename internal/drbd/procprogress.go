package drbd

import (
	"strconv"
	"strings"
)

// progress reads a line about a resync or verify that runs (replication-checker.md 2.2) and reports whether it is
// one. The bar itself says nothing.
func (r *procRow) progress(text string) bool {
	p := r.copy.Progress
	if p == nil {
		p = &Progress{Verify: r.copy.Replication.Verifying()}
	}
	switch bar, finish, found := cutFinish(text); {
	case found && bar == "":
		p.finish(finish)
	case text == "stalled":
		p.Stalled = true
	case p.synced(bar):
		p.finish(finish)
	case p.Verify && p.position(text):
	default:
		return false
	}
	r.copy.Progress = p
	return true
}

// cutFinish separates the second line of progress from the first: some kernels forget the line break.
func cutFinish(text string) (bar, finish string, found bool) {
	bar, finish, found = strings.Cut(text, "finish:")
	return strings.TrimSpace(bar), finish, found
}

// synced reads `sync'ed: 12.3% (LEFT/TOTAL)K`; a verify since late 8.3 says `verified:`.
func (p *Progress) synced(text string) bool {
	_, rest, ok := strings.Cut(text, "sync'ed:")
	if !ok {
		_, rest, ok = strings.Cut(text, "verified:")
	}
	percent, rest, full := strings.Cut(rest, "%")
	if !ok || !full {
		return false
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(percent), 64)
	if err != nil || !(value >= 0 && value <= 100) {
		return true
	}
	p.Percent, p.PercentKnown = value, true
	amounts, unit, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(rest), "("), ")")
	left, total, _ := strings.Cut(amounts, "/")
	kib := int64(1)
	if strings.HasPrefix(unit, "M") {
		kib = 1024
	}
	if left, total := amount(left), amount(total); left <= total {
		p.LeftKiB, p.TotalKiB = left*kib, total*kib
	}
	return true
}

// position reads the verify of 8.2, `12% POS/TOTAL` in bits of the bitmap, which stand for 4 KiB each.
func (p *Progress) position(text string) bool {
	percent, rest, ok := strings.Cut(text, "%")
	position, total, full := strings.Cut(strings.TrimSpace(rest), "/")
	value, err := strconv.Atoi(strings.TrimSpace(percent))
	if !ok || !full || err != nil || value < 0 || value > 100 || strings.Trim(position+total, "0123456789") != "" {
		return false
	}
	const bitKiB = 4
	p.Percent, p.PercentKnown = float64(value), true
	p.TotalKiB = amount(total) * bitKiB
	p.LeftKiB = max(0, p.TotalKiB-amount(position)*bitKiB)
	return true
}

// finish reads what follows `finish:`: `H:MM:SS speed: CUR (AVG) want: N K/sec (stalled)`, each part if it is there.
func (p *Progress) finish(text string) {
	if text == "" {
		return
	}
	words := strings.Fields(strings.NewReplacer("(", " ", ")", " ").Replace(text))
	for i, word := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case i == 0:
			p.KernelETASeconds = clock(word)
		case word == "speed:":
			p.KernelSpeedKiB = amount(next)
			p.KernelAverageKiB = average(words[min(i+2, len(words)):])
		case word == "want:":
			p.KernelWantKiB = amount(next)
		case word == "stalled":
			p.Stalled = true
		}
	}
}

// average is the speed since the start: `AVG`, or `3s -- AVG` with details, which is the last of them.
func average(words []string) int64 {
	var last int64
	for _, word := range words {
		switch {
		case word == "want:" || word == "K/sec":
			return last
		case strings.Trim(word, "0123456789,") == "":
			last = amount(word)
		}
	}
	return last
}

// clock is H:MM:SS in seconds, NoETA for the sign for infinity and 0 for what is neither.
func clock(text string) int64 {
	if text == "∞" {
		return NoETA
	}
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return 0
	}
	var seconds int64
	for _, part := range parts {
		number := amount(part)
		if number > 1<<32 {
			return 0
		}
		seconds = seconds*60 + number
	}
	return seconds
}

// amount is a number with commas between its thousands, 0 for what is none.
func amount(text string) int64 {
	number, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), 10, 64)
	if err != nil || number < 0 || number > 1<<50 {
		return 0
	}
	return number
}
