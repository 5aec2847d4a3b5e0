package mount

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// mountRoot is STATX_ATTR_MOUNT_ROOT (Linux 5.8).
const mountRoot = unix.STATX_ATTR_MOUNT_ROOT

// A Sight is what a process meets at a path.
type Sight struct {
	// MountPoint tells that the path is the root of a mount. Sure tells that the kernel can say so; one before 5.8
	// cannot, and the table must be read.
	MountPoint, Sure bool
	// Device is the file system's number, ID the mount's, 0 when the kernel does not tell.
	Device Device
	ID     int
	// Directory tells that the path is a directory.
	Directory bool
}

// Look says what is at the path, symbolic links followed, with one question to the kernel and none to the file
// system that is mounted there: its server may be dead. Errors are those of path resolution and match with
// errors.Is.
func Look(path string) (Sight, error) {
	var st unix.Statx_t
	const mask = unix.STATX_TYPE | unix.STATX_MNT_ID
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT, mask, &st)
	if err != nil {
		return Sight{}, fmt.Errorf("look at %q: %w", path, err)
	}
	sight := Sight{
		MountPoint: st.Attributes&mountRoot != 0,
		Sure:       st.Attributes_mask&mountRoot != 0,
		Device:     MakeDevice(st.Dev_major, st.Dev_minor),
		Directory:  st.Mode&unix.S_IFMT == unix.S_IFDIR,
	}
	if st.Mask&unix.STATX_MNT_ID != 0 {
		sight.ID = int(st.Mnt_id)
	}
	return sight, nil
}
