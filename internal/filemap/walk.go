package filemap

import (
	"context"
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
)

// A walk goes through the files of a mounted file system, once, to name what belongs to some of them. Its cost is that
// of the number of files, however many parts are wanted.
type walk struct {
	*mapper
	space space
	// owned are the parts whose inode is known; nameless are those in use of which nothing is known, and named what of
	// them was found.
	owned           map[uint64][]owned
	nameless, named block.Ranges
	buffer          []byte
	unread          int
}

// owned is a part with all that is known of it but for its file's name.
type owned struct {
	block.Range
	Finding
}

// own notes a part whose owner is known.
func (w *walk) own(part block.Range, inode uint64, f Finding) {
	f.Inode = inode
	w.owned[inode] = append(w.owned[inode], owned{part, f})
}

// all walks from the top of the file system, until everything has a name.
func (w *walk) all(ctx context.Context, root int) error {
	w.buffer = make([]byte, fiemapHead+fiemapCount*fiemapSize)
	var top unix.Stat_t
	if err := unix.Fstat(root, &top); err != nil {
		return err
	}
	w.visit(root, "/", &top)
	return w.folder(ctx, root, "/", top.Dev)
}

// done reports whether nothing is left that a further file could own.
func (w *walk) done() bool { return len(w.owned) == 0 && w.named.Bytes() == w.nameless.Bytes() }

// folder walks through a folder. Files that vanish meanwhile are passed over, and folders that cannot be read counted.
func (w *walk) folder(ctx context.Context, dir int, name string, device uint64) error {
	// The folder's own descriptor stays with the caller, and its place in the list with this copy.
	list, err := unix.Openat(dir, ".", folderFlags|unix.O_NOATIME, 0)
	if err != nil {
		w.unread++
		return nil
	}
	file := os.NewFile(uintptr(list), name)
	defer file.Close()
	for {
		entries, err := file.Readdirnames(1024)
		for _, entry := range entries {
			if w.done() {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := w.entry(ctx, dir, entry, path.Join(name, entry), device); err != nil {
				return err
			}
		}
		if err != nil || len(entries) == 0 {
			return nil
		}
	}
}

func (w *walk) entry(ctx context.Context, dir int, entry, name string, device uint64) error {
	var st unix.Stat_t
	if unix.Fstatat(dir, entry, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || st.Dev != device {
		return nil
	}
	kind := st.Mode & unix.S_IFMT
	w.claim(st.Ino, name, kind == unix.S_IFDIR)
	if kind != unix.S_IFDIR && (kind != unix.S_IFREG || w.named.Bytes() == w.nameless.Bytes()) {
		return nil
	}
	fd, err := unix.Openat(dir, entry, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOATIME|unix.O_CLOEXEC, 0)
	if err != nil {
		if !errors.Is(err, unix.ENOENT) {
			w.unread++
		}
		return nil
	}
	defer unix.Close(fd)
	w.visit(fd, name, &st)
	if kind == unix.S_IFDIR {
		return w.folder(ctx, fd, name, device)
	}
	return nil
}

// claim gives a file's name to the parts that are known to be its own.
func (w *walk) claim(inode uint64, name string, folder bool) {
	for _, o := range w.owned[inode] {
		f := o.Finding
		f.Path = name
		if folder && f.Kind == File {
			f.Kind, f.Name, f.FileOffset = Metadata, "directory", 0
		}
		w.found(w.space, o.Range, f)
	}
	delete(w.owned, inode)
}

// visit asks an open file which of the nameless parts are its own.
func (w *walk) visit(fd int, name string, st *unix.Stat_t) {
	w.claim(st.Ino, name, st.Mode&unix.S_IFMT == unix.S_IFDIR)
	if len(w.nameless) == 0 {
		return
	}
	// A file system that does not answer for a folder leaves its blocks without a name.
	_ = fiemap(fd, w.buffer, func(e extent) {
		for _, part := range w.nameless.Within(e.Range) {
			f := Finding{Kind: File, Path: name, Inode: st.Ino, FileOffset: e.fileOffset + part.Offset - e.Offset}
			if e.unwritten {
				f.Name = "reserved, not written"
			}
			if st.Mode&unix.S_IFMT == unix.S_IFDIR {
				f.Kind, f.Name, f.FileOffset = Metadata, "directory", 0
			}
			w.named.Add(part)
			w.found(w.space, part, f)
		}
	})
}

// rest notes what nobody has claimed.
func (w *walk) rest() {
	for _, parts := range w.owned {
		for _, o := range parts {
			f := o.Finding
			if f.Name == "" {
				f.Name = "of a file that has no name any more"
			}
			w.found(w.space, o.Range, f)
		}
	}
	for _, r := range w.nameless {
		w.mapper.all(w.space, w.named.Gaps(r), Finding{Kind: Unknown, Name: "in use by no file that was found: attributes, extents, or a file that was removed"})
	}
	if w.unread > 0 {
		w.doubt("%d files and folders could not be opened", w.unread)
	}
}
