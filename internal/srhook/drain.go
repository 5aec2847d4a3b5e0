package srhook

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// An Outcome is what became of one fallback file.
type Outcome struct {
	Path string
	// Site and Value are what it says, empty when it cannot be read.
	Site  Site
	Value Value
	// Age is how long the event has waited.
	Age time.Duration
	// Bad tells that the file cannot be understood and was set aside; Err says why, or why the value
	// could not be written. The file is kept then. Without Err the value is in the cluster.
	Bad bool
	Err error
}

// A Drainer writes what fallback files say to the cluster (hana-hooks.md 3.6).
//
// A file is renamed before its value is written, and removed after. The provider may write a newer value
// in the same moment, which ours would then undo; it notices that its file was taken, and leaves the newer
// value in another one. So the last value wins, and Drain repeats itself until there is no file.
type Drainer struct {
	Cluster *crm.Cluster
	SID     hana.SID
	// UID is the user who may have left files, besides root.
	UID uint32
}

// rounds bounds how often Drain looks again. More than one file of a site needs a provider that reports
// while we drain.
const rounds = 3

// Drain writes what the fallback files of a folder say and removes them. It may be repeated, and killed,
// at any time. The error is that of the folder; those of the files are in the outcomes.
func (d *Drainer) Drain(ctx context.Context, folder string) ([]Outcome, error) {
	var outcomes []Outcome
	for range rounds {
		paths, err := Pending(folder)
		if err != nil {
			return outcomes, err
		}
		failed, done := false, 0
		for _, path := range paths {
			outcome, taken := d.one(ctx, path)
			if !taken {
				continue
			}
			done++
			outcomes = append(outcomes, outcome)
			failed = failed || outcome.Err != nil
		}
		if failed || done == 0 {
			break
		}
	}
	return outcomes, nil
}

// one drains one file. It reports false for a file that is gone or that somebody else is draining.
func (d *Drainer) one(ctx context.Context, path string) (Outcome, bool) {
	outcome := Outcome{Path: path}
	claim, file, err := take(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.EWOULDBLOCK) {
		return outcome, false
	}
	if err == nil {
		defer file.Close()
		var r record
		r, err = read(file, d.SID, d.UID, time.Now())
		outcome.Site, outcome.Value = r.site, r.value
		if err == nil {
			outcome.Age = time.Since(r.made)
			err = d.Cluster.Set(ctx, Attribute(d.SID, r.site), string(r.value))
		}
	}
	var bad *badFile
	switch {
	case err == nil:
		err = os.Remove(claim)
	case errors.As(err, &bad):
		outcome.Bad = true
		err = errors.Join(err, setAside(path, claim))
	default:
		err = errors.Join(err, giveBack(claim))
	}
	if err != nil {
		outcome.Err = fmt.Errorf("%s: %w", path, err)
	}
	return outcome, true
}

// take claims the file: it gets another name, and a lock that ends with us. A claim that was left by a
// drain that was killed is claimed anew; when there is a newer pending file beside it, it is dropped.
func take(path string) (claim string, file *os.File, err error) {
	claim = claimOf(path)
	if claim == path {
		file, err = lock(path)
		if err == nil && exists(pendingOf(path)) {
			err = errors.Join(os.Remove(path), file.Close(), fs.ErrNotExist)
		}
		return claim, file, err
	}
	// Whose turn it is shows with the claim itself, which comes first in the list.
	if err := renameTo(path, claim); err != nil {
		return claim, nil, err
	}
	file, err = lock(claim)
	return claim, file, err
}

// renameTo renames a file unless the new name is taken, which is EWOULDBLOCK.
func renameTo(path, claim string) error {
	err := unix.Renameat2(unix.AT_FDCWD, path, unix.AT_FDCWD, claim, unix.RENAME_NOREPLACE)
	switch {
	case errors.Is(err, unix.EEXIST):
		return unix.EWOULDBLOCK
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		// A network file system cannot do it in one step.
		if exists(claim) {
			return unix.EWOULDBLOCK
		}
		return os.Rename(path, claim)
	case err != nil:
		return &os.LinkError{Op: "rename", Old: path, New: claim, Err: err}
	}
	return nil
}

func lock(path string) (*os.File, error) {
	file, err := open(path)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, errors.Join(err, file.Close())
	}
	// Not every network file system has locks; then two drains at once write the same value twice.
	if !isStill(path, file) {
		return nil, errors.Join(fs.ErrNotExist, file.Close())
	}
	return file, nil
}

// isStill tells whether path is still the name of an open file: another drain may have done its work
// while we waited for it.
func isStill(path string, file *os.File) bool {
	opened, errOpened := file.Stat()
	named, errNamed := os.Lstat(path)
	return errOpened == nil && errNamed == nil && os.SameFile(opened, named)
}

// giveBack makes a claim the pending file again, unless there is a newer one.
func giveBack(claim string) error {
	pending := pendingOf(claim)
	err := os.Link(claim, pending)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("give back: %w", err)
	}
	return os.Remove(claim)
}

// setAside keeps a file that nobody can read under a name that nobody looks for.
func setAside(path, claim string) error {
	bad := filepath.Join(filepath.Dir(path), badPrefix+siteOf(path))
	for _, from := range []string{claim, path} {
		err := os.Rename(from, bad)
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func claimOf(path string) string {
	return filepath.Join(filepath.Dir(path), claimPrefix+siteOf(path))
}

func pendingOf(path string) string {
	return filepath.Join(filepath.Dir(path), pendingPrefix+siteOf(path))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
