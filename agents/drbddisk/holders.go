package drbddisk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ocfbox/internal/ocf"
)

// holdersMost is how many processes are named.
const holdersMost = 8

// holders are the processes that have one of the devices open by its name, for the reason of a stop that failed. A mount
// is no process, and one that has ended meanwhile is none either.
func (w *watcher) holders(ctx context.Context, minors []int) []string {
	var devices []string
	for _, minor := range minors {
		devices = append(devices, deviceFile(minor))
	}
	folders, _ := filepath.Glob(w.at("/proc/[0-9]*"))
	var found []string
	for _, folder := range folders {
		if ctx.Err() != nil || len(found) == holdersMost {
			break
		}
		if holds(folder, devices) {
			name, _ := ocf.ReadFile(filepath.Join(folder, "comm"))
			found = append(found, fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), filepath.Base(folder)))
		}
	}
	return found
}

// holds reports whether a process has one of the files open.
func holds(folder string, devices []string) bool {
	entries, err := os.ReadDir(filepath.Join(folder, "fd"))
	return err == nil && slices.ContainsFunc(entries, func(entry os.DirEntry) bool {
		to, err := os.Readlink(filepath.Join(folder, "fd", entry.Name()))
		return err == nil && slices.Contains(devices, to)
	})
}
