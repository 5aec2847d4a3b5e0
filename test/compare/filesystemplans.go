package compare

import "slices"

func slicesOf(lists ...[]trait) []trait { return slices.Concat(lists...) }

// prepared are histories that begin with a command of the administrator's.
func prepared(command string, histories []history) []history {
	var all []history
	for _, h := range histories {
		all = append(all, history{h.name, "$ " + command + " / " + h.steps})
	}
	return all
}

func diskTraits() []trait {
	return []trait{
		{"options", "read-only", "options=ro", ""},
		{"options", "no access times", "options=noatime", ""},
		{"options", "flags", "options=nosuid,nodev,noexec", ""},
		{"options", "defaults", "options=defaults", ""},
		{"options", "an option of the type", "options=data=writeback", ""},
		{"options", "options for user space", "options=_netdev,noauto,x-one=2", ""},
		{"options", "synchronous", "options=sync,dirsync", ""},
		{"type", "no type", "fstype=", ""},
		{"type", "an older type", "fstype=ext3", ""},
		{"fsck", "no fsck", "run_fsck=no", ""},
		{"fsck", "fsck by force", "run_fsck=force", ""},
		{"fsck", "fsck by itself", "run_fsck=auto", ""},
		{"device", "by label", "device=-L{L0.label}", ""},
		{"device", "by long label", "device=--label={L0.label}", ""},
		{"device", "by identifier", "device=-U{L0.uuid}", ""},
		{"device", "by another name", "device=/mnt/disk", "ln -s {L0} /mnt/disk"},
		{"directory", "a slash behind the directory", "directory=/mnt/a/", ""},
		{"directory", "two slashes on the way", "directory=/mnt//a", ""},
		{"directory", "a directory that is missing", "directory=/mnt/not/yet", ""},
		{"directory", "a directory that begins with a dot", "directory=/mnt/.hidden", ""},
		{"directory", "a directory with a dash", "directory=/mnt/-a", ""},
		{"directory", "a directory with accents", "directory=/mnt/größe", ""},
		{"clone", "a clone by force", "CRM_meta_clone=0 CRM_meta_clone_max=2 force_clones=yes", ""},
		{"status", "a status file of another name", "statusfile_prefix=.check/x_", ""},
	}
}

func stopTraits() []trait {
	return []trait{
		{"fast", "a fast stop", "fast_stop=yes", ""},
		{"fast", "no fast stop", "fast_stop=no", ""},
		{"force", "force_unmount true", "force_unmount=true", ""},
		{"force", "force_unmount safe", "force_unmount=safe", ""},
	}
}

func mountSurroundings() []trait {
	return []trait{
		{"other", "a mount beside it", "", "mount -t tmpfs other /mnt/b"},
		{"other", "a mount of a longer name", "", "mkdir /mnt/ab; mount -t tmpfs other /mnt/ab"},
		{"other", "another disk beside it", "", "mount {L1} /mnt/b"},
		{"other", "many mounts", "", "for i in 1 2 3 4 5 6 7 8; do mkdir /mnt/m$i; mount -t tmpfs m$i /mnt/m$i; done"},
		{"content", "files below", "", "touch /mnt/a/under"},
	}
}

// mountHistories are those that any file system can have.
func mountHistories(string) []history {
	return []history{
		{"comes and goes", "probe / start / monitor / stop / monitor"},
		{"twice each", "start / start / stop / stop"},
		{"asked before and after", "validate-all / start / status / probe / stop / status"},
		{"stopped before it starts", "stop / start / stop"},
		{"comes back", "start / stop / start / monitor / stop"},
		{"an unrelated mount comes and goes", "start / $ mkdir /mnt/z; mount -t tmpfs z /mnt/z / monitor / $ umount /mnt/z / stop"},
	}
}

// diskHistories are those in which the device matters, or time does.
func diskHistories() []history {
	return []history{
		{"looked at deeply", "start / monitor@10 / monitor@20 / stop@20"},
		{"a process beside it", "start / & beside cd /mnt/b; echo; exec sleep 1000 / stop"},
		{"a stranger's mount afterwards", "start / stop / $ mount -t tmpfs x /mnt/b / stop"},
	}
}

func mountNonsense() []trait {
	return []trait{
		{"device", "a device that is missing", "device=/dev/not/there", ""},
		{"device", "a file for a device", "device=/mnt/file", "touch /mnt/file"},
		{"device", "a directory for a device", "device=/mnt/b", ""},
		{"device", "no device", "device=", ""},
		{"device", "a label that nothing has", "device=-Lnobodyhasit", ""},
		{"device", "a character device", "device=/dev/zero", ""},
		{"directory", "no directory", "directory=", ""},
		{"directory", "a file for a directory", "directory=/mnt/plain", "touch /mnt/plain"},
		{"directory", "a directory below a file", "directory=/mnt/plain/x", "touch /mnt/plain"},
		{"type", "a type that is none", "fstype=nosuch", ""},
		{"type", "a type of letters and signs", "fstype=ext4;x", ""},
		{"type", "a type without a driver", "fstype=nfs4", ""},
		{"options", "an option that is none", "options=nonsense", ""},
		{"options", "two commas", "options=ro,,noatime", ""},
		{"fsck", "a word for fsck that is none", "run_fsck=perhaps", ""},
		{"clone", "a clone", "CRM_meta_clone=0 CRM_meta_clone_max=2", ""},
	}
}
