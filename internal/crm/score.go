package crm

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// A Score is a promotion score or preference. Its bounds stand for always and never.
type Score int

// Infinity is the score that no other outweighs; the scheduler never promotes at its negative.
const Infinity Score = 1_000_000

// String is the score as Pacemaker writes it: -INFINITY, 100, INFINITY.
func (s Score) String() string {
	switch {
	case s >= Infinity:
		return "INFINITY"
	case s <= -Infinity:
		return "-INFINITY"
	}
	return strconv.Itoa(int(s))
}

// ParseScore reads a score, and bounds it as Pacemaker does.
func ParseScore(text string) (Score, error) {
	switch strings.ToUpper(text) {
	case "INFINITY", "+INFINITY":
		return Infinity, nil
	case "-INFINITY":
		return -Infinity, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("score %q: %w", text, ErrGarbled)
	}
	return min(max(Score(n), -Infinity), Infinity), nil
}

// SetScore writes the promotion score of resource on node when seen holds another one, and reports
// whether it wrote.
func (c *Cluster) SetScore(ctx context.Context, seen *CIB, node, resource string, score Score) (bool, error) {
	if old, known, err := seen.Score(node, resource); known && err == nil && old == score {
		return false, nil
	}
	return c.Update(ctx, seen, PromotionOf(node, resource), score.String())
}

// Score is the promotion score of resource on node, and whether there is one. The error is ErrGarbled
// when the text is no score.
func (c *CIB) Score(node, resource string) (score Score, known bool, err error) {
	text, known := c.Value(PromotionOf(node, resource))
	if !known {
		return 0, false, nil
	}
	score, err = ParseScore(text)
	return score, true, err
}

// atLeast compares a dotted version with one that has three parts. What is no number counts as 0.
func atLeast(version string, want ...int) bool {
	parts := strings.Split(version, ".")
	for i, bound := range want {
		n := 0
		if i < len(parts) {
			n, _ = strconv.Atoi(parts[i])
		}
		if n != bound {
			return n > bound
		}
	}
	return true
}
