package mount

import (
	"slices"
	"strings"
)

// A Table is all mounts of a mount namespace that this process's root lets it see, in the kernel's order.
type Table []Entry

// ByID is the mount of that number.
func (t Table) ByID(id int) (Entry, bool) {
	i := slices.IndexFunc(t, func(e Entry) bool { return e.ID == id })
	if i < 0 {
		return Entry{}, false
	}
	return t[i], true
}

// At are all mounts at the path, visible or not, the lowest first.
func (t Table) At(path string) []Entry {
	var all []Entry
	for _, e := range t {
		if e.Point == path {
			all = append(all, e)
		}
	}
	return t.lowestFirst(all)
}

// Below are all mounts strictly below the path by their names, visible or not, in the kernel's order.
func (t Table) Below(path string) []Entry {
	var all []Entry
	for _, e := range t {
		if e.Point != path && Within(e.Point, path) {
			all = append(all, e)
		}
	}
	return all
}

// On are all mounts of the superblock, wherever, in the kernel's order.
func (t Table) On(device Device) []Entry {
	var all []Entry
	for _, e := range t {
		if e.Device == device {
			all = append(all, e)
		}
	}
	return all
}

// Children are the mounts attached directly to the mount of that number, in the kernel's order.
func (t Table) Children(id int) []Entry {
	var all []Entry
	for _, e := range t {
		if e.Parent == id && e.ID != id {
			all = append(all, e)
		}
	}
	return all
}

// Descendants are all mounts attached to the mount of that number or to one of these, a parent before its
// children. They cannot outlive it: as long as there is one, it cannot be unmounted.
func (t Table) Descendants(id int) []Entry {
	var all []Entry
	within := map[int]bool{id: true}
	// A child may stand before its parent in the table after a move, so passes go on until nothing is new.
	for found := true; found; {
		found = false
		for _, e := range t {
			if within[e.Parent] && !within[e.ID] {
				within[e.ID], found = true, true
				all = append(all, e)
			}
		}
	}
	return all
}

// Visible is the mount that a process meets at the path, when the path is a mount point. The path is absolute and
// canonical: no symbolic links, no "." and "..", no slash at its end but for "/".
func (t Table) Visible(path string) (Entry, bool) {
	e, ok := t.Containing(path)
	return e, ok && e.Point == path
}

// Containing is the mount in which a process ends up that walks to the path, which is as for Visible. A mount on
// top of another hides it and all that is below.
func (t Table) Containing(path string) (Entry, bool) {
	current, ok := t.first(path, t.roots())
	if !ok {
		return Entry{}, false
	}
	for {
		next, ok := t.first(path, func(e Entry) bool { return e.Parent == current.ID && e.ID != current.ID })
		if !ok {
			return current, true
		}
		current = next
	}
}

// first is the mount that a walk to the path meets first among those that match: the one with the shortest path,
// and of several at one place the last.
func (t Table) first(path string, match func(Entry) bool) (Entry, bool) {
	best := -1
	for i, e := range t {
		if !match(e) || !Within(path, e.Point) {
			continue
		}
		if best < 0 || len(e.Point) <= len(t[best].Point) {
			best = i
		}
	}
	if best < 0 {
		return Entry{}, false
	}
	return t[best], true
}

// roots matches the mounts whose parents are not in the table: where every walk begins.
func (t Table) roots() func(Entry) bool {
	known := make(map[int]bool, len(t))
	for _, e := range t {
		known[e.ID] = true
	}
	return func(e Entry) bool { return !known[e.Parent] || e.Parent == e.ID }
}

// lowestFirst orders mounts at one path by what lies on what.
func (t Table) lowestFirst(entries []Entry) []Entry {
	depth := make(map[int]int, len(entries))
	for _, e := range entries {
		depth[e.ID] = t.depth(e)
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return depth[a.ID] - depth[b.ID] })
	return entries
}

// depth is how many mounts a mount is attached to, one by way of the other.
func (t Table) depth(e Entry) int {
	for n := range len(t) {
		parent, ok := t.ByID(e.Parent)
		if !ok || parent.ID == e.ID {
			return n
		}
		e = parent
	}
	return len(t)
}

// Within reports whether the path is base itself or lies below it, by whole components: /data2 is not within
// /data.
func Within(path, base string) bool {
	if base == "/" {
		return strings.HasPrefix(path, "/")
	}
	return strings.HasPrefix(path, base) && (len(path) == len(base) || path[len(base)] == '/')
}
