package compare

// filesystemGenerated is how many cases are generated for Filesystem, beside those of the matrix.
const filesystemGenerated = 240

// FilesystemCases are the cases of Filesystem: the matrix of filesystem.md 15, and generated ones.
func FilesystemCases() []Case {
	return append(filesystemMatrix(), generate(filesystemGenerated, filesystemPlans())...)
}

const (
	disk0 = "device={L0} directory=/mnt/a fstype=ext4"
	plain = "device=tmpfs directory=/mnt/a fstype=tmpfs"
	bound = "device=/mnt/src directory=/mnt/a fstype=none options=bind"
)

// odd is a disk at a directory whose name has blanks.
func odd(name, directory, steps string) Case {
	return with(row(name, "device={L0} fstype=ext4", steps), "directory="+directory)
}

// filesystemMatrix are the rows of the specification that a rig can show: those in which an agent hangs, or ends
// the tests themselves, are not among them.
func filesystemMatrix() []Case {
	const bare = "start / monitor / probe / stop / validate-all"
	return []Case{
		row("rows 1-7 a disk comes and goes", disk0, "stop / monitor / probe / status / start / start / monitor / status / probe / stop / stop / monitor"),
		row("rows 8-9 no device", "directory=/mnt/a fstype=ext4", bare),
		row("rows 10-11 no directory", "device={L0} fstype=ext4", bare),
		row("row 12 no directory for memory", "device=tmpfs fstype=tmpfs", bare),
		with(row("row 13 a blank ahead of the device", "directory=/mnt/a fstype=ext4", "start / stop"), "device= {L0}"),
		row("row 16 slashes behind the directory", "device={L0} directory=/mnt/a/// fstype=ext4", all),
		row("row 17 a symbolic link", "device={L0} directory=/mnt/link fstype=ext4", "$ ln -s a /mnt/link / start / monitor / stop"),
		row("row 18 dots on the way", "device={L0} directory=/mnt/b/../a fstype=ext4", all),
		row("row 19 a directory that is missing", "device={L0} directory=/mnt/new/x fstype=ext4", all),
		row("row 20 a file for a directory", "device={L0} directory=/mnt/file fstype=ext4", "$ touch /mnt/file / start / monitor / probe / stop"),
		odd("row 21 a blank in the directory", "/mnt/a b", all),
		odd("row 22 a per cent sign", "/mnt/a%s", "start / monitor / stop"),
		odd("row 23 brackets", "/mnt/a[x]", "start / monitor / stop"),
		odd("row 23a a tab", "/mnt/a\tb", "start / monitor / stop"),
		odd("row 23b other letters", "/mnt/한글", all),
		odd("row 24 a backslash", `/mnt/a\b`, "start / monitor / stop"),
		odd("a quotation mark", `/mnt/a"b`, all),
		odd("an apostrophe", `/mnt/it's`, all),
		odd("a dollar sign", `/mnt/a$HOME`, all),
		odd("a sharp", `/mnt/a#b`, all),
		odd("a semicolon", `/mnt/a;b`, all),
		row("row 25 a directory that would fit as a pattern", "device={L0} directory=/mnt/a.b fstype=ext4", "$ mkdir /mnt/aXb /mnt/a.b; mount -t tmpfs x /mnt/aXb / monitor / probe"),
		row("rows 27-28 a device that is missing", "device=/dev/nodev directory=/mnt/a fstype=ext4", bare),
		row("row 29 /dev/null", "device=/dev/null directory=/mnt/a fstype=ext4", "start / monitor / stop"),
		row("row 31 a type that is none", "device={L0} directory=/mnt/a fstype=nosuch", bare),
		row("row 33 type auto", "device={L0} directory=/mnt/a fstype=auto", bare),
		row("row 34 no type", "device={L0} directory=/mnt/a", all),
		row("row 35 type none for a disk", "device={L0} directory=/mnt/a fstype=none", all),
		row("row 36 type overlayfs", "device=overlay directory=/mnt/a fstype=overlayfs", bare),
		row("row 37 an option that is none", disk0+" options=bogus", bare),
		with(row("row 38 a blank in the options", disk0, "start / monitor / stop"), "options=ro, noatime"),
		row("row 39 options", disk0+" options=ro,noatime", all),
		row("row 40 a word for fsck that is none", disk0+" run_fsck=bogus", all),
		row("row 41 a damaged disk", disk0+" run_fsck=force", "$ dd if=/dev/zero of={L0} bs=1k count=200 conv=notrunc status=none; sync / start / monitor / stop"),
		row("row 42 by label", "device=-L{L0.label} directory=/mnt/a fstype=ext4", "start / monitor / stop"),
		row("row 43 by identifier", "device=--uuid={L0.uuid} directory=/mnt/a fstype=ext4", "start / monitor / stop"),
		row("row 44 by label, depth 10", "device=-L{L0.label} directory=/mnt/a fstype=ext4", "start / monitor@10 / stop"),
		row("row 45 a tag", "device=UUID={L0.uuid} directory=/mnt/a fstype=ext4", bare),
		row("row 46 memory with a size", plain+" options=size=1m", all),
		row("rows 47-48 memory, depths", plain, "start / monitor@10 / monitor@20 / stop@20"),
		row("row 49 an overlay", "device=overlay directory=/mnt/a fstype=overlay options=lowerdir=/mnt/lower,upperdir=/mnt/w/up,workdir=/mnt/w/work", "$ mkdir -p /mnt/lower /mnt/w/up /mnt/w/work; echo 1 >/mnt/lower/one / start / monitor / stop"),
		row("row 50 a directory a second time", bound, "$ mkdir /mnt/src; touch /mnt/src/one / start / monitor / probe / stop / monitor"),
		row("row 51 the same without a type", "device=/mnt/src directory=/mnt/a options=bind", "$ mkdir /mnt/src; touch /mnt/src/one / start / monitor / stop"),
		row("row 52 type bind", "device=/mnt/src directory=/mnt/a fstype=bind", "$ mkdir /mnt/src / start / monitor / stop"),
		row("row 53 a directory a second time, read-only", "device=/mnt/b/src directory=/mnt/a fstype=none options=bind,ro", "$ mount {L1} /mnt/b; mkdir /mnt/b/src / start / monitor / stop"),
		row("row 56 an image", "device={L0.img} directory=/mnt/a fstype=ext4 options=loop", all),
		row("row 57 fuse.sshfs", "device=u@h:/x directory=/mnt/a fstype=fuse.sshfs", "start / monitor / probe / stop"),
		row("row 58 NFS that the kernel has not", "device=srv:/x directory=/mnt/a fstype=nfs", bare),
		row("row 59 depth 10", disk0, "start / monitor@10 / stop"),
		row("row 60 depth 20", disk0, "start / monitor@20 / stop@20"),
		row("row 61 remounted read-only", disk0, "start / $ mount -o remount,ro /mnt/a / monitor / monitor@20 / stop"),
		row("row 62 depth 5", disk0, "monitor@5 / start / monitor@5 / stop"),
		row("row 63 a prefix of the status file", disk0+" statusfile_prefix=st", "start / monitor@20 / stop@20"),
		row("row 64 the status file of an instance", plain+" CRM_meta_clone=1", "start / monitor@20 / stop@20"),
		row("row 65 another disk is there", disk0, "$ mount {L1} /mnt/a / monitor / probe / status"),
		row("row 66 another disk is there, start", disk0, "$ mount {L1} /mnt/a / start"),
		row("row 67 another disk is there, stop", disk0, "$ mount {L1} /mnt/a / stop"),
		row("row 68 another mount on top", disk0, "start / $ mount -t tmpfs x /mnt/a / monitor / probe"),
		row("row 69 another mount on top, stop", disk0, "start / $ mount -t tmpfs x /mnt/a / stop"),
		row("row 70 a mount below", disk0, "start / $ mkdir /mnt/a/sub; mount -t tmpfs x /mnt/a/sub / monitor / stop"),
		row("row 71 a mount below, start again", disk0, "start / $ mkdir /mnt/a/sub; mount -t tmpfs x /mnt/a/sub / start / stop"),
		row("row 72 a mount below where nothing is", disk0, "$ mkdir /mnt/a/sub; mount -t tmpfs x /mnt/a/sub / start / monitor / stop"),
		row("row 73 a hidden mount below", disk0, "$ mkdir /mnt/a/.sub; mount -t tmpfs x /mnt/a/.sub / start / monitor"),
		row("row 74 mounts below mounts", disk0, `start / $ mkdir "/mnt/a/s b"; mount -t tmpfs x "/mnt/a/s b"; mkdir "/mnt/a/s b/c d"; mount -t tmpfs y "/mnt/a/s b/c d" / stop`),
		row("row 75 a directory of a similar name", disk0, "start / $ mkdir /mnt/a2; mount -t tmpfs x /mnt/a2 / stop"),
		row("row 76 a device of a similar name", "device=/mnt/vol directory=/mnt/a fstype=ext4", "$ ln -s {L0} /mnt/vol; ln -s {L1} /mnt/vol-snap; mount {L1} /mnt/b / start / stop"),
		row("row 78 the disk a second time", disk0, "start / $ mount {L0} /mnt/b / stop"),
		row("row 80 a process in it", disk0, "start / & shell cd /mnt/a; echo; exec sleep 1000 / stop"),
		row("row 81 a process that will not end", disk0+" CRM_meta_timeout=8000", `start / & stubborn trap "" TERM; cd /mnt/a; echo; exec sleep 1000 / stop`),
		row("row 84 nobody may be ended", disk0+" force_unmount=false fast_stop=yes", "start / & shell cd /mnt/a; echo; exec sleep 1000 / stop"),
		row("row 85 force_unmount empty", disk0+" force_unmount= fast_stop=yes", "start / & shell cd /mnt/a; echo; exec sleep 1000 / stop"),
		row("row 87 a process in it, safe", disk0+" force_unmount=safe", "start / & shell cd /mnt/a; echo; exec sleep 1000 / stop"),
		row("row 89 a deleted file", disk0+" force_unmount=safe", "start / $ touch /mnt/a/f / & reader exec 3</mnt/a/f; echo; exec sleep 1000 / $ rm /mnt/a/f / stop"),
		row("decoys are not signalled", disk0, "start / & below cd /mnt/b; echo; exec sleep 1000 / $ mkdir /mnt/a2 / & similar cd /mnt/a2; echo; exec sleep 1000 / & shell cd /mnt/a; echo; exec sleep 1000 / stop"),
		row("row 79 a part of it is mounted elsewhere and busy", disk0+" force_unmount=false fast_stop=yes", "start / $ mkdir /mnt/a/x; mount --bind /mnt/a/x /mnt/b / & shell cd /mnt/b; echo; exec sleep 1000 / stop"),
		row("row 93 another mount namespace has it", disk0, "start / & container exec unshare --mount --propagation unchanged sh -c \"echo; exec sleep 1000\" / stop"),
		row("a process in a mount below", disk0, "start / $ mkdir /mnt/a/sub; mount -t tmpfs x /mnt/a/sub / & shell cd /mnt/a/sub; echo; exec sleep 1000 / stop"),
		row("two processes, one with an open file", disk0+" force_unmount=safe", "start / & shell cd /mnt/a; echo; exec sleep 1000 / & writer exec 3>/mnt/a/log; echo; exec sleep 1000 / & beside exec 3>/mnt/log; echo; exec sleep 1000 / stop"),
		row("a process in memory", plain, "start / & shell cd /mnt/a; echo; exec sleep 1000 / & beside cd /mnt/b; echo; exec sleep 1000 / stop"),
		row("a process in a directory a second time, safe", bound+" force_unmount=safe", "$ mkdir /mnt/src / start / & shell cd /mnt/a; echo; exec sleep 1000 / & beside cd /mnt/b; echo; exec sleep 1000 / & source cd /mnt/src; echo; exec sleep 1000 / stop"),
		row("a process in a directory a second time", bound, "$ mkdir /mnt/src / start / & shell cd /mnt/a; echo; exec sleep 1000 / & beside cd /mnt/b; echo; exec sleep 1000 / & source cd /mnt/src; echo; exec sleep 1000 / stop"),
		row("row 95 the directory above is renamed", "device={L0} directory=/mnt/up/a fstype=ext4", "$ mkdir -p /mnt/up/a / start / $ mv /mnt/up /mnt/down / monitor / stop"),
		row("row 96 the device's other name is gone", "device=/mnt/vol directory=/mnt/a fstype=ext4", "$ ln -s {L0} /mnt/vol / start / $ rm /mnt/vol / monitor / stop"),
		row("row 101 a clone", disk0+" CRM_meta_clone_max=2", bare),
		row("row 102 a clone, read-only", disk0+" CRM_meta_clone_max=2 options=ro", bare),
		row("row 103 a clone by force", disk0+" CRM_meta_clone_max=2 force_clones=true", "start / monitor / stop"),
		row("row 105 a clone of memory", plain+" CRM_meta_clone_max=2", "start / monitor / stop"),
		row("row 106 notify of a clone", disk0+" CRM_meta_clone_max=2", "notify"),
	}
}

func filesystemPlans() []plan {
	return []plan{
		{
			name: "disk", params: disk0, weight: 6,
			traits:    slicesOf(diskTraits(), stopTraits(), mountSurroundings()),
			histories: append(mountHistories("{L0}"), diskHistories()...),
		},
		{
			name: "memory", params: plain, weight: 3,
			traits: slicesOf(stopTraits(), mountSurroundings(), []trait{
				{"options", "a size", "options=size=2m", ""},
				{"options", "read-only", "options=ro", ""},
				{"options", "flags", "options=nosuid,nodev,noexec", ""},
				{"options", "a mode", "options=mode=700,size=1m", ""},
				{"clone", "clones", "CRM_meta_clone=0 CRM_meta_clone_max=2", ""},
				{"directory", "a directory that is missing", "directory=/mnt/not/yet", ""},
			}),
			histories: mountHistories(""),
		},
		{
			name: "a directory a second time", params: bound, weight: 2,
			traits: slicesOf(stopTraits(), mountSurroundings(), []trait{
				{"type", "no type", "fstype=", ""},
				{"directory", "a directory that is missing", "directory=/mnt/not/yet", ""},
				{"clone", "clones", "CRM_meta_clone=0 CRM_meta_clone_max=2", ""},
			}),
			histories: prepared("mkdir /mnt/src; touch /mnt/src/file", mountHistories("")),
		},
		{
			name: "image", params: "device={L0.img} directory=/mnt/a fstype=ext4 options=loop", weight: 1,
			traits: slicesOf(stopTraits(), []trait{
				{"options", "read-only", "options=loop,ro", ""},
				{"options", "no access times", "options=noatime,loop", ""},
				{"fsck", "no fsck", "run_fsck=no", ""},
			}),
			histories: mountHistories(""),
		},
		{
			name: "nonsense", params: disk0, weight: 2,
			traits: mountNonsense(),
			histories: []history{
				{"asked", "validate-all / probe / start / stop"},
				{"monitored", "monitor / status / stop"},
			},
		},
	}
}
