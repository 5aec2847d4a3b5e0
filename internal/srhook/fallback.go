package srhook

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/hana"
)

// Names of files in an instance's folder.
const (
	pendingPrefix = ".crm_attribute."
	// oldStage is where SUSE's provider writes a file before it renames it to the pending name.
	oldStage = ".crm_attribute.stage."
	// claimPrefix is a file whose value is being written. The provider knows the name: see Event.is_left
	// there. badPrefix is one that nobody can read.
	claimPrefix = ".ocfbox_drain."
	badPrefix   = ".crm_attribute_bad."
)

const (
	// longestFile is the size in bytes that no fallback file exceeds.
	longestFile = 4096
	// settled is the age from which on a file that cannot be read is not one that is still being written.
	settled = 10 * time.Second
)

// Folders are where an instance keeps its fallback files: two names of one folder, unless the usual links
// are missing. root is that of the file system.
func Folders(root string, sid hana.SID) []string {
	var folders []string
	for _, pattern := range []string{"hana/shared", "usr/sap"} {
		found, _ := filepath.Glob(filepath.Join(root, pattern, string(sid), "HDB[0-9][0-9]"))
		for _, folder := range found {
			if !slices.ContainsFunc(folders, func(other string) bool { return same(folder, other) }) {
				folders = append(folders, folder)
			}
		}
	}
	return folders
}

func same(a, b string) bool {
	one, errOne := os.Stat(a)
	other, errOther := os.Stat(b)
	return errOne == nil && errOther == nil && os.SameFile(one, other)
}

// Pending are the paths of the fallback files of an instance's folder, those first that an earlier Drain
// was killed over.
func Pending(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("look for fallback files: %w", err)
	}
	var claims, pending []string
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		switch name := entry.Name(); {
		case strings.HasPrefix(name, claimPrefix):
			claims = append(claims, path)
		case strings.HasPrefix(name, pendingPrefix) && !strings.HasPrefix(name, oldStage):
			pending = append(pending, path)
		}
	}
	return append(claims, pending...), nil
}

// errYoung says that a file is not whole, and so young that it may become so.
var errYoung = errors.New("may still be written")

// A badFile is a file that is none of the provider's.
type badFile struct{ err error }

// Error is what is wrong with it.
func (b *badFile) Error() string { return b.err.Error() }

// Unwrap is the cause.
func (b *badFile) Unwrap() error { return b.err }

// A record is what a fallback file says.
type record struct {
	site  Site
	value Value
	// made is when the event was left in the file.
	made time.Time
}

// read reads an open fallback file whose name says that it is of site. The content is the user's: it is
// trusted with nothing but one of two values for that site (hana-hooks.md 11).
func read(file *os.File, sid hana.SID, uid uint32, now time.Time) (record, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		return record{}, fmt.Errorf("stat: %w", err)
	}
	switch {
	case stat.Mode&unix.S_IFMT != unix.S_IFREG:
		return record{}, &badFile{errors.New("not a regular file")}
	case stat.Uid != uid && stat.Uid != 0:
		return record{}, &badFile{fmt.Errorf("belongs to user %d and not to %s", stat.Uid, sid.User())}
	case stat.Size > longestFile:
		return record{}, &badFile{fmt.Errorf("has %d bytes", stat.Size)}
	}
	text, err := io.ReadAll(io.LimitReader(file, longestFile))
	if err != nil {
		return record{}, err
	}
	r := record{made: time.Unix(stat.Mtim.Unix())}
	r.site, r.value, err = parseLine(sid, string(text))
	if err == nil && siteOf(file.Name()) != string(r.site) {
		err = fmt.Errorf("is of site %s by its content", r.site)
	}
	if err != nil && now.Sub(r.made).Abs() < settled {
		return record{}, fmt.Errorf("%w: %w", errYoung, err)
	}
	if err != nil {
		return record{}, &badFile{err}
	}
	return r, nil
}

// siteOf is the site that a file's name ends with.
func siteOf(path string) string {
	name := filepath.Base(path)
	for _, prefix := range []string{pendingPrefix, claimPrefix} {
		if site, ok := strings.CutPrefix(name, prefix); ok {
			return site
		}
	}
	return name
}

// open opens a file without following a link, and without waiting for the other end of a pipe.
func open(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO):
		return nil, &badFile{errors.New("not a regular file")}
	case err != nil:
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}
