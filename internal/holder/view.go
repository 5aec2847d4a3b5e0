package holder

import "ocfbox/internal/mount"

// A View is a /proc to read. Paths are relative to it, such as "17/maps". Errors match with errors.Is: a process
// that has ended in the meantime is fs.ErrNotExist or ESRCH.
type View interface {
	// Processes are the numbers of all processes, in no particular order.
	Processes() ([]int, error)
	// Names are the names in a directory.
	Names(dir string) ([]string, error)
	// Look is where the link at the path leads to.
	Look(path string) (Place, error)
	// Each calls fn with the place that each link of a directory leads to, until fn returns false.
	Each(dir string, fn func(name string, place Place) bool) error
	// Link is the text of a link.
	Link(path string) (string, error)
	// Read is a whole file.
	Read(path string) ([]byte, error)
}

// A Place is where a link of /proc leads to.
type Place struct {
	// Mount is the number of the mount through which the file was opened.
	Mount int
	// Device is the number of the file's superblock, Inode the file's.
	Device mount.Device
	Inode  uint64
	// Socket tells that it is a socket, whose inode is its number.
	Socket bool
}
