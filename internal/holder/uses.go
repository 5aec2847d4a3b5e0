package holder

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"

	"ocfbox/internal/mount"
)

// process looks for a use of a whole process, without its memory map.
func (s *Search) process(pid int) (User, bool) {
	how, id := s.task(strconv.Itoa(pid), pid)
	return User{PID: pid, How: how, Mount: id}, how != ""
}

// task looks for a use by a process or a thread, whose directory of /proc is dir.
func (s *Search) task(dir string, pid int) (How, int) {
	for _, link := range [...]struct {
		name string
		how  How
	}{{"/cwd", WorkingDirectory}, {"/root", RootDirectory}, {"/exe", Program}} {
		if place, err := s.Proc.Look(dir + link.name); err == nil && s.target(place.Mount) {
			return link.how, place.Mount
		}
	}
	return s.descriptors(dir+"/fd", pid)
}

// descriptors looks for a use by open descriptors. Those that the process was given by another in a message and
// has not received yet are nobody's.
func (s *Search) descriptors(dir string, pid int) (how How, id int) {
	_ = s.Proc.Each(dir, func(_ string, place Place) bool {
		switch bound, is := s.Sockets[place.Inode]; {
		case s.target(place.Mount):
			how, id = OpenFile, place.Mount
		case is && place.Socket && s.ownMounts(pid):
			how, id = BoundSocket, bound
		}
		return how == ""
	})
	return how, id
}

// target reports whether the mount is looked for.
func (s *Search) target(id int) bool {
	return slices.ContainsFunc(s.Targets, func(t mount.Target) bool { return t.ID == id })
}

// ownMounts reports whether the process sees our mounts. A socket says in which file system it is bound, but not
// through which mount: one of another mount namespace is bound through a mount of its own.
func (s *Search) ownMounts(pid int) bool {
	ours, err := s.Proc.Link("self/ns/mnt")
	theirs, errTheirs := s.Proc.Link(child(pid, "ns/mnt"))
	return err == nil && errTheirs == nil && ours == theirs
}

// mapped looks for a mapped file. The map names files by device and path; whether one was mapped through a target
// is asked of the few that may.
func (s *Search) mapped(pid int) (User, bool) {
	text, err := s.Proc.Read(child(pid, "maps"))
	if err != nil {
		return User{}, false
	}
	for line := range bytes.Lines(text) {
		if !s.possible(line) {
			continue
		}
		if m, ok := parseMapping(line); ok {
			if id, uses := s.mappedThrough(pid, m); uses {
				return User{PID: pid, How: MappedFile, Mount: id}, true
			}
		}
	}
	return User{}, false
}

// possible reports whether the file in a line of a map may be one of a target. An overlay's may show the device of a
// layer below.
func (s *Search) possible(line []byte) bool {
	device, path, ok := mappedFile(line)
	if !ok {
		return false
	}
	for i, t := range s.Targets {
		if string(device) == s.devices[i] || len(path) >= len(t.Point) && string(path[:len(t.Point)]) == t.Point {
			return true
		}
	}
	return false
}

// mapDevice is a device number as maps files have it.
func mapDevice(d mount.Device) string { return fmt.Sprintf("%02x:%02x", d.Major(), d.Minor()) }

// mappedThrough is the target through which the file is mapped. Kernels that do not keep a directory of mapped
// files leave device and path together to decide.
func (s *Search) mappedThrough(pid int, m mapping) (int, bool) {
	place, err := s.Proc.Look(child(pid, "map_files/"+m.file()))
	if err == nil {
		return place.Mount, s.target(place.Mount)
	}
	i := slices.IndexFunc(s.Targets, func(t mount.Target) bool {
		return t.Device == m.device && mount.Within(m.path, t.Point)
	})
	if i < 0 || !s.ownMounts(pid) {
		return 0, false
	}
	return s.Targets[i].ID, true
}

// threads looks for a use by one of a process's threads that the process as a whole does not show.
func (s *Search) threads(pid int) (User, bool) {
	tids, err := s.Proc.Names(child(pid, "task"))
	if err != nil {
		return User{}, false
	}
	for _, name := range tids {
		if how, id := s.task(child(pid, "task/"+name), pid); how != "" {
			tid, _ := strconv.Atoi(name)
			return User{PID: pid, How: how, Mount: id, Thread: tid}, true
		}
	}
	return User{}, false
}
