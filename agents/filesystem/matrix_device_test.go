package filesystem

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/lab"
)

func TestDevicesThatAreNotThere(t *testing.T) {
	t.Parallel()
	row(t, "row 27: start of a device that does not exist", func(w *world) {
		got := w.standard("/dev/nodev").does("start", ocf.ErrInstalled)
		require.Equal(w.t, "device /dev/nodev does not exist on this node", got.Reason)
		w.lacks("")
	})
	row(t, "row 28: monitor, probe and stop of a device that does not exist", func(w *world) {
		r := w.standard("/dev/nodev")
		r.does("monitor", ocf.NotRunning)
		r.does("probe", ocf.NotRunning)
		r.does("stop", ocf.Success)
	})
	row(t, "row 29: the null device", func(w *world) {
		w.standard("/dev/null").does("start", ocf.ErrGeneric)
		w.lacks("")
	})
	row(t, "row 30: a loop device that holds nothing", func(w *world) {
		image := w.image("L0")
		device, err := mount.Attach(mount.Image{Path: image}, "")
		require.NoError(w.t, err)
		require.NoError(w.t, device.Close())
		w.standard(device.Path).does("start", ocf.ErrGeneric)
		w.lacks("")
	})
	row(t, "a regular file without the option loop", func(w *world) {
		got := w.standard(w.image("L0")).does("start", ocf.ErrInstalled)
		require.Contains(w.t, got.Reason, "the option loop is missing")
	})
}

func TestTypes(t *testing.T) {
	t.Parallel()
	row(t, "row 31: a type that no kernel has", func(w *world) {
		r := w.standard(w.disk("L0"), "fstype", "nosuch")
		require.Contains(w.t, r.does("start", ocf.ErrInstalled).Reason, `no file system type "nosuch"`)
		r.does("monitor", ocf.NotRunning)
		r.does("stop", ocf.Success)
	})
	row(t, "row 32: a type that is not the device's", func(w *world) {
		other := "squashfs"
		if known, err := mount.TypeKnown("xfs"); err == nil && known {
			other = "xfs"
		}
		r := w.standard(w.disk("L0"), "fstype", other)
		got := r.does("start", ocf.ErrGeneric)
		require.Contains(w.t, got.Reason, "mount "+r.Params["device"]+" on "+w.path("a")+": ")
		w.lacks("")
	})
	row(t, "row 33: fstype=auto finds the type", func(w *world) {
		w.standard(w.disk("L0"), "fstype", "auto", "run_fsck", "no").cycle()
		w.lacks("")
	})
	row(t, "row 34: without a type it is found, and the file system is checked first", func(w *world) {
		r := w.standard(w.disk("L0"), "fstype", "")
		programs := r.programs("fsck", runtest.Says(0, ""))
		r.does("start", ocf.Success)
		require.Equal(w.t, []string{"fsck -p " + r.Params["device"]}, programs.Lines())
		require.Equal(w.t, "ext4", w.has("a").Type)
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("")
	})
	row(t, "row 35: fstype=none with a block device", func(w *world) {
		r := w.standard(w.disk("L0"), "fstype", "none")
		r.cycle()
		w.lacks("")
	})
	row(t, "row 36: overlayfs is no name of overlay", func(w *world) {
		w.resource("device", "overlay", "directory", w.path("a"), "fstype", "overlayfs").does("start", ocf.ErrInstalled)
	})
	row(t, "reiserfs is refused with the reason that it is gone", func(w *world) {
		known, err := mount.TypeKnown("reiserfs")
		require.NoError(w.t, err)
		if known {
			lab.Missing(w.t, "this kernel has reiserfs, and the test is of one that has not")
		}
		got := w.standard(w.disk("L0"), "fstype", "reiserfs").does("start", ocf.ErrInstalled)
		require.Contains(w.t, got.Reason, "gone since Linux 6.13")
	})
}

func TestMountOptions(t *testing.T) {
	t.Parallel()
	row(t, "row 37: an option that nobody knows", func(w *world) {
		got := w.standard(w.disk("L0"), "options", "bogus").does("start", ocf.ErrGeneric)
		require.Contains(w.t, got.Reason, "bogus")
		w.lacks("")
	})
	row(t, "row 38: options with a blank are words of their own", func(w *world) {
		w.standard(w.disk("L0"), "options", "ro, noatime").does("start", ocf.ErrGeneric)
		w.lacks("")
	})
	row(t, "row 39: options of the mount", func(w *world) {
		r := w.standard(w.disk("L0"), "options", "ro,noatime")
		r.does("start", ocf.Success)
		e := w.has("a")
		require.True(w.t, mount.HasOption(e.Options, "ro"))
		require.True(w.t, mount.HasOption(e.Options, "noatime"))
		require.True(w.t, e.SuperReadOnly())
		r.does("monitor", ocf.Success)
	})
	row(t, "flags of the mount and options of the file system go to whom they are for", func(w *world) {
		w.standard(w.disk("L0"), "options", "defaults,nosuid,nodev,noexec,nodiratime,sync,data=journal,nofail").
			does("start", ocf.Success)
		e := w.has("a")
		for _, option := range []string{"rw", "nosuid", "nodev", "noexec", "nodiratime", "relatime"} {
			require.True(w.t, mount.HasOption(e.Options, option), "%s in %s", option, e.Options)
		}
		require.True(w.t, mount.HasOption(e.Super, "sync"), e.Super)
		require.Contains(w.t, e.Super, "data=journal")
	})
	row(t, "options that mount(8) keeps to itself are left to it", func(w *world) {
		r := w.standard(w.disk("L0"), "options", "_netdev,x-test.note=1")
		programs := r.programs("mount", runtest.Complains(32, "mount: not today\n"))
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, "exit 32: mount: not today")
		line := "mount -t ext4 -o _netdev,x-test.note=1 " + r.Params["device"] + " " + w.path("a")
		require.Equal(w.t, []string{line}, programs.Lines())
	})
	row(t, "a device that cannot be written is mounted read-only", func(w *world) {
		image := w.image("L0")
		device, err := mount.Attach(mount.Image{Path: image, ReadOnly: true}, "")
		require.NoError(w.t, err)
		w.t.Cleanup(func() { require.NoError(w.t, device.Close()) })
		got := w.standard(device.Path).does("start", ocf.Success)
		require.Contains(w.t, got.Stderr, "was mounted read-only")
		require.True(w.t, w.has("a").ReadOnly())
	})
}

func TestCheckBeforeMount(t *testing.T) {
	t.Parallel()
	row(t, "row 40: a run_fsck that means nothing is auto, with a warning", func(w *world) {
		r := w.standard(w.disk("L0"), "run_fsck", "bogus")
		r.Runner = noPrograms{w.t}
		require.Contains(w.t, r.does("start", ocf.Success).Stderr, "run_fsck=bogus means nothing")
	})
	row(t, "row 41: a file system that fsck cannot mend is not mounted", func(w *world) {
		r := w.standard(w.disk("L0"), "run_fsck", "force")
		r.programs("fsck", runtest.Says(4, "UNEXPECTED INCONSISTENCY\n"))
		got := r.does("start", ocf.ErrGeneric)
		require.Contains(w.t, got.Reason, "left errors (exit 4)")
		require.Contains(w.t, got.Stderr, "UNEXPECTED INCONSISTENCY")
		w.lacks("")
	})
	row(t, "row 41: a file system that is broken is refused by the real fsck", func(w *world) {
		image := w.image("L0")
		file, err := os.OpenFile(image, os.O_WRONLY, 0)
		require.NoError(w.t, err)
		_, err = file.WriteAt([]byte(strings.Repeat("\xff", 64<<10)), 2048)
		require.NoError(w.t, err)
		require.NoError(w.t, file.Close())
		r := w.standard(w.attach(image), "run_fsck", "force")
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, "fsck")
		w.lacks("")
	})
	row(t, "what fsck has corrected is mounted", func(w *world) {
		r := w.standard(w.disk("L0"), "run_fsck", "force")
		programs := r.programs("fsck", runtest.Says(1, "FILE SYSTEM WAS MODIFIED\n"))
		r.does("start", ocf.Success)
		require.Equal(w.t, []string{"fsck -t ext4 -p " + r.Params["device"]}, programs.Lines())
	})
	row(t, "a node without fsck cannot start what is to be checked", func(w *world) {
		r := w.standard(w.disk("L0"), "run_fsck", "force")
		r.Runner = nil
		r.does("start", ocf.ErrInstalled)
		r.with("run_fsck", "no").does("start", ocf.Success)
	})
}

// The types of the policy auto, by the table of filesystem.md 6.5.
func TestWhichTypesAreChecked(t *testing.T) {
	t.Parallel()
	for fstype, want := range map[string]bool{"": true, "ext2": true, "btrfs": true, "ext4": false, "xfs": false, "vfat": false} {
		a := &config{fstype: fstype, fsck: fsckAuto}
		policy, ok := a.fsckPolicy()
		require.True(t, ok)
		require.Equal(t, want, policy == fsckAuto && !in(unchecked, fstype), "%q", fstype)
	}
}

func TestDevicesByTheirContents(t *testing.T) {
	t.Parallel()
	// Labels are unique on the node: other tests' disks are there too.
	label := func(w *world) string { return "L" + w.dir[len(w.dir)-8:] }
	uuid := func(w *world) string {
		super, err := readSuper(w.path("L0"))
		require.NoError(w.t, err)
		return super.UUID
	}
	for _, form := range []string{"-L", "-L ", "--label=", "--label ", "LABEL="} {
		row(t, "row 42: "+form+"LABEL", func(w *world) {
			w.disk("L0", "-L", label(w))
			r := w.standard(form + label(w))
			r.cycle()
			w.lacks("")
		})
	}
	for _, form := range []string{"--uuid=", "--uuid ", "-U", "-U "} {
		row(t, "row 43: "+form+"UUID", func(w *world) {
			w.disk("L0")
			w.standard(form + uuid(w)).cycle()
			w.lacks("")
		})
	}
	row(t, "row 44: at level 10 the device of a label is read", func(w *world) {
		w.disk("L0", "-L", label(w))
		r := w.standard("-L" + label(w))
		r.does("start", ocf.Success)
		got := r.at(10, "monitor", ocf.Success)
		require.NotContains(w.t, got.Stderr, "WARN")
	})
	row(t, "row 45: UUID= as in fstab", func(w *world) {
		w.disk("L0")
		w.standard("UUID=" + uuid(w)).cycle()
		w.lacks("")
	})
	row(t, "a label that no device has", func(w *world) {
		r := w.standard("-L" + label(w))
		r.Runner = nil
		r.does("monitor", ocf.NotRunning)
		r.does("start", ocf.ErrInstalled)
		r.does("stop", ocf.Success)
	})
}

func readSuper(path string) (mount.Superblock, error) {
	file, err := os.Open(path)
	if err != nil {
		return mount.Superblock{}, err
	}
	defer file.Close()
	return mount.ReadSuperblock(file)
}
