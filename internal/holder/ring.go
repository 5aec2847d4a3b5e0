package holder

import (
	"context"
	"slices"
	"strconv"
)

// RegisteredFile is a use that the kernel does not show the place of.
const RegisteredFile How = "a file registered with io_uring"

// Rings are the processes that have registered files with io_uring. Such a file may be closed and still keeps its
// mount busy, and the kernel tells its name without the path: that it is in a target is no more than possible.
func Rings(ctx context.Context, proc View) []int {
	pids, err := proc.Processes()
	if err != nil {
		return nil
	}
	slices.Sort(pids)
	return slices.DeleteFunc(pids, func(pid int) bool { return ctx.Err() != nil || !hasRing(proc, pid) })
}

func hasRing(proc View, pid int) bool {
	names, err := proc.Names(child(pid, "fd"))
	if err != nil {
		return false
	}
	return slices.ContainsFunc(names, func(fd string) bool {
		link, err := proc.Link(child(pid, "fd/"+fd))
		if err != nil || link != "anon_inode:[io_uring]" {
			return false
		}
		text, err := proc.Read(child(pid, "fdinfo/"+fd))
		return err == nil && registered(text) > 0
	})
}

// registered is the number of files in the description of a ring.
func registered(text []byte) int {
	value, _ := infoField(text, "UserFiles")
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0
	}
	return n
}
