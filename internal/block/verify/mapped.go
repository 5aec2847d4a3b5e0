package verify

import (
	"runtime/debug"

	"ocfbox/internal/block"
)

// A mapper is a reader whose contents can be looked at where they lie in the page cache, which spares the copy.
// CanMap says whether they may: those of a device that is read directly may not.
type mapper interface {
	CanMap() bool
	Map(r block.Range) ([]byte, error)
	Unmap([]byte)
}

// mappedPart is how much of two files is mapped at a time. Each unmapping stops all processors that work for this
// process, so it is more than is read at a time; the pages count as memory of the process.
const mappedPart = 8 << 20

func canMap(r Reader) bool {
	m, ok := r.(mapper)
	return ok && m.CanMap()
}

// compareMapped compares a part of two files in the page cache. It reports false where that cannot be done, or where
// a page could not be had: the part is then read, and the read tells what is wrong.
func (l *Local) compareMapped(p Part, leaf int, o *Outcome) (done bool) {
	if !l.mapped || p.HoleA || p.HoleB || p.End() > min(l.a.data, l.b.data) {
		return false
	}
	mapA, mapB := l.a.Reader.(mapper), l.b.Reader.(mapper)
	a, err := mapA.Map(p.Range)
	if err != nil {
		return false
	}
	defer mapA.Unmap(a)
	b, err := mapB.Map(p.Range)
	if err != nil {
		return false
	}
	defer mapB.Unmap(b)
	// A page that cannot be read, and one that a file has lost, is a fault of memory: it becomes a panic here.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch fault := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			done = false
		default:
			panic(fault)
		}
	}()
	var found block.Ranges
	block.Differ(a, b, p.Offset, leaf, &found)
	o.Differ = append(o.Differ, found...)
	o.Read += int64(len(a) + len(b))
	return true
}
