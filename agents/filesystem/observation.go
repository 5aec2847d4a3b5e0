package filesystem

import (
	"fmt"
	"slices"

	"ocfbox/internal/mount"
)

// A state is what the mounts say of the resource (filesystem.md 5).
type state int

const (
	stopped   state = iota // nothing is mounted at the mount point
	running                // what a process meets at the mount point is the resource's
	covered                // the resource's mount is there, but another lies on top of it or of a parent directory
	foreign                // something is mounted there, and it is not the resource's
	displaced              // the resource's mount is not there but elsewhere: its directory was renamed or it was moved
)

// String is the state as operators read it.
func (s state) String() string {
	return [...]string{"not mounted", "mounted", "mounted and covered", "foreign mount", "mounted elsewhere"}[s]
}

// An observation is what one look at the mounts has told. Decisions are made from it and nothing else.
type observation struct {
	// point is the canonical mount point, source what the device means on this node now.
	point  string
	source source
	// table is all mounts at that moment, nil when they were not needed.
	table mount.Table
	// layers are the mounts at the point, the lowest first, visible or not.
	layers []layer
	// visible is the number of the mount that a process meets at the point, 0 when it meets none.
	visible int
	// elsewhere are mounts at other points that the record says are the resource's.
	elsewhere []mount.Entry
	// record is what start kept, the zero value when there is nothing to go by.
	record record
}

// A layer is one of the mounts at the mount point.
type layer struct {
	mount.Entry
	// ours tells that it is the resource's.
	ours bool
}

// state is what the observation means.
func (o observation) state() state {
	seen := slices.IndexFunc(o.layers, func(l layer) bool { return l.ID == o.visible })
	switch {
	case seen >= 0 && o.layers[seen].ours:
		return running
	case len(o.ours()) > 0:
		return covered
	case len(o.elsewhere) > 0:
		return displaced
	case seen >= 0:
		return foreign
	}
	return stopped
}

// ours are the resource's mounts at the mount point, the lowest first.
func (o observation) ours() []mount.Entry {
	var all []mount.Entry
	for _, l := range o.layers {
		if l.ours {
			all = append(all, l.Entry)
		}
	}
	return all
}

// top is the uppermost mount at the mount point: the visible one, or the last.
func (o observation) top() mount.Entry {
	for _, l := range o.layers {
		if l.ID == o.visible {
			return l.Entry
		}
	}
	if len(o.layers) == 0 {
		return mount.Entry{}
	}
	return o.layers[len(o.layers)-1].Entry
}

// describe says what is at the mount point, for the operator.
func (o observation) describe() string {
	top := o.top()
	switch o.state() {
	case running:
		return fmt.Sprintf("%s is mounted on %s", o.source.text, o.point)
	case covered:
		if top.Point == "" || slices.ContainsFunc(o.ours(), func(e mount.Entry) bool { return e.ID == top.ID }) {
			return fmt.Sprintf("%s is mounted on %s, but hidden by a mount on a directory above", o.source.text, o.point)
		}
		return fmt.Sprintf("%s is mounted on %s, but %s lies on top of it", o.source.text, o.point, nameOf(top))
	case foreign:
		return fmt.Sprintf("%s is mounted on %s, not %s", nameOf(top), o.point, o.source.text)
	case displaced:
		return fmt.Sprintf("%s is mounted on %s instead of %s", o.source.text, o.elsewhere[0].Point, o.point)
	}
	return fmt.Sprintf("nothing is mounted on %s", o.point)
}

// nameOf names a mount by its source and type.
func nameOf(e mount.Entry) string { return fmt.Sprintf("%s (%s)", e.Source, e.Type) }
