package filesystem

import (
	"ocfbox/internal/abandon"
	"ocfbox/internal/ocf"
)

// A config is the resource's configuration. The texts of device, directory, fstype and options are as configured;
// what they mean on this node is found out by each action.
type config struct {
	device, directory, fstype, options string

	statusPrefix string // of the status file's name, or a folder when it ends in a slash
	fsck         string
	forceClones  bool

	// What only stop reads, as text: an action that does not need it must not fail for it.
	fastStop                                            bool
	forceUnmount, termSignals, killSignals, signalDelay string

	// calls makes the calls of one action that may never return.
	calls abandon.Caller
}

func (a *config) bindMount(p *ocf.Params) {
	text := func(to *string) func(string) error {
		return func(value string) error { *to = value; return nil }
	}
	p.Func(text(&a.device), ocf.Parameter{Name: "device", Flags: ocf.Required,
		Short: "What to mount",
		Long: `The block device, image file, directory or network source to mount. A file system on a block device
may also be named by what is written in it: "-L LABEL", "-U UUID", "LABEL=", "UUID=", "PARTLABEL=", "PARTUUID=" or
"ID=".`})
	p.Func(text(&a.directory), ocf.Parameter{Name: "directory", Flags: ocf.Required,
		Short: "Mount point",
		Long: `The directory on which to mount. It is made by start where it does not exist. Any name will do,
with blanks, brackets or per cent signs; symbolic links are followed.`})
	p.Func(text(&a.fstype), ocf.Parameter{Name: "fstype", Flags: ocf.Required,
		Short: "Type of the file system",
		Long: `The type of the file system, such as "ext4", "xfs" or "nfs4"; "none" for a bind mount. Without a
value, or with "auto", it is read from the device.`})
	p.String(&a.options, "options", "", 0, "Mount options",
		`The mount options, separated by commas. "bind" and "rbind" mount a directory a second time; "ro" then makes
only this mount read-only, never the file system it comes from. "loop" mounts an image file.`)
}

func (a *config) bindChecks(p *ocf.Params) {
	p.String(&a.statusPrefix, "statusfile_prefix", defaultStatusPrefix, 0, "Prefix of the status file",
		`Where a monitor of check level 20 writes, below the mount point: this prefix followed by the names of the
resource and the node. If it ends in a slash, it is a directory.`)
	p.String(&a.fsck, "run_fsck", fsckAuto, 0, "Check the file system before it is mounted",
		`"auto" checks it unless its type has a journal or no checker, "force" always checks it, and "no" never
does.`)
	p.Bool(&a.forceClones, "force_clones", false, 0, "Allow clones of local file systems",
		`Mount a file system on several nodes at once that is not made for it. Two nodes that write to such a file
system destroy it: use this only where each node has its own device, or all mount read-only.`)
}

func (a *config) bindStop(p *ocf.Params) {
	fast, force := stopDefaults(p)
	p.Func(func(value string) error {
		// Set to nothing, it is as if it were not set, but for gfs2.
		a.fastStop = ocf.True(value) || value == "" && fast == "yes" && a.fstype != "gfs2"
		return nil
	}, ocf.Parameter{Name: "fast_stop", Type: "boolean", Default: fast,
		Short: "Give up unmounting soon",
		Long: `Give up unmounting a busy file system after 6 seconds instead of using the operation's whole
time-out.`})
	p.String(&a.forceUnmount, "force_unmount", force, 0, "End processes that keep the file system busy",
		`"true" and "safe" end processes that use the mounts to be unmounted, and no others; "false" ends none, and
stop fails while there are any. "move" after a comma first moves the mount aside, so that no new users arrive.`)
	p.String(&a.termSignals, "term_signals", "TERM", 0, "Signals that ask to end",
		`Signals for the first half of the time, by name or number, separated by blanks.`)
	p.String(&a.killSignals, "kill_signals", "KILL", 0, "Signals that force an end",
		`Signals for the second half of the time, by name or number, separated by blanks.`)
	p.String(&a.signalDelay, "signal_delay", "1", 0, "Seconds between signals",
		`How long to wait after signals before they are sent again, in seconds; fractions are allowed. The file
system is unmounted as soon as its last user has ended.`)
}

// stopDefaults are the defaults of fast_stop and force_unmount, which releases of the Red Hat family have of their
// own (filesystem.md 2). Which release this is costs reading a file, and is asked only where nothing is configured.
func stopDefaults(p *ocf.Params) (fast, force string) {
	if p.IsSet("fast_stop") && p.IsSet("force_unmount") {
		return "no", "true"
	}
	switch release := ocf.ReadRelease(); {
	case !release.RedHat():
		return "no", "true"
	case release.Before(9, 0):
		return "yes", "true"
	}
	return "no", "safe"
}
