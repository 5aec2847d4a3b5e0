package mount

import (
	"golang.org/x/sys/unix"
)

// An Identity tells one mount from all others.
type Identity struct {
	Device Device
	// ID is given to another mount when this one is gone. Unique is never given again until the next boot; it is 0
	// where the kernel has none (before 6.8).
	ID     int
	Unique uint64
}

// Identify is the identity of the mount at a path. Like Look it asks no file system mounted at the path itself.
func Identify(path string) (Identity, error) {
	sight, err := Look(path)
	if err != nil {
		return Identity{}, err
	}
	return Identity{Device: sight.Device, ID: sight.ID, Unique: unique(path)}, nil
}

// unique is the number of the mount at the path that is never given again, or 0.
func unique(path string) uint64 {
	var st unix.Statx_t
	const flags = unix.AT_STATX_DONT_SYNC | unix.AT_NO_AUTOMOUNT
	err := unix.Statx(unix.AT_FDCWD, path, flags, unix.STATX_MNT_ID_UNIQUE, &st)
	if err != nil || st.Mask&unix.STATX_MNT_ID_UNIQUE == 0 {
		return 0
	}
	return st.Mnt_id
}

// Same reports whether two identities may be of one mount. Where either lacks the unique number, the others decide.
func (i Identity) Same(other Identity) bool {
	if i.Unique != 0 && other.Unique != 0 {
		return i.Unique == other.Unique
	}
	return i.ID == other.ID && i.Device == other.Device
}
