package filesystem

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
)

func TestTheDeclaration(t *testing.T) {
	t.Parallel()
	ocftest.CheckDeclaration(t, &Agent)
}

// Every combination of up to three layers, of the one that is seen, and of a mount elsewhere.
func TestTheStateIsWhatIsSeen(t *testing.T) {
	t.Parallel()
	for layers := range 4 {
		for ours := range 1 << layers {
			for visible := range layers + 1 {
				for _, elsewhere := range []bool{false, true} {
					o := observation{visible: visible}
					for i := range layers {
						o.layers = append(o.layers, layer{mount.Entry{ID: i + 1}, ours&(1<<i) != 0})
					}
					if elsewhere {
						o.elsewhere = []mount.Entry{{ID: 9, Point: "/elsewhere"}}
					}
					require.Equal(t, stateOf(visible, ours, elsewhere), o.state(), "%+v", o)
					require.NotEmpty(t, o.describe())
					probe, monitor := ocf.CodeOf(verdict(o, true)), ocf.CodeOf(verdict(o, false))
					require.Equal(t, o.state() == running, monitor == ocf.Success)
					require.Equal(t, o.state() == stopped, monitor == ocf.NotRunning)
					require.Equal(t, monitor != probe, o.state() == foreign)
				}
			}
		}
	}
}

// stateOf is the table of filesystem.md 5 once more: ours is a set of bits, visible the number of a layer or 0.
func stateOf(visible, ours int, elsewhere bool) state {
	switch {
	case visible > 0 && ours&(1<<(visible-1)) != 0:
		return running
	case ours != 0:
		return covered
	case elsewhere:
		return displaced
	case visible > 0:
		return foreign
	}
	return stopped
}

func TestWhoseMountItIs(t *testing.T) {
	t.Parallel()
	disk, other, anonymous := mount.MakeDevice(8, 1), mount.MakeDevice(8, 2), mount.MakeDevice(0, 40)
	device := source{kind: block, text: "/dev/x", path: "/dev/x", there: true, device: disk}
	gone := source{kind: block, text: "/dev/x"}
	image := source{kind: loop, path: "/i", there: true, image: mount.File{Device: 5, Inode: 7}}
	for name, test := range map[string]struct {
		s                 source
		e                 mount.Entry
		c                 clue
		recorded, lenient bool
		want              bool
	}{
		"the device itself":                           {s: device, e: mount.Entry{Device: disk}, want: true},
		"another device":                              {s: device, e: mount.Entry{Device: other, Source: "/dev/x"}},
		"another device that the record names":        {s: device, e: mount.Entry{Device: other}, recorded: true},
		"btrfs whose source is the device":            {s: device, e: mount.Entry{Device: anonymous}, c: clue{source: disk}, want: true},
		"btrfs with the device as a member":           {s: device, e: mount.Entry{Device: anonymous}, c: clue{source: other, members: []mount.Device{other, disk}}, want: true},
		"btrfs of others":                             {s: device, e: mount.Entry{Device: anonymous}, c: clue{source: other, members: []mount.Device{other}}},
		"tmpfs on top":                                {s: device, e: mount.Entry{Device: anonymous}},
		"the device is gone, its name is the source":  {s: gone, e: mount.Entry{Device: disk, Source: "/dev/x"}, want: true},
		"the device is gone, the source resembles it": {s: gone, e: mount.Entry{Device: disk, Source: "/dev/x1"}},
		"the device is gone, the record names it":     {s: gone, e: mount.Entry{Device: disk}, recorded: true, want: true},
		"the device is gone, stop has no record":      {s: gone, e: mount.Entry{Device: disk}, lenient: true, want: true},
		"an image by its name":                        {s: image, c: clue{backing: "/i"}, want: true},
		"an image by its number":                      {s: image, c: clue{backing: "/link", file: mount.File{Device: 5, Inode: 7}}, want: true},
		"another image":                               {s: image, c: clue{backing: "/j", file: mount.File{Device: 5, Inode: 8}}},
		"no image at all":                             {s: image, e: mount.Entry{Device: disk}},
		"an image that cannot be looked at":           {s: source{kind: loop, path: "/i"}, c: clue{backing: "/j"}, want: true},
		"an export is whatever is there":              {s: source{kind: nonblock}, e: mount.Entry{Device: other}, want: true},
		"a bind mount is whatever is there":           {s: source{kind: bind}, e: mount.Entry{Device: other}, want: true},
	} {
		require.Equal(t, test.want, test.s.owns(test.e, test.c, test.recorded, test.lenient), name)
	}
}

func TestWhatTheRecordNames(t *testing.T) {
	t.Parallel()
	e := mount.Entry{ID: 5, Device: mount.MakeDevice(8, 1), Root: "/", Point: "/a", Type: "ext4", Source: "/dev/x"}
	r := record{Point: "/a", Mount: mount.Identity{Device: e.Device, ID: 5}, Root: "/", Type: "ext4", Source: "/dev/x"}
	require.True(t, r.names(e))
	require.False(t, record{}.names(mount.Entry{}), "no record names nothing")
	moved := e
	moved.Point = "/b"
	require.True(t, r.names(moved), "a device's mount is known again elsewhere")
	for name, change := range map[string]func(*mount.Entry){
		"another number": func(e *mount.Entry) { e.ID++ },
		"another device": func(e *mount.Entry) { e.Device++ },
		"another root":   func(e *mount.Entry) { e.Root = "/x" },
		"another type":   func(e *mount.Entry) { e.Type = "xfs" },
		"another source": func(e *mount.Entry) { e.Source = "/dev/y" },
	} {
		changed := e
		change(&changed)
		require.False(t, r.names(changed), name)
	}
	e.Device, r.Mount.Device, moved.Device = 3, 3, 3
	require.True(t, r.names(e))
	require.False(t, r.names(moved), "the number of a mount without a device is given again at once")
	r.Mount.Unique = 77
	require.True(t, r.names(moved), "but one that is never given again is compared besides")
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		a    *config
		want kind
		sure bool
	}{
		"a device":                       {&config{device: "/dev/x", fstype: "ext4"}, block, false},
		"an export":                      {&config{device: "srv:/x", fstype: "nfs4"}, nonblock, true},
		"a helper's source":              {&config{device: "u@h:/x", fstype: "fuse.sshfs"}, nonblock, true},
		"a bind mount":                   {&config{device: "/x", fstype: "none", options: "bind,ro"}, bind, true},
		"a recursive one":                {&config{device: "/x", options: "ro,rbind"}, bind, true},
		"bind in a directory's name":     {&config{device: "overlay", fstype: "overlay", options: "lowerdir=/x/bind/y"}, nonblock, true},
		"an image":                       {&config{device: "/i", options: "loop"}, loop, true},
		"an image on a device of choice": {&config{device: "/i", options: "ro,loop=/dev/loop7"}, loop, true},
		"a label":                        {&config{device: "-Lx"}, tagged, true},
		"none with a device":             {&config{device: "/dev/x", fstype: "none"}, block, false},
	} {
		k, sure := test.a.formOf()
		require.Equal(t, test.want, k, name)
		require.Equal(t, test.sure, sure, name)
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	for device, want := range map[string]mount.Tag{
		"-Lx": {Type: "LABEL", Value: "x"}, "-L x y": {Type: "LABEL", Value: "x y"}, "--label=x": {Type: "LABEL", Value: "x"},
		"--label x": {Type: "LABEL", Value: "x"}, "-U1-2": {Type: "UUID", Value: "1-2"}, "--uuid=1": {Type: "UUID", Value: "1"},
		`LABEL="a b"`: {Type: "LABEL", Value: "a b"}, "PARTUUID=1": {Type: "PARTUUID", Value: "1"}, "ID=ata-x": {Type: "ID", Value: "ata-x"},
	} {
		tag, ok := parseTag(device)
		require.True(t, ok, device)
		require.Equal(t, want, tag, device)
	}
	for _, device := range []string{"", "/dev/x", "-L", "--label", "--labelx", "--label=", "UUID=", "label=x", "srv:/LABEL=x", "L=x"} {
		_, ok := parseTag(device)
		require.False(t, ok, device)
	}
}

func TestTheDiskOfAPartition(t *testing.T) {
	t.Parallel()
	for device, want := range map[string]string{
		"/dev/sda1": "/dev/sda", "/dev/vdb12": "/dev/vdb", "/dev/nvme0n1p3": "/dev/nvme0n1", "/dev/mmcblk0p1": "/dev/mmcblk0",
		"/dev/sda": "", "/dev/nvme0n1": "", "/dev/drbd0": "", "/dev/loop3": "", "/dev/mapper/x1": "", "/dev/dm-1": "", "sda1": "",
	} {
		require.Equal(t, want, diskOf(device), device)
	}
}

func TestOddConfigurationsAreAccepted(t *testing.T) {
	t.Parallel()
	row(t, "validate-all warns and never looks at what is there", func(w *world) {
		r := w.resource("device", "/dev/nodev", "directory", "relative/x", "fstype", "nosuch", "options", "bind", "run_fsck", "often",
			"force_unmount", "perhaps", "term_signals", "BOGUS", "signal_delay", "soon")
		got := r.does("validate-all", ocf.Success)
		for _, word := range []string{"relative", "nosuch", "bind", "often", "perhaps", "BOGUS", "soon"} {
			require.Contains(w.t, got.Stderr, word)
		}
	})
	row(t, "an ordinary one is no occasion for words", func(w *world) {
		got := w.standard("/dev/nodev").does("validate-all", ocf.Success)
		require.NotContains(w.t, got.Stderr, "WARN")
	})
}

func FuzzTag(f *testing.F) {
	f.Add("--label=x")
	f.Fuzz(func(t *testing.T, device string) {
		if tag, ok := parseTag(device); ok {
			require.NotEmpty(t, tag.Value)
			require.Contains(t, device, tag.Value)
		}
	})
}
