package show

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"ocfbox/internal/crm"
)

// read gets the CIBs that are asked for, in the order in which the scheduler made them.
func (t *Tool) read(ctx context.Context, o Options) ([]Snapshot, error) {
	if len(o.CIBs)+len(o.Dirs) == 0 {
		s, err := ReadLive(ctx, t.Runner)
		if err != nil {
			return nil, t.unreadable(err)
		}
		return []Snapshot{s}, nil
	}
	files, err := o.files()
	if err != nil {
		return nil, &Failure{err, exitUsage}
	}
	var all []Snapshot
	for _, file := range files {
		s, err := ReadFile(file, t.Stdin)
		if err != nil {
			return nil, &Failure{err, exitUsage}
		}
		if o.within(s) {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b Snapshot) int { return cmp.Compare(ran(a), ran(b)) })
	return all, nil
}

// ran is when the scheduler ran, 0 where that is not known.
func ran(s Snapshot) int64 {
	seconds, _ := strconv.ParseInt(s.Executed, 10, 64)
	return seconds
}

func (o Options) within(s Snapshot) bool {
	seconds := ran(s)
	if seconds == 0 {
		return true
	}
	at := time.Unix(seconds, 0)
	return !at.Before(o.From) && (o.To.IsZero() || !at.After(o.To))
}

// files are those named, and those below the folders that the scheduler has written for its decisions.
func (o Options) files() ([]string, error) {
	files := slices.Clone(o.CIBs)
	if len(o.Dirs) == 0 {
		return files, nil
	}
	pattern := regexp.MustCompile(`^pe-(input|warn|error)-[0-9]+(\.bz2)?$`)
	for _, dir := range o.Dirs {
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() && pattern.MatchString(entry.Name()) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// unreadable is why the cluster could not be asked, with the exit code of the name it was asked by.
func (t *Tool) unreadable(err error) error {
	code := exitNothing
	switch {
	case errors.Is(err, crm.ErrDenied):
		err = fmt.Errorf("not permitted to read the cluster CIB (need root or group haclient): %w", err)
		if t.Suse {
			code = exitDenied
		}
	case errors.Is(err, crm.ErrNotConnected):
		if t.Suse {
			code = exitDown
		}
	}
	return &Failure{err, code}
}
