package filesystem

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// observe reads the table of mounts and learns what is to be known about the resource, without changing anything and
// without asking a mounted file system. stopping tells that a stop asks, which takes a device that cannot be looked
// up any more for the one that is mounted.
func (a *config) observe(c *ocf.Call, stopping bool) (observation, error) {
	c.Log.Trace("read the mount table")
	table, err := mount.Read()
	if err != nil {
		return observation{}, err
	}
	o := observation{table: table, point: table.Canonical(a.directory), source: a.resolve(c)}
	var noRecord error
	o.record, noRecord = a.loadRecord(c)
	lenient := stopping && noRecord != nil
	if e, ok := table.Visible(o.point); ok {
		o.visible = e.ID
	}
	for _, e := range table.At(o.point) {
		recorded := o.record.names(e) && a.sameMount(o, e)
		o.layers = append(o.layers, layer{e, o.source.owns(e, o.source.clue(e), recorded, lenient)})
	}
	for _, e := range table {
		if e.Point != o.point && o.record.names(e) && a.sameMount(o, e) {
			o.elsewhere = append(o.elsewhere, e)
		}
	}
	return o, nil
}

// sameMount compares the record's number that is never given again with that of a mount that the record names, as
// far as this can be asked: of a mount that nothing hides.
func (a *config) sameMount(o observation, e mount.Entry) bool {
	if o.record.Wish != a.device {
		return false
	}
	if visible, ok := o.table.Visible(e.Point); !ok || visible.ID != e.ID {
		return true
	}
	now, err := mount.Identify(e.Point)
	return err != nil || now.Same(o.record.Mount)
}

// resolve finds out what the device means on this node now. It looks at nothing for the kinds whose source is only a
// text, and never fails: what does not resolve is not there.
func (a *config) resolve(c *ocf.Call) source {
	k, sure := a.formOf()
	s := source{kind: k, text: a.device, path: a.device}
	switch {
	case k == nonblock, k == bind:
		return s
	case k == tagged:
		s.path = a.findTag(c)
		if s.path == "" {
			return s
		}
	}
	c.Log.Trace("look at %s", s.path)
	inode, err := mount.Inspect(s.path)
	switch {
	case err != nil:
		if !sure && a.helped(c) {
			s.kind = nonblock
		}
	case inode.Block():
		s.there, s.device = true, inode.Node
		if k == loop {
			s.kind = block // an image that is attached already
		}
	case k == loop:
		s.there, s.image = inode.Regular(), inode.File
	case inode.Directory() && !sure:
		s.kind = dir
	}
	return s
}

// helped reports whether a source that is no device is for a program to understand that comes with the file system:
// the type has a helper, and the source is no absolute path (filesystem.md 14, 29).
func (a *config) helped(c *ocf.Call) bool {
	return a.namedType() != "" && !strings.HasPrefix(a.device, "/") && a.helper(c) != ""
}

// helper is the program that mount(8) would call for the type, or "".
func (a *config) helper(c *ocf.Call) string {
	for _, folder := range []string{"/sbin/", "/usr/sbin/"} {
		path := folder + "mount." + a.fstype
		c.Log.Trace("look at %s", path)
		if unix.Access(path, unix.X_OK) == nil {
			return path
		}
	}
	return ""
}

// clue asks what tells whose mount an entry is. It asks about device nodes and the kernel's notes only.
func (s source) clue(e mount.Entry) clue {
	switch {
	case s.kind == loop:
		return loopClue(s, e)
	case !s.kind.onDevice(), !s.there, !e.Device.Anonymous():
		return clue{}
	}
	var c clue
	if strings.HasPrefix(e.Source, "/dev/") {
		c.source = nodeDevice(e.Source)
	}
	if e.Type == "btrfs" && c.source != s.device {
		c.members = btrfsMembers(c.source)
	}
	return c
}

// loopClue asks which file is behind the entry's loop device. Its identity is asked only when the names differ.
func loopClue(s source, e mount.Entry) clue {
	device := e.Device
	if device.Anonymous() {
		device = nodeDevice(e.Source)
	}
	c := clue{backing: mount.Backing(device)}
	if c.backing != "" && c.backing != s.path && s.there {
		c.file, _ = mount.BackingFile(device)
	}
	return c
}

// nodeDevice is the number of the block device whose node a path names, 0 when it names none.
func nodeDevice(path string) mount.Device {
	inode, err := mount.Inspect(path)
	if err != nil {
		return 0
	}
	return inode.Node
}

// btrfsMembers are the devices of the btrfs that the device belongs to, by the kernel's notes.
func btrfsMembers(of mount.Device) []mount.Device {
	const root = "/sys/fs/btrfs/"
	systems, _ := os.ReadDir(root)
	for _, system := range systems {
		folder := root + system.Name() + "/devices/"
		entries, _ := os.ReadDir(folder)
		var members []mount.Device
		found := false
		for _, entry := range entries {
			text, err := os.ReadFile(folder + entry.Name() + "/dev")
			if err != nil {
				continue
			}
			if device, err := mount.ParseDevice(strings.TrimSpace(string(text))); err == nil {
				members = append(members, device)
				found = found || device == of
			}
		}
		if found {
			return members
		}
	}
	return nil
}
