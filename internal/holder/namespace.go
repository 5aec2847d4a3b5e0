package holder

import (
	"context"
	"slices"

	"ocfbox/internal/mount"
)

// An Elsewhere is another mount namespace in which a file system is still mounted.
type Elsewhere struct {
	// PID is one of the processes in it, Point where it is mounted there.
	PID   int
	Point string
}

// OtherNamespaces are the mount namespaces besides this process's in which one of the devices is mounted, each by
// one of its processes. As long as there is one, the device stays busy although it is mounted nowhere here.
func OtherNamespaces(ctx context.Context, proc View, devices []mount.Device) []Elsewhere {
	ours, err := proc.Link("self/ns/mnt")
	if err != nil {
		return nil
	}
	pids, err := proc.Processes()
	if err != nil {
		return nil
	}
	seen := map[string]bool{ours: true}
	var all []Elsewhere
	for _, pid := range pids {
		theirs, err := proc.Link(child(pid, "ns/mnt"))
		if err != nil || seen[theirs] || ctx.Err() != nil {
			continue
		}
		seen[theirs] = true
		text, err := proc.Read(child(pid, "mountinfo"))
		if err != nil {
			continue
		}
		table, _ := mount.Parse(text)
		i := slices.IndexFunc(table, func(e mount.Entry) bool { return slices.Contains(devices, e.Device) })
		if i >= 0 {
			all = append(all, Elsewhere{pid, table[i].Point})
		}
	}
	return all
}
