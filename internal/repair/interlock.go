package repair

import (
	"fmt"
	"time"

	"ocfbox/internal/block"
	"ocfbox/internal/drbd"
)

// Facts are what is known before anything is written.
type Facts struct {
	Now  time.Time
	Plan Plan
	// Source and Target are the devices of now, and SourceData and TargetData how much of each holds data, in bytes.
	Source, Target         block.Identity
	SourceData, TargetData int64
	// TargetUsers and SourceWriters say who has the target, and who may write to the source, a phrase each.
	TargetUsers, SourceWriters []string
	// Writable says that the target may be written, and Refusal why not.
	Writable bool
	Refusal  string
	// Relation is how the generation of the source relates to the target's by DRBD's meta data, and Shown what shows it.
	// Inconsistent says that the source was not consistent by them.
	Relation     drbd.Relation
	Shown        string
	Inconsistent bool
	// Direction says that somebody named the direction, Named what they agreed to have overwritten, and AnyGeneration
	// that the generations are not to count.
	Direction     bool
	Named         string
	AnyGeneration bool
	// MaxShare is how much of the data may be written, in per cent.
	MaxShare float64
}

// An Interlock is a condition without which nothing is written.
type Interlock int

// The interlocks of section 15, in its order.
const (
	PlanIsFresh Interlock = iota + 1
	TargetIsFree
	DirectionIsRight
	WritingIsAllowed
	TargetIsNamed
	LittleDiffers
	SourceIsStill
)

// A Refusal is an interlock that does not hold, and why.
type Refusal struct {
	Interlock Interlock
	Text      string
}

// Refusals are the interlocks that do not hold. It asks nobody and changes nothing.
func Refusals(f Facts) []Refusal {
	var all []Refusal
	refuse := func(which Interlock, format string, args ...any) {
		all = append(all, Refusal{which, fmt.Sprintf(format, args...)})
	}
	if text := f.stale(); text != "" {
		refuse(PlanIsFresh, "%s", text)
	}
	for _, user := range f.TargetUsers {
		refuse(TargetIsFree, "%s is in use: %s", f.Target.Path, user)
	}
	f.direction(refuse)
	if !f.Writable {
		refuse(WritingIsAllowed, "%s must not be written: %s", f.Target.Path, f.Refusal)
	}
	if f.Named != f.Plan.Target.Path {
		refuse(TargetIsNamed, "nobody has agreed that %s is overwritten", f.Plan.Target.Path)
	}
	if share := 100 * float64(f.Plan.Bytes()) / float64(max(f.Plan.Size, 1)); share > f.MaxShare {
		refuse(LittleDiffers, "%.1f %% of the data differ: this is another disk, and not one that missed something", share)
	}
	for _, writer := range f.SourceWriters {
		refuse(SourceIsStill, "%s may change meanwhile: %s", f.Source.Path, writer)
	}
	return all
}

// stale is why the plan is not for the devices of now.
func (f Facts) stale() string {
	p := f.Plan
	switch {
	case f.Now.After(p.Expires):
		return fmt.Sprintf("the plan was good until %s", p.Expires.Format(time.RFC3339))
	case f.Now.Before(p.Made.Add(-time.Hour)):
		return fmt.Sprintf("the plan is of the future: %s", p.Made.Format(time.RFC3339))
	case f.Source != p.Source:
		return fmt.Sprintf("the plan's source was %+v, and is %+v", p.Source, f.Source)
	case f.Target != p.Target:
		return fmt.Sprintf("the plan's target was %+v, and is %+v", p.Target, f.Target)
	case f.Source == f.Target:
		return "source and target are the same device"
	case min(f.SourceData, f.TargetData) < p.Size:
		return fmt.Sprintf("the plan is for %d bytes of data, and the devices have %d and %d", p.Size, f.SourceData, f.TargetData)
	}
	return ""
}

// direction refuses what nobody has named, and what DRBD's meta data speak against.
func (f Facts) direction(refuse func(Interlock, string, ...any)) {
	switch {
	case !f.Direction:
		refuse(DirectionIsRight, "no direction was given")
	case f.AnyGeneration:
	case f.Inconsistent:
		refuse(DirectionIsRight, "%s was not consistent when DRBD last had it", f.Source.Path)
	case f.Relation == drbd.RemoteNewer:
		refuse(DirectionIsRight, "%s has the newer data: %s", f.Target.Path, f.Shown)
	}
}
