package filesystem

import (
	"slices"
	"strings"

	"ocfbox/internal/mount"
)

// A kind is the form of a source (filesystem.md 3).
type kind int

const (
	block    kind = iota // a block device, or what is taken for one
	tagged               // a block device by what is written in its file system
	loop                 // an image file
	nonblock             // a text that only the file system understands
	dir                  // a directory, which makes sense only with bind
	bind                 // a bind mount
)

// String is the kind in an operator's words.
func (k kind) String() string {
	return [...]string{"block device", "block device", "image file", "source", "directory", "directory"}[k]
}

// onDevice reports whether the file system lies on a block device that is the resource's own.
func (k kind) onDevice() bool { return k == block || k == tagged || k == loop }

// nonblockTypes are the types whose source is no block device.
const nonblockTypes = " nfs nfs4 efs aznfs smbfs cifs none glusterfs ceph tmpfs overlay overlayfs rozofs zfs cvfs lustre " +
	"fuse 9p virtiofs beegfs "

// in reports whether a word is one of those in a list with blanks around each.
func in(list, word string) bool {
	return word != "" && !strings.Contains(word, " ") && strings.Contains(list, " "+word+" ")
}

// formOf is the kind that the configuration alone gives away, and sure false where only a look at the device tells
// a block device from a directory.
func (a *config) formOf() (k kind, sure bool) {
	options := mount.SplitOptions(a.options)
	_, isTag := parseTag(a.device)
	switch {
	case slices.Contains(options, "bind"), slices.Contains(options, "rbind"):
		return bind, true
	case in(nonblockTypes, a.fstype) && a.fstype != "none", strings.HasPrefix(a.fstype, "fuse."):
		return nonblock, true
	case mount.HasOption(a.options, "loop"):
		return loop, true
	case isTag:
		return tagged, true
	}
	return block, false
}

// namedType is the type where it names one: not the words that stand for "find out" and for none.
func (a *config) namedType() string {
	if a.fstype == "auto" || a.fstype == "none" {
		return ""
	}
	return a.fstype
}
