// Package image builds what the guests of make test-drbd are started from: a kernel, an initrd and a root
// file system with DRBD, corosync and Pacemaker, out of Debian's packages alone.
//
// An image is kept in a cache folder under the hash of its recipe, which is build.sh and the folder guest. A
// changed recipe is a new image; the old one goes as soon as nothing runs on it. Building takes about a
// minute and a half and 1.5 GB, and needs root, debootstrap and Debian's archive.
package image

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

//go:embed build.sh guest
var recipe embed.FS

const prefix = "image-"

// An Image is a built image. It stays until Close, whatever becomes of the recipe.
type Image struct {
	// Folder has the files kernel, initrd and root.ext4. None of them may be written to.
	Folder string
	inUse  *os.File
}

// Close says that nothing runs on the image any longer.
func (i *Image) Close() error { return i.inUse.Close() }

// File is the path of one of the image's files.
func (i *Image) File(name string) string { return filepath.Join(i.Folder, name) }

// Cache is the folder for what is costly to make and may be deleted: OCFBOX_CACHE, or the folder ocfbox
// among the user's caches (XDG_CACHE_HOME).
func Cache() (string, error) {
	if folder := os.Getenv("OCFBOX_CACHE"); folder != "" {
		return filepath.Abs(folder)
	}
	folder, err := os.UserCacheDir()
	return filepath.Join(folder, "ocfbox"), err
}

// Ensure returns the image of the recipe in the folder, built if it is missing. What it does goes to say, a
// line a step; with nothing to do it says nothing.
func Ensure(folder string, say io.Writer) (*Image, error) {
	name, err := hash(recipe)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	final := filepath.Join(folder, prefix+name)
	lock, err := locked(folder, unix.LOCK_EX)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", folder, err)
	}
	defer lock.Close()
	if _, err := os.Stat(final); err != nil {
		if err := build(folder, final, say); err != nil {
			return nil, fmt.Errorf("build %s: %w", final, err)
		}
	}
	inUse, err := locked(final, unix.LOCK_SH)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", final, err)
	}
	return &Image{Folder: final, inUse: inUse}, removeOthers(folder, final, say)
}

// hash is of all files of the recipe, their names included.
func hash(files fs.FS) (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil))[:16], err
}

// build makes the image beside its place and moves it there when it is whole.
func build(folder, final string, say io.Writer) error {
	began := time.Now()
	fmt.Fprintln(say, "image: building the guests' image, which is kept in", final)
	work, err := os.MkdirTemp(folder, "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	source, target := filepath.Join(work, "recipe"), filepath.Join(work, "image")
	if err := errors.Join(os.CopyFS(source, recipe), os.Mkdir(target, 0o755)); err != nil {
		return err
	}
	// debootstrap mounts, and Debian's packages start what they like: all of it ends with these namespaces.
	cmd := exec.Command("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child",
		"sh", filepath.Join(source, "build.sh"), target)
	cmd.Stdout, cmd.Stderr = say, say
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Run(); err != nil {
		return err
	}
	fmt.Fprintf(say, "image: built in %s\n", time.Since(began).Round(time.Second))
	return os.Rename(target, final)
}

// locked opens a folder and locks it, which lasts until it is closed or the process ends.
func locked(folder string, how int) (*os.File, error) {
	file, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(file.Fd()), how)
		if err == nil {
			return file, nil
		}
		if err != unix.EINTR {
			file.Close()
			return nil, err
		}
	}
}

// removeOthers removes the images of other recipes that nothing runs on, and what builds have left that did
// not come to their end.
func removeOthers(folder, final string, say io.Writer) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		ours := strings.HasPrefix(entry.Name(), prefix) || strings.HasPrefix(entry.Name(), "build-")
		if !ours || path == final {
			continue
		}
		unused, err := locked(path, unix.LOCK_EX|unix.LOCK_NB)
		if err != nil {
			continue
		}
		fmt.Fprintln(say, "image: removing", path)
		err = os.RemoveAll(path)
		unused.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
