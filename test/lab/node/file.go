package node

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// A File is something to put on a disk: text, a copy, a symbolic link or a folder.
type File struct {
	// Path is absolute, as the node sees it.
	Path string
	// Exactly one of these says what it is: Text its contents, From the host's file
	// or folder to copy, Link the target of a symbolic link, Emptied a folder that
	// has the folders of the layers below and none of their files.
	Text    string      `json:",omitempty"`
	From    string      `json:",omitempty"`
	Link    string      `json:",omitempty"`
	Emptied bool        `json:",omitempty"`
	Mode    os.FileMode `json:",omitempty"`
	// Owner and Group are names of the host's accounts; empty is root.
	Owner string `json:",omitempty"`
	Group string `json:",omitempty"`
}

// Put writes f below root. Folders that are missing are made as the host has them.
func (f File) Put(root string) error {
	if err := f.put(root); err != nil {
		return fmt.Errorf("put %s on the disk: %w", f.Path, err)
	}
	return nil
}

func (f File) put(root string) error {
	if err := makeFolder(root, filepath.Dir(f.Path)); err != nil {
		return err
	}
	path := filepath.Join(root, f.Path)
	switch {
	case f.Link != "":
		return os.Symlink(f.Link, path)
	case f.Emptied:
		return empty(root, f.Path)
	case f.From != "":
		return CopyTree(f.From, path)
	}
	if err := os.WriteFile(path, []byte(f.Text), f.mode()); err != nil {
		return err
	}
	uid, gid, err := f.owner()
	if err != nil {
		return err
	}
	return os.Chown(path, uid, gid)
}

func (f File) mode() os.FileMode {
	if f.Mode == 0 {
		return 0o644
	}
	return f.Mode
}

func (f File) owner() (uid, gid int, err error) {
	if f.Owner != "" {
		u, err := user.Lookup(f.Owner)
		if err != nil {
			return 0, 0, err
		}
		uid, _ = strconv.Atoi(u.Uid)
	}
	if f.Group != "" {
		g, err := user.LookupGroup(f.Group)
		if err != nil {
			return 0, 0, err
		}
		gid, _ = strconv.Atoi(g.Gid)
	}
	return uid, gid, nil
}

// makeFolder makes folder path below root. In a stack of layers the topmost folder
// decides owner and mode, so they are taken from the host's folder of that name.
func makeFolder(root, path string) error {
	if path == "/" {
		return os.MkdirAll(root, 0o755)
	}
	if err := makeFolder(root, filepath.Dir(path)); err != nil {
		return err
	}
	target := filepath.Join(root, path)
	if err := os.Mkdir(target, 0o755); errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if err := os.Chmod(target, info.Mode()); err != nil {
		return err
	}
	stat := info.Sys().(*syscall.Stat_t)
	return os.Chown(target, int(stat.Uid), int(stat.Gid))
}

// empty hides what the host has in folder path, but for the folders.
func empty(root, path string) error {
	if err := makeFolder(root, path); err != nil {
		return err
	}
	if err := syscall.Setxattr(filepath.Join(root, path), "trusted.overlay.opaque", []byte("y"), 0); err != nil {
		return err
	}
	return filepath.WalkDir(path, func(below string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		return makeFolder(root, below)
	})
}

// CopyTree copies a folder of folders and regular files, or one file. The copies belong to root.
func CopyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rest)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return copyFile(path, target)
	})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
