package fuse

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// handle does what a request asks for. An error is one of the kernel's numbers.
func (f *folder) handle(r request) ([]byte, error) {
	do, ok := map[opcode]func(request) ([]byte, error){
		opLookup: f.lookup, opGetattr: f.getattr, opSetattr: f.setattr, opMkdir: f.mkdir, opUnlink: f.unlink, opRmdir: f.rmdir,
		opRename: f.rename, opOpen: f.openFile, opCreate: f.create, opRead: f.read, opWrite: f.write, opStatfs: f.statfs,
		opRelease: f.release, opReleasedir: f.release, opFsync: f.fsync, opFsyncdir: f.fsync, opOpendir: f.opendir,
		opReaddir: f.readdir, opDestroy: nothing,
	}[r.Op]
	if !ok {
		return nil, unix.ENOSYS
	}
	return do(r)
}

func nothing(request) ([]byte, error) { return nil, nil }

func (f *folder) lookup(r request) ([]byte, error) {
	names, err := r.names(0, 1)
	if err != nil {
		return nil, err
	}
	name, err := f.path(r.Node, names[0])
	if err != nil {
		return nil, err
	}
	return f.entry(name)
}

// entry tells the kernel of a file by its path.
func (f *folder) entry(name string) ([]byte, error) {
	s, err := f.stat(name)
	if err != nil {
		return nil, err
	}
	return answer(nil).entry(f.number(name), s), nil
}

func (f *folder) getattr(r request) ([]byte, error) {
	name, err := f.path(r.Node)
	if err != nil {
		return nil, err
	}
	s, err := f.stat(name)
	if err != nil {
		return nil, err
	}
	return answer(nil).u64(0).u32(0, 0).attributes(s), nil
}

// What a SETATTR sets, and where in struct fuse_setattr_in it is.
const (
	setMode, setUID, setGID, setSize = 1, 2, 4, 8

	atSize, atMode, atUID, atGID = 16, 68, 76, 80
)

func (f *folder) setattr(r request) ([]byte, error) {
	name, err := f.path(r.Node)
	if err != nil {
		return nil, err
	}
	file, set := f.at(name), r.u32(0)
	if set&setMode != 0 {
		err = unix.Chmod(file, r.u32(atMode)&0o7777)
	}
	if err == nil && set&(setUID|setGID) != 0 {
		owner := func(bit uint32, at int) int {
			if set&bit == 0 {
				return -1
			}
			return int(r.u32(at))
		}
		err = unix.Lchown(file, owner(setUID, atUID), owner(setGID, atGID))
	}
	if err == nil && set&setSize != 0 {
		err = unix.Truncate(file, int64(r.u64(atSize)))
	}
	if err != nil {
		return nil, err
	}
	return f.getattr(r)
}

func (f *folder) mkdir(r request) ([]byte, error) {
	names, err := r.names(8, 1)
	if err != nil {
		return nil, err
	}
	name, err := f.path(r.Node, names[0])
	if err != nil {
		return nil, err
	}
	if err := unix.Mkdir(f.at(name), r.u32(0)&0o7777); err != nil {
		return nil, err
	}
	return f.entry(name)
}

func (f *folder) unlink(r request) ([]byte, error) { return nil, f.remove(r, unix.Unlink) }
func (f *folder) rmdir(r request) ([]byte, error)  { return nil, f.remove(r, unix.Rmdir) }

func (f *folder) remove(r request, with func(string) error) error {
	names, err := r.names(0, 1)
	if err != nil {
		return err
	}
	name, err := f.path(r.Node, names[0])
	if err != nil {
		return err
	}
	if err := with(f.at(name)); err != nil {
		return err
	}
	f.forget(name)
	return nil
}

func (f *folder) rename(r request) ([]byte, error) {
	names, err := r.names(8, 2)
	if err != nil {
		return nil, err
	}
	from, err := f.path(r.Node, names[0])
	if err != nil {
		return nil, err
	}
	to, err := f.path(r.u64(0), names[1])
	if err != nil {
		return nil, err
	}
	if err := unix.Rename(f.at(from), f.at(to)); err != nil {
		return nil, err
	}
	f.moved(from, to)
	return nil, nil
}

func (f *folder) openFile(r request) ([]byte, error) {
	name, err := f.path(r.Node)
	if err != nil {
		return nil, err
	}
	return f.opened(name, int(r.u32(0))&unix.O_ACCMODE, 0)
}

// opened opens a file and is struct fuse_open_out.
func (f *folder) opened(name string, flags int, mode os.FileMode) ([]byte, error) {
	file, err := os.OpenFile(f.at(name), flags|unix.O_NOFOLLOW, mode)
	if err != nil {
		return nil, err
	}
	return answer(nil).u64(f.keep(file)).u32(direct, 0), nil
}

func (f *folder) create(r request) ([]byte, error) {
	names, err := r.names(16, 1)
	if err != nil {
		return nil, err
	}
	name, err := f.path(r.Node, names[0])
	if err != nil {
		return nil, err
	}
	flags := int(r.u32(0))&(unix.O_ACCMODE|unix.O_EXCL) | unix.O_CREAT
	open, err := f.opened(name, flags, os.FileMode(r.u32(4)&0o777))
	if err != nil {
		return nil, err
	}
	entry, err := f.entry(name)
	return append(entry, open...), err
}

func (f *folder) read(r request) ([]byte, error) {
	file, err := f.file(r.u64(0))
	if err != nil {
		return nil, err
	}
	text := make([]byte, min(r.u32(16), largestWrite))
	n, err := file.ReadAt(text, int64(r.u64(8)))
	if err == io.EOF {
		err = nil
	}
	return text[:n], err
}

func (f *folder) write(r request) ([]byte, error) {
	const head = 40
	file, err := f.file(r.u64(0))
	if err != nil {
		return nil, err
	}
	text := r.rest(head)
	text = text[:min(int(r.u32(16)), len(text))]
	n, err := file.WriteAt(text, int64(r.u64(8)))
	return answer(nil).u32(uint32(n), 0), err
}

func (f *folder) release(r request) ([]byte, error) {
	file, err := f.file(r.u64(0))
	if err == nil {
		delete(f.open, r.u64(0))
		err = file.Close()
	}
	return nil, err
}

func (f *folder) fsync(r request) ([]byte, error) {
	file, err := f.file(r.u64(0))
	if err == nil {
		err = file.Sync()
	}
	return nil, err
}

func (f *folder) statfs(request) ([]byte, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(f.root, &s); err != nil {
		return nil, err
	}
	a := answer(nil).u64(s.Blocks, s.Bfree, s.Bavail, s.Files, s.Ffree).u32(uint32(s.Bsize), 255, uint32(s.Frsize), 0)
	return append(a, make([]byte, 24)...), nil
}

func (f *folder) opendir(r request) ([]byte, error) {
	name, err := f.path(r.Node)
	if err != nil {
		return nil, err
	}
	return f.opened(name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
}

// readdir lists a directory from an entry on; the offsets count them.
func (f *folder) readdir(r request) ([]byte, error) {
	file, err := f.file(r.u64(0))
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(file.Name())
	if err != nil {
		return nil, err
	}
	var list answer
	for i := int(r.u64(8)); i < len(entries); i++ {
		name := entries[i].Name()
		one := answer(nil).u64(^uint64(0), uint64(i+1)).u32(uint32(len(name)), 0)
		one = append(one, name...).padded()
		if len(list)+len(one) > int(r.u32(16)) {
			break
		}
		list = append(list, one...)
	}
	return list, nil
}
