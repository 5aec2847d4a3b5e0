package filesystem

import (
	"ocfbox/internal/mount"
)

// A source is what the parameter device means on this node now.
type source struct {
	kind kind
	// text is the parameter as configured.
	text string
	// path is the device node, the image file or the directory; for a nonblock kind it is the text. It is empty
	// when a tag leads nowhere.
	path string
	// there tells that the path exists and is what its kind asks for; device is then the number of the block
	// device.
	there  bool
	device mount.Device
	// image identifies the image file of a loop kind that is there.
	image mount.File
}

// A clue is what can be learned about a mount beyond its entry, to tell whose it is.
type clue struct {
	// source is the number of the block device that the entry names as its source, 0 when it names none.
	source mount.Device
	// members are the devices of a file system that lies on several.
	members []mount.Device
	// backing is the image file behind the entry's loop device, "" when it is none, and file that file's identity.
	backing string
	file    mount.File
}

// owns reports whether a mount at the mount point is the resource's (filesystem.md 5). recorded tells that the
// record of start names this very mount, lenient that a stop has no record to go by: then a device that cannot be
// looked up any more is taken for the one that is mounted.
func (s source) owns(e mount.Entry, c clue, recorded, lenient bool) bool {
	switch {
	case !s.kind.onDevice():
		return true
	case s.kind == loop:
		return s.ownsLoop(c)
	case !s.there:
		return e.Source == s.text || recorded || lenient
	case e.Device == s.device:
		return true
	case !e.Device.Anonymous():
		return false
	}
	if c.source == s.device {
		return true
	}
	for _, member := range c.members {
		if member == s.device {
			return true
		}
	}
	return false
}

// ownsLoop reports whether the loop device that a clue is about belongs to the image file.
func (s source) ownsLoop(c clue) bool {
	switch {
	case c.backing == "":
		return false
	case !s.there, c.backing == s.path:
		return true
	}
	return c.file != mount.File{} && c.file == s.image
}
