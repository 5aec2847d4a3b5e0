package mount

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// maxData is how many bytes of options mount(2) takes.
const maxData = 4095

// mountOld mounts with mount(2), for kernels before 5.12.
func mountOld(r Request) error {
	if r.Options.Bind {
		return bindOld(r)
	}
	data := strings.Join(r.Options.Data, ",")
	if len(data) > maxData {
		return &Error{Step: "mount " + r.Source, Err: fmt.Errorf("options of %d bytes are too long for this kernel", len(data))}
	}
	flags := oldFlags(r.Options.Set)
	for _, word := range superOptions(r.Options.Super) {
		flags |= map[string]uintptr{"ro": unix.MS_RDONLY, "sync": unix.MS_SYNCHRONOUS, "dirsync": unix.MS_DIRSYNC,
			"lazytime": unix.MS_LAZYTIME, "mand": unix.MS_MANDLOCK}[word]
	}
	if err := unix.Mount(r.Source, r.Point, r.Type, flags, data); err != nil {
		return &Error{Step: "mount " + r.Source, Err: err}
	}
	return nil
}

// bindOld binds, and then sets the mount's flags, keeping those it has from its source. Where that fails the mount
// is taken away again.
func bindOld(r Request) error {
	recursive := uintptr(0)
	if r.Options.Recursive {
		recursive = unix.MS_REC
	}
	if err := unix.Mount(r.Source, r.Point, "", unix.MS_BIND|recursive, ""); err != nil {
		return &Error{Step: "bind " + r.Source, Err: err}
	}
	if r.Options.Set == 0 && r.Options.Clear == 0 {
		return nil
	}
	err := remountFlags(r)
	if err != nil {
		return errors.Join(&Error{Step: "set the mount's flags", Err: err}, Unmount(r.Point, false))
	}
	return nil
}

func remountFlags(r Request) error {
	table, err := Read()
	if err != nil {
		return err
	}
	e, ok := table.Visible(table.Canonical(r.Point))
	if !ok {
		return unix.EINVAL
	}
	inherited := ParseOptions(e.Options)
	flags := inherited.Set&^r.Options.Clear | r.Options.Set
	return unix.Mount("", r.Point, "", unix.MS_REMOUNT|unix.MS_BIND|oldFlags(flags), "")
}

// oldFlags are flags of a mount as mount(2) takes them.
func oldFlags(attr uint64) uintptr {
	flags := uintptr(0)
	for _, pair := range [][2]uint64{
		{unix.MOUNT_ATTR_RDONLY, unix.MS_RDONLY}, {unix.MOUNT_ATTR_NOSUID, unix.MS_NOSUID},
		{unix.MOUNT_ATTR_NODEV, unix.MS_NODEV}, {unix.MOUNT_ATTR_NOEXEC, unix.MS_NOEXEC},
		{unix.MOUNT_ATTR_NODIRATIME, unix.MS_NODIRATIME},
	} {
		if attr&pair[0] != 0 {
			flags |= uintptr(pair[1])
		}
	}
	switch attr & unix.MOUNT_ATTR__ATIME {
	case unix.MOUNT_ATTR_NOATIME:
		flags |= unix.MS_NOATIME
	case unix.MOUNT_ATTR_STRICTATIME:
		flags |= unix.MS_STRICTATIME
	default:
		flags |= unix.MS_RELATIME
	}
	return flags
}

// TypeKnown reports whether the kernel has the file system type, after it has loaded the module if there is one.
// unsure is what the kernel says when it cannot be asked so: it is too old, or we are not privileged.
func TypeKnown(name string) (known bool, unsure error) {
	fs, err := unix.Fsopen(name, unix.FSOPEN_CLOEXEC)
	switch {
	case err == nil:
		unix.Close(fs)
		return true, nil
	case errors.Is(err, unix.ENODEV):
		return false, nil
	}
	return false, err
}

// TypeListed reports whether the text of /proc/filesystems names the type.
func TypeListed(text, name string) bool {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 0 && slices.Contains(fields[len(fields)-1:], name) {
			return true
		}
	}
	return false
}
