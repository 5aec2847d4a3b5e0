package drbd

import (
	"strconv"
	"strings"
)

// counters reads the second line of a row: key:value, KiB and numbers of requests (replication-checker.md 2.1).
func (r *procRow) counters(text string) {
	if r.counted {
		r.problem("counters twice")
		return
	}
	r.counted = true
	told := map[string]bool{}
	for field := range strings.FieldsSeq(text) {
		key, value, ok := strings.Cut(field, ":")
		if !ok || told[key] {
			r.problem("counter %q", field)
			continue
		}
		told[key] = true
		r.counter(key, value)
	}
	for _, key := range [...]string{"ns", "nr", "dw", "dr", "al", "bm", "lo", "pe", "ua", "ap"} {
		if !told[key] {
			r.problem("no counter %q", key)
		}
	}
}

func (r *procRow) counter(key, value string) {
	if key == "wo" {
		r.ordering = orderings(value)
		return
	}
	place, mayBeNegative := r.place(key)
	if place == nil {
		// A counter of another kernel: it says nothing here.
		return
	}
	number, err := strconv.ParseInt(value, 10, 64)
	if err != nil || number < 0 && !mayBeNegative {
		r.problem("counter %q", key+":"+value)
		return
	}
	*place = number
	r.copy.OOSKnown = r.copy.OOSKnown || key == "oos"
}

// place is where a counter belongs, nil for one that is not kept. Kernels print the numbers of requests signed.
func (r *procRow) place(key string) (place *int64, mayBeNegative bool) {
	switch key {
	case "ns":
		return &r.copy.SentKiB, false
	case "nr":
		return &r.copy.ReceivedKiB, false
	case "dw":
		return &r.volume.WrittenKiB, false
	case "dr":
		return &r.volume.ReadKiB, false
	case "al":
		return &r.volume.ALWrites, false
	case "bm":
		return &r.volume.BMWrites, false
	case "oos":
		return &r.copy.OutOfSyncKiB, false
	case "lo":
		return &r.volume.LowerPending, true
	case "pe":
		return &r.copy.Pending, true
	case "ua":
		return &r.copy.Unacked, true
	case "ap":
		return &r.volume.UpperPending, true
	}
	return nil, false
}

// orderings is the write ordering in the words of status.
func orderings(letter string) string {
	switch letter {
	case "b":
		return "barrier"
	case "f":
		return "flush"
	case "d":
		return "drain"
	case "n":
		return "none"
	}
	return ""
}

// Delta is how far a counter of /proc/drbd has come between two samples. Before 9 the kernel counts sectors in 32 bits
// and prints half of them, so a counter that fell from near 2^31 KiB went round; one that fell otherwise began anew,
// when the device was taken down and up. Kernels that print all 32 bits go round at 2^32.
func Delta(before, after int64) int64 {
	if after >= before {
		return after - before
	}
	for _, round := range [...]int64{1 << 31, 1 << 32} {
		// Near the top and near the bottom: within a quarter of the range.
		if before < round && before >= round-round/4 && after < round/4 {
			return after + round - before
		}
	}
	return after
}
