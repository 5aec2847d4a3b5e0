package holder

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
)

// A Proc is the kernel's /proc. It is to be closed.
type Proc struct {
	fd int
	// byDescriptor asks for mounts as kernels before 5.8 need it, which do not tell a mount's number by statx.
	byDescriptor bool
}

var _ View = (*Proc)(nil)

// OpenProc opens /proc. The error is errForeign where /proc shows another pid namespace than this process's:
// numbers read there would be those of strangers.
func OpenProc() (*Proc, error) {
	fd, err := unix.Open("/proc", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open /proc: %w", err)
	}
	p := &Proc{fd: fd}
	self, err := p.Link("self")
	if err == nil && self != strconv.Itoa(os.Getpid()) {
		err = errForeign
	}
	if err == nil {
		err = p.choose()
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

var errForeign = errors.New("/proc is that of another pid namespace")

// choose finds out how this kernel tells a mount's number.
func (p *Proc) choose() error {
	var st unix.Statx_t
	err := unix.Statx(p.fd, "self/root", statFlags, statMask, &st)
	if err != nil {
		return fmt.Errorf("look at /proc/self/root: %w", err)
	}
	p.byDescriptor = st.Mask&unix.STATX_MNT_ID == 0
	return nil
}

// Close closes it.
func (p *Proc) Close() { _ = unix.Close(p.fd) }

const (
	// statFlags keep the kernel from asking the file system's server.
	statFlags = unix.AT_STATX_DONT_SYNC | unix.AT_NO_AUTOMOUNT
	statMask  = unix.STATX_TYPE | unix.STATX_INO | unix.STATX_MNT_ID
)

// Processes reads the directory's numbers.
func (p *Proc) Processes() ([]int, error) {
	names, err := p.Names(".")
	if err != nil {
		return nil, err
	}
	pids := make([]int, 0, len(names))
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// Names opens the directory and reads all its names.
func (p *Proc) Names(dir string) ([]string, error) {
	fd, err := p.open(p.fd, dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return namesIn(fd)
}

// longestName bounds an entry of a directory of /proc in bytes. /proc gives as many as the buffer takes, so where there
// was room for one more there are no more.
const longestName = 280

func namesIn(fd int) ([]string, error) {
	var names []string
	buffer := make([]byte, 4<<10)
	for {
		n, err := unix.ReadDirent(fd, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n <= 0 {
			return names, err
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names)
		if n < len(buffer)-longestName {
			return names, nil
		}
	}
}

// Each looks at every link of the directory.
func (p *Proc) Each(dir string, fn func(name string, place Place) bool) error {
	fd, err := p.open(p.fd, dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	names, err := namesIn(fd)
	for _, name := range names {
		place, err := p.look(fd, name)
		if err == nil && !fn(name, place) {
			return nil
		}
	}
	return err
}

// Look asks where the link leads to.
func (p *Proc) Look(path string) (Place, error) { return p.look(p.fd, path) }

func (p *Proc) look(dir int, path string) (Place, error) {
	var st unix.Statx_t
	if err := unix.Statx(dir, path, statFlags, statMask, &st); err != nil {
		return Place{}, err
	}
	place := Place{
		Mount:  int(st.Mnt_id),
		Device: mount.MakeDevice(st.Dev_major, st.Dev_minor),
		Inode:  st.Ino,
		Socket: st.Mode&unix.S_IFMT == unix.S_IFSOCK,
	}
	if !p.byDescriptor {
		return place, nil
	}
	var err error
	place.Mount, err = p.mountOf(dir, path)
	return place, err
}

// mountOf opens what the link leads to, without its file system's knowledge, and reads the mount's number from
// the descriptor's information (Linux 3.15).
func (p *Proc) mountOf(dir int, path string) (int, error) {
	fd, err := p.open(dir, path, unix.O_PATH)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	text, err := p.Read("self/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return 0, err
	}
	id, ok := mountID(text)
	if !ok {
		return 0, fmt.Errorf("no mount in %q", text)
	}
	return id, nil
}

// Link reads the link.
func (p *Proc) Link(path string) (string, error) {
	for size := 256; ; size *= 4 {
		buffer := make([]byte, size)
		n, err := unix.Readlinkat(p.fd, path, buffer)
		if err != nil {
			return "", err
		}
		if n < size {
			return string(buffer[:n]), nil
		}
	}
}

// Read reads the file to its end.
func (p *Proc) Read(path string) ([]byte, error) {
	fd, err := p.open(p.fd, path, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	return mount.ReadAll(fd)
}

func (p *Proc) open(dir int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, path, flags|unix.O_CLOEXEC, 0)
		if !errors.Is(err, unix.EINTR) {
			return fd, err
		}
	}
}

// child is the path of a process's file.
func child(pid int, name string) string {
	var path strings.Builder
	path.WriteString(strconv.Itoa(pid))
	path.WriteByte('/')
	path.WriteString(name)
	return path.String()
}
