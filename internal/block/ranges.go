package block

import (
	"cmp"
	"slices"
)

// A Range is a part of a device, in bytes.
type Range struct {
	Offset int64 `json:"offset"`
	Length int64 `json:"length"`
}

// End is the first byte behind the range.
func (r Range) End() int64 { return r.Offset + r.Length }

// Between is the range from a byte up to another one.
func Between(from, end int64) Range { return Range{from, end - from} }

// Ranges are parts of a device, sorted, without overlap, and merged where they touch.
type Ranges []Range

// Add puts a range in its place. It is cheap at the end, where ranges of a device that is read in order belong.
func (s *Ranges) Add(r Range) {
	if r.Length <= 0 {
		return
	}
	all := *s
	// The first range that touches r or lies behind it.
	at, _ := slices.BinarySearchFunc(all, r.Offset, func(one Range, offset int64) int { return cmp.Compare(one.End(), offset) })
	end := at
	for ; end < len(all) && all[end].Offset <= r.End(); end++ {
		r = Between(min(r.Offset, all[end].Offset), max(r.End(), all[end].End()))
	}
	*s = slices.Replace(all, at, end, r)
}

// Bytes is how much the ranges hold together.
func (s Ranges) Bytes() int64 {
	var sum int64
	for _, r := range s {
		sum += r.Length
	}
	return sum
}

// Within are the parts that lie in r.
func (s Ranges) Within(r Range) Ranges {
	var inside Ranges
	if r.Length <= 0 {
		return nil
	}
	at, _ := slices.BinarySearchFunc(s, r.Offset+1, func(one Range, offset int64) int { return cmp.Compare(one.End(), offset) })
	for ; at < len(s) && s[at].Offset < r.End(); at++ {
		inside = append(inside, Between(max(s[at].Offset, r.Offset), min(s[at].End(), r.End())))
	}
	return inside
}

// First is the first part that lies in r, or an empty range at its end.
func (s Ranges) First(r Range) Range {
	at, _ := slices.BinarySearchFunc(s, r.Offset+1, func(one Range, offset int64) int { return cmp.Compare(one.End(), offset) })
	if at == len(s) || s[at].Offset >= r.End() {
		return Range{Offset: r.End()}
	}
	return Between(max(s[at].Offset, r.Offset), min(s[at].End(), r.End()))
}

// Gaps are the parts of r that none of the ranges covers.
func (s Ranges) Gaps(r Range) Ranges {
	var gaps Ranges
	from := r.Offset
	for _, covered := range s.Within(r) {
		if covered.Offset > from {
			gaps = append(gaps, Between(from, covered.Offset))
		}
		from = covered.End()
	}
	if from < r.End() {
		gaps = append(gaps, Between(from, r.End()))
	}
	return gaps
}

// Coarse are ranges that cover all of s and begin and end at multiples of unit bytes, but for an end at limit.
func (s Ranges) Coarse(unit, limit int64) Ranges {
	var coarse Ranges
	for _, r := range s {
		coarse.Add(Between(r.Offset/unit*unit, min(limit, (r.End()+unit-1)/unit*unit)))
	}
	return coarse
}

// IsOrdered reports whether the ranges are as [Ranges] promises: those that were read from a file may not be.
func (s Ranges) IsOrdered() bool {
	var before int64 = -1
	for _, r := range s {
		if r.Offset <= before || r.Length <= 0 || r.End() < r.Offset {
			return false
		}
		before = r.End()
	}
	return true
}
