package fuse

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// rootNode is the kernel's number for the mount's own directory.
const rootNode = 1

// A folder passes what the kernel asks of the mount on to a folder of another file system.
type folder struct {
	// names are the paths of the files that the kernel knows, below the folder, by the numbers it knows them by.
	root    string
	names   map[uint64]string
	numbers map[string]uint64
	// open are the open files and directories.
	open map[uint64]*os.File
	last uint64
}

func newFolder(root string) *folder {
	return &folder{
		root: root, last: rootNode, open: map[uint64]*os.File{},
		names: map[uint64]string{rootNode: "."}, numbers: map[string]uint64{".": rootNode},
	}
}

func (f *folder) closeAll() {
	for _, file := range f.open {
		file.Close()
	}
}

// path is that of a file with a number, or of one in a directory with a number.
func (f *folder) path(node uint64, name ...string) (string, error) {
	known, ok := f.names[node]
	if !ok {
		return "", unix.ESTALE
	}
	return path.Join(append([]string{known}, name...)...), nil
}

func (f *folder) at(name string) string { return filepath.Join(f.root, name) }

// number gives a path one.
func (f *folder) number(name string) uint64 {
	n, ok := f.numbers[name]
	if !ok {
		f.last++
		n = f.last
		f.names[n], f.numbers[name] = name, n
	}
	return n
}

// forget takes the numbers away from a path and all below: what comes there next is another file.
func (f *folder) forget(name string) {
	for known, n := range f.numbers {
		if known == name || strings.HasPrefix(known, name+"/") {
			delete(f.numbers, known)
			delete(f.names, n)
		}
	}
}

// moved lets a path and all below keep their numbers under a new one.
func (f *folder) moved(from, to string) {
	f.forget(to)
	for n, known := range f.names {
		if known == from || strings.HasPrefix(known, from+"/") {
			delete(f.numbers, known)
			known = to + strings.TrimPrefix(known, from)
			f.names[n], f.numbers[known] = known, n
		}
	}
}

// keep remembers an open file under a new handle.
func (f *folder) keep(file *os.File) uint64 {
	f.last++
	f.open[f.last] = file
	return f.last
}

// file is the open file of a handle.
func (f *folder) file(handle uint64) (*os.File, error) {
	file, ok := f.open[handle]
	if !ok {
		return nil, unix.EBADF
	}
	return file, nil
}

func (f *folder) stat(name string) (*unix.Stat_t, error) {
	s := new(unix.Stat_t)
	return s, unix.Lstat(f.at(name), s)
}
