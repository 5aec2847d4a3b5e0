package filesystem

import (
	"slices"
	"strings"

	"ocfbox/internal/mount"
)

// A target is a mount that stop takes away.
type target struct {
	mount.Entry
	// cover tells that it is not the resource's and has only to make way: it lies on a directory above the
	// resource's mount. Its users are left alone.
	cover bool
}

// targets are the mounts to take away in the order in which each is visible and free of others when its turn comes
// (filesystem.md 7.2). It is empty when nothing of the resource is mounted. moved tells to look for the resource
// also beside its mount point, where a stop moves it to.
func (a *config) targets(o observation, moved bool) []target {
	own := slices.Concat(o.ours(), o.elsewhere)
	if moved && len(own) == 0 {
		own = a.aside(o)
	}
	return order(o.table, slices.Concat(a.twins(o, own), own))
}

// aside are mounts of the resource at the place to which a stop that was killed has moved them.
func (a *config) aside(o observation) []mount.Entry {
	var all []mount.Entry
	for _, e := range o.table.At(sibling(o.point)) {
		if o.source.owns(e, o.source.clue(e), false, false) {
			all = append(all, e)
		}
	}
	return all
}

// twins are other mounts of the same file systems, because a device is free only without them. Where the resource
// is a part of a file system, only mounts of that part are; and where it was mounted from a directory or a server,
// the others are not its own.
func (a *config) twins(o observation, own []mount.Entry) []mount.Entry {
	if !o.source.kind.onDevice() {
		return nil
	}
	part := mount.HasOption(a.options, "subvol") || mount.HasOption(a.options, "subvolid")
	var all []mount.Entry
	for _, e := range o.table {
		twin := slices.ContainsFunc(own, func(mine mount.Entry) bool {
			return e.Device == mine.Device && (e.Root == mine.Root || mine.Root == "/" && !part)
		})
		known := slices.ContainsFunc(own, func(mine mount.Entry) bool { return mine.ID == e.ID })
		if twin && !known && !carries(o.table, e, own) {
			all = append(all, e)
		}
	}
	return all
}

// carries reports whether one of the mounts is attached below the entry, which then is where the node lives rather
// than a second mount of the resource. The root of all is never a twin.
func carries(table mount.Table, e mount.Entry, own []mount.Entry) bool {
	if e.Point == "/" {
		return true
	}
	below := table.Descendants(e.ID)
	return slices.ContainsFunc(own, func(mine mount.Entry) bool {
		return slices.ContainsFunc(below, func(d mount.Entry) bool { return d.ID == mine.ID })
	})
}

// order lists the mounts with all that is attached to them and all that hides them.
func order(table mount.Table, roots []mount.Entry) []target {
	p := planner{
		byID: make(map[int]mount.Entry, len(table)), children: make(map[int][]mount.Entry, len(table)),
		planned: make(map[int]bool),
	}
	for _, e := range table {
		p.byID[e.ID] = e
		if e.Parent != e.ID {
			p.children[e.Parent] = append(p.children[e.Parent], e)
		}
	}
	for _, e := range roots {
		for _, c := range p.covers(e) {
			p.add(c, true)
		}
		p.add(e, false)
	}
	return p.targets
}

// A planner has the table in the form in which many questions are quick: there may be thousands of mounts.
type planner struct {
	byID     map[int]mount.Entry
	children map[int][]mount.Entry
	planned  map[int]bool
	targets  []target
}

// add plans the mount after all that is attached to it: first what lies on top of it, because it hides the rest, and
// then the latest.
func (p *planner) add(e mount.Entry, cover bool) {
	if p.planned[e.ID] {
		return
	}
	p.planned[e.ID] = true
	children := slices.Clone(p.children[e.ID])
	slices.Reverse(children)
	slices.SortStableFunc(children, func(a, b mount.Entry) int { return len(a.Point) - len(b.Point) })
	for _, c := range children {
		p.add(c, cover)
	}
	p.targets = append(p.targets, target{e, cover})
}

// covers are the mounts on directories above the entry's mount point that hide it, the uppermost first. The mounts
// that lead to the entry are none.
func (p *planner) covers(e mount.Entry) []mount.Entry {
	var all []mount.Entry
	for way, ok := e, true; ok; {
		for _, c := range p.children[way.Parent] {
			if c.ID != way.ID && mount.Within(way.Point, c.Point) && c.Point != "/" {
				all = append(all, c)
			}
		}
		parent, known := p.byID[way.Parent]
		ok = known && parent.ID != way.ID
		way = parent
	}
	slices.Reverse(all)
	return all
}

// left are the targets that are still mounted, in the order of a new table, with what has been mounted on them since.
// The kernel gives the numbers of a mount that is gone to the next one at once, so those that have been unmounted must
// not be among them, and an entry is the same only at the same place.
func left(table mount.Table, before []target) []target {
	return again(table, before, same)
}

// movedTo are the targets after one has been moved, with all that is mounted on it.
func movedTo(table mount.Table, before []target) []target {
	return again(table, before, func(a, b mount.Entry) bool { return a.Device == b.Device && a.Root == b.Root })
}

// same reports whether two entries with the same number are of one mount.
func same(a, b mount.Entry) bool {
	return a.ID == b.ID && a.Device == b.Device && a.Root == b.Root && a.Point == b.Point
}

func again(table mount.Table, before []target, same func(a, b mount.Entry) bool) []target {
	wanted := make(map[int]target, len(before))
	for _, t := range before {
		if !t.cover {
			wanted[t.ID] = t
		}
	}
	var roots []mount.Entry
	for _, e := range table {
		if t, ok := wanted[e.ID]; ok && same(e, t.Entry) {
			roots = append(roots, e)
		}
	}
	return order(table, roots)
}

// points are the paths of targets, for a log line.
func points(targets []target) string {
	var all []string
	for _, t := range targets {
		all = append(all, t.Point)
	}
	return strings.Join(all, " ")
}
