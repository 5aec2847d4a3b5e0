package mount

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// SplitOptions are the elements of a comma list. A comma in double quotes parts nothing, and the quotes are no part
// of the element. Empty elements are left out.
func SplitOptions(list string) []string {
	var all []string
	var element strings.Builder
	quoted := false
	flush := func() {
		if element.Len() > 0 {
			all = append(all, element.String())
		}
		element.Reset()
	}
	for i := range len(list) {
		switch b := list[i]; {
		case b == '"':
			quoted = !quoted
		case b == ',' && !quoted:
			flush()
		default:
			element.WriteByte(b)
		}
	}
	flush()
	return all
}

// Options are mount options, parted by who is to act on them (filesystem.md 6.6).
type Options struct {
	// Set and Clear are flags of the mount, MOUNT_ATTR_*. Atime tells that an access time option is among them.
	Set, Clear uint64
	Atime      bool
	// Super are flags of the file system by the kernel's names, such as "ro" or "sync".
	Super []string
	// Data are options of the file system's own, as name or name=value.
	Data []string
	// Bind and Recursive tell of a bind mount.
	Bind, Recursive bool
	// Propagation are calls to make once it is mounted, MS_SHARED and the like.
	Propagation []uintptr
	// Loop tells that the source is an image file. LoopDevice is the device to use, "" for a free one; Offset and
	// Limit bound the part of the file, in bytes.
	Loop          bool
	LoopDevice    string
	Offset, Limit uint64
	// Foreign are options that another program must act on, mount(8) or a helper of it; with any of these the mount
	// is not ours to make.
	Foreign []string
}

// ParseOptions reads a list of mount options.
func ParseOptions(list string) Options {
	o := Options{Loop: HasOption(list, "loop")}
	for _, element := range SplitOptions(list) {
		name, value, hasValue := strings.Cut(element, "=")
		if !o.word(name, value, hasValue) {
			o.Data = append(o.Data, element)
		}
	}
	return o
}

// word takes an option that is not the file system's own.
func (o *Options) word(name, value string, hasValue bool) bool {
	switch {
	case strings.HasPrefix(name, "x-"), strings.HasPrefix(name, "X-"):
		o.Foreign = append(o.Foreign, name)
		return true
	case name == "comment", name == "uhelper", name == "helper":
		o.Foreign = append(o.Foreign, name)
		return true
	case name == "loop":
		o.LoopDevice = value
		return true
	case o.Loop && (name == "offset" || name == "sizelimit"):
		o.part(name, value)
		return true
	case hasValue:
		return false
	}
	return o.flag(name) || o.superFlag(name) || o.propagation(name) || o.user(name)
}

// part takes the bounds of the part of an image file. What is no number is left to mount(8) to complain about.
func (o *Options) part(name, value string) {
	n, err := parseSize(value)
	switch {
	case err != nil:
		o.Foreign = append(o.Foreign, name)
	case name == "offset":
		o.Offset = n
	default:
		o.Limit = n
	}
}

// parseSize reads a number of bytes, with K, M, G or T for powers of 1024.
func parseSize(text string) (uint64, error) {
	shift := 0
	if i := strings.IndexAny(text, "KMGT"); i >= 0 {
		shift = map[string]int{"K": 10, "KiB": 10, "M": 20, "MiB": 20, "G": 30, "GiB": 30, "T": 40, "TiB": 40}[text[i:]]
		if shift == 0 {
			return 0, fmt.Errorf("%q is no size", text)
		}
		text = text[:i]
	}
	n, err := strconv.ParseUint(text, 0, 64)
	if err == nil && n > math.MaxUint64>>shift {
		err = fmt.Errorf("%q is too large", text)
	}
	return n << shift, err
}

// flag takes a flag of the mount.
func (o *Options) flag(name string) bool {
	switch name {
	case "ro":
		o.set(unix.MOUNT_ATTR_RDONLY)
		o.Super = append(o.Super, "ro")
	case "rw":
		o.clear(unix.MOUNT_ATTR_RDONLY)
		o.Super = append(o.Super, "rw")
	case "nosuid":
		o.set(unix.MOUNT_ATTR_NOSUID)
	case "suid":
		o.clear(unix.MOUNT_ATTR_NOSUID)
	case "nodev":
		o.set(unix.MOUNT_ATTR_NODEV)
	case "dev":
		o.clear(unix.MOUNT_ATTR_NODEV)
	case "noexec":
		o.set(unix.MOUNT_ATTR_NOEXEC)
	case "exec":
		o.clear(unix.MOUNT_ATTR_NOEXEC)
	case "nodiratime":
		o.set(unix.MOUNT_ATTR_NODIRATIME)
	case "diratime":
		o.clear(unix.MOUNT_ATTR_NODIRATIME)
	case "noatime":
		o.atime(unix.MOUNT_ATTR_NOATIME)
	case "strictatime":
		o.atime(unix.MOUNT_ATTR_STRICTATIME)
	case "relatime", "norelatime", "atime", "nostrictatime":
		// The kernel's default is relatime; it knows no mount without any of the three.
		o.atime(unix.MOUNT_ATTR_RELATIME)
	default:
		return false
	}
	return true
}

func (o *Options) set(attr uint64)   { o.Set |= attr; o.Clear &^= attr }
func (o *Options) clear(attr uint64) { o.Clear |= attr; o.Set &^= attr }

func (o *Options) atime(attr uint64) {
	o.Set = o.Set&^unix.MOUNT_ATTR__ATIME | attr
	o.Clear |= unix.MOUNT_ATTR__ATIME
	o.Atime = true
}

// superFlag takes a flag of the file system.
func (o *Options) superFlag(name string) bool {
	switch name {
	case "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand":
		o.Super = append(o.Super, name)
	case "silent", "loud":
		// They only say how much the kernel logs.
	default:
		return false
	}
	return true
}

// propagation takes what is to be done with mounts below it, and the two words for a bind mount.
func (o *Options) propagation(name string) bool {
	switch name {
	case "bind":
		o.Bind = true
		return true
	case "rbind":
		o.Bind, o.Recursive = true, true
		return true
	}
	recursive, base := uintptr(0), name
	if rest, ok := strings.CutPrefix(name, "r"); ok {
		recursive, base = unix.MS_REC, rest
	}
	flags := map[string]uintptr{"private": unix.MS_PRIVATE, "shared": unix.MS_SHARED,
		"slave": unix.MS_SLAVE, "unbindable": unix.MS_UNBINDABLE}
	flag, ok := flags[base]
	if ok {
		o.Propagation = append(o.Propagation, flag|recursive)
	}
	return ok
}

// user takes what mount(8) keeps to itself. Options that others read in its notes, and those that ask for another
// call altogether, are left to it.
func (o *Options) user(name string) bool {
	switch name {
	case "defaults", "auto", "noauto", "nouser", "nofail":
	case "_netdev", "remount", "move", "user", "users", "owner", "group":
		o.Foreign = append(o.Foreign, name)
	default:
		return false
	}
	return true
}

// ReadOnly reports whether the mount is asked to be read-only.
func (o Options) ReadOnly() bool { return o.Set&unix.MOUNT_ATTR_RDONLY != 0 }
