package holder

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ocfbox/internal/mount"
)

// Kernel names what may keep the targets busy without being a process: loop devices and swap on their files, and
// exports of the NFS server. The system is read below root, which is "/" but for tests. The answers are found by
// names, and so are hints for a person, no more.
func Kernel(root string, table mount.Table, targets []mount.Target) []string {
	k := kernel{root, table, make(map[int]bool)}
	for _, t := range targets {
		k.targets[t.ID] = true
	}
	var hints []string
	for _, look := range []func() []string{k.loops, k.swaps, k.exports} {
		hints = append(hints, look()...)
	}
	return hints
}

type kernel struct {
	root    string
	table   mount.Table
	targets map[int]bool
}

// holds reports whether the path leads to a target.
func (k kernel) holds(path string) bool {
	if !strings.HasPrefix(path, "/") {
		return false
	}
	e, ok := k.table.Containing(filepath.Clean(path))
	return ok && k.targets[e.ID]
}

func (k kernel) lines(path string) []string {
	text, err := os.ReadFile(filepath.Join(k.root, path))
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// loops are the loop devices on files of a target.
func (k kernel) loops() []string {
	var hints []string
	files, _ := filepath.Glob(filepath.Join(k.root, "sys/block/loop*/loop/backing_file"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		path := strings.TrimSuffix(string(bytes.TrimSuffix(text, []byte{'\n'})), " (deleted)")
		if k.holds(path) {
			device := filepath.Base(filepath.Dir(filepath.Dir(file)))
			hints = append(hints, fmt.Sprintf("loop device /dev/%s on %s", device, path))
		}
	}
	return hints
}

// swaps are the swap files on a target (proc_swaps(5)).
func (k kernel) swaps() []string {
	var hints []string
	for _, line := range k.lines("proc/swaps") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[1] != "file" {
			continue
		}
		if path := mount.Unescape(fields[0]); k.holds(path) {
			hints = append(hints, "swap file "+path)
		}
	}
	return hints
}

// exports are the folders of a target that the kernel's NFS server gives out.
func (k kernel) exports() []string {
	var hints []string
	seen := make(map[string]bool)
	for _, list := range []string{"proc/fs/nfsd/exports", "var/lib/nfs/etab"} {
		for _, line := range k.lines(list) {
			field, _, _ := strings.Cut(strings.TrimLeft(line, " "), "\t")
			path := mount.Unescape(field)
			if k.holds(path) && !seen[path] {
				seen[path] = true
				hints = append(hints, "NFS export of "+path)
			}
		}
	}
	return hints
}
