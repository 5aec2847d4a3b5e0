package mount

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links the kernel follows in one path.
const maxLinks = 40

// Canonical is the path as mountinfo would name it: absolute, without symbolic links and dots. A path that does not
// exist, or cannot be looked at, is resolved as text from there on; this is never an error, and no component that is
// a mount point is asked anything, because its server may be dead.
func (t Table) Canonical(path string) string {
	if !strings.HasPrefix(path, "/") {
		if folder, err := unix.Getwd(); err == nil {
			path = folder + "/" + path
		}
	}
	w := walk{table: t, at: "/", rest: strings.Split(path, "/")}
	for len(w.rest) > 0 {
		w.step()
	}
	return w.at
}

// A walk resolves a path component by component.
type walk struct {
	table Table
	at    string
	rest  []string
	links int
	// blind tells that what is left is not looked at: it does not exist or cannot be asked.
	blind bool
}

func (w *walk) step() {
	name := w.rest[0]
	w.rest = w.rest[1:]
	switch name {
	case "", ".":
		return
	case "..":
		w.at = w.at[:max(1, strings.LastIndexByte(w.at, '/'))]
		return
	}
	next := strings.TrimSuffix(w.at, "/") + "/" + name
	if target, ok := w.link(next); ok {
		if strings.HasPrefix(target, "/") {
			w.at = "/"
		}
		w.rest = append(strings.Split(target, "/"), w.rest...)
		return
	}
	w.at = next
}

// link is where the symbolic link at a path points, if there is one.
func (w *walk) link(path string) (string, bool) {
	if w.blind || w.links == maxLinks {
		return "", false
	}
	if _, mounted := w.table.Visible(path); mounted {
		return "", false
	}
	target := make([]byte, unix.PathMax)
	n, err := unix.Readlink(path, target)
	if err != nil {
		w.blind = !errors.Is(err, unix.EINVAL) // EINVAL: not a symbolic link
		return "", false
	}
	w.links++
	return string(target[:n]), true
}
