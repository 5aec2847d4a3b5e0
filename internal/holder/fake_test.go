package holder

import (
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A tree is a made-up /proc: files, links to places, and texts of links, by their paths.
type tree struct {
	files  map[string]string
	places map[string]Place
	links  map[string]string
	// slow are files that take a while to answer.
	slow map[string]time.Duration
}

var _ View = (*tree)(nil)

func newTree() *tree {
	return &tree{make(map[string]string), make(map[string]Place), make(map[string]string), make(map[string]time.Duration)}
}

// process adds one that uses nothing.
func (t *tree) process(pid int, name, program string) {
	at := strconv.Itoa(pid)
	t.files[at+"/stat"] = at + " (" + name + ") S 1 1 1 0 -1 4194304 1 1 1 1 1 1 1 1 20 0 1 0 77 1 1\n"
	t.files[at+"/maps"] = ""
	t.links[at+"/exe"] = program
	t.links[at+"/ns/mnt"] = "mnt:[1]"
	for _, link := range []string{"cwd", "root", "exe", "fd/0"} {
		t.places[at+"/"+link] = Place{Mount: 1}
	}
}

// Processes are the directories whose names are numbers.
func (t *tree) Processes() ([]int, error) {
	names, err := t.Names("")
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, err
}

// Names are the first words of what is left of the paths.
func (t *tree) Names(dir string) ([]string, error) {
	if dir != "" {
		dir += "/"
	}
	found := make(map[string]bool)
	collect := func(path string) {
		if rest, ok := strings.CutPrefix(path, dir); ok {
			name, _, _ := strings.Cut(rest, "/")
			found[name] = true
		}
	}
	for path := range t.files {
		collect(path)
	}
	for path := range t.places {
		collect(path)
	}
	if len(found) == 0 {
		return nil, fs.ErrNotExist
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// Look is the place.
func (t *tree) Look(path string) (Place, error) {
	place, ok := t.places[path]
	if !ok {
		return place, fs.ErrNotExist
	}
	return place, nil
}

// Each goes through the places of a directory in order.
func (t *tree) Each(dir string, fn func(string, Place) bool) error {
	names, err := t.Names(dir)
	for _, name := range names {
		if place, ok := t.places[dir+"/"+name]; ok && !fn(name, place) {
			return nil
		}
	}
	return err
}

// Link is the text.
func (t *tree) Link(path string) (string, error) {
	text, ok := t.links[path]
	if !ok {
		return "", fs.ErrNotExist
	}
	return text, nil
}

// Read is the file, after a while if it is slow.
func (t *tree) Read(path string) ([]byte, error) {
	time.Sleep(t.slow[path])
	text, ok := t.files[path]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return []byte(text), nil
}
