package account

import (
	"cmp"
	"slices"
	"time"
)

// A Span is a stretch of time.
type Span struct{ From, To time.Time }

// union joins spans that overlap or touch, in their order.
func union(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	var joined []Span
	for _, s := range spans {
		if n := len(joined); n > 0 && !s.From.After(joined[n-1].To) {
			if s.To.After(joined[n-1].To) {
				joined[n-1].To = s.To
			}
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// without is what is left of disjoint spans, in order, where none of the others is; both are in order.
func without(spans, others []Span) []Span {
	var left []Span
	for _, s := range spans {
		for _, o := range others {
			if !o.To.After(s.From) || !o.From.Before(s.To) {
				continue
			}
			if o.From.After(s.From) {
				left = append(left, Span{s.From, o.From})
			}
			s.From = o.To
		}
		if s.From.Before(s.To) {
			left = append(left, s)
		}
	}
	return left
}

// clip is what of spans is within one.
func clip(spans []Span, to Span) []Span {
	var inside []Span
	for _, s := range spans {
		if s.From.Before(to.From) {
			s.From = to.From
		}
		if s.To.After(to.To) {
			s.To = to.To
		}
		if s.From.Before(s.To) {
			inside = append(inside, s)
		}
	}
	return inside
}

func length(spans []Span) (sum time.Duration) {
	for _, s := range spans {
		sum += s.To.Sub(s.From)
	}
	return sum
}
