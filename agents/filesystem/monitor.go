package filesystem

import (
	"context"
	"errors"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// The check levels of a monitor (filesystem.md 8).
const (
	levelMounted = 0  // the file system is mounted
	levelRead    = 10 // and its device can be read
	levelWrite   = 20 // and a file can be written and read back
)

// monitor answers whether the file system is mounted, and at the deeper levels whether it works.
func (a *config) monitor(ctx context.Context, c *ocf.Call) error {
	defer a.calls.Close()
	o, err := a.look(c)
	if err != nil {
		return err
	}
	if err := verdict(o, c.Probe()); err != nil {
		return err
	}
	if err := a.refuseSibling(c, o); err != nil {
		return err
	}
	a.warnReadOnly(c, o)
	return a.deepCheck(ctx, c, o)
}

// status is monitor's older twin for people and init scripts, without the deeper levels. It says what it found in
// the log; its caller may read standard output for words.
func (a *config) status(_ context.Context, c *ocf.Call) error {
	o, err := a.look(c)
	if err != nil {
		return err
	}
	c.Log.Info("%s: %s", o.state(), o.describe())
	return verdict(o, false)
}

// verdict is the answer of a monitor, recurring or probe (filesystem.md 5). A probe that meets a foreign mount
// answers that the resource is not running: it is not.
func verdict(o observation, probe bool) error {
	switch s := o.state(); {
	case s == running:
		return nil
	case s == stopped, s == foreign && probe:
		return ocf.NotRunning
	default:
		return ocf.ErrGeneric.With("%s", o.describe())
	}
}

// look checks the configuration and looks at the mount: with single questions when all is well, and else with the
// table of all mounts.
func (a *config) look(c *ocf.Call) (observation, error) {
	if err := a.checkIdentity(c); err != nil {
		return observation{}, err
	}
	if o, ok := a.glance(c); ok {
		return o, nil
	}
	o, err := a.observe(c, false)
	if err != nil {
		return o, err
	}
	return o, refuseRoot(c, o.point)
}

// glance sees that all is well, at a cost that does not grow with the number of mounts. It is sure of nothing else:
// whatever is not certainly the resource's mount in its place is left to a look at the table.
func (a *config) glance(c *ocf.Call) (observation, bool) {
	c.Log.Trace("look at %s", a.directory)
	sight, err := mount.Look(a.directory)
	if err != nil || !sight.MountPoint || !sight.Sure || a.seesRoot(c, sight) {
		return observation{}, false
	}
	o := observation{point: a.directory}
	if k, _ := a.formOf(); k == tagged || sight.Device.Anonymous() && k.onDevice() {
		// What the tag leads to now matters less than what start has mounted, and costs more to find out.
		if o.record, err = a.loadRecord(c); err == nil && o.record.Wish == a.device {
			if now, err := mount.Identify(a.directory); err == nil && now.Unique != 0 && now.Same(o.record.Mount) {
				o.source = source{kind: k, text: a.device}
				return a.seen(o, sight), true
			}
		}
	}
	if k, _ := a.formOf(); k == loop {
		c.Log.Trace("ask what is behind %s", sight.Device)
		if mount.Backing(sight.Device) == a.device {
			o.source = source{kind: loop, text: a.device, path: a.device, there: true}
			return a.seen(o, sight), true
		}
	}
	o.source = a.resolve(c)
	e := mount.Entry{Device: sight.Device}
	switch {
	case !o.source.kind.onDevice():
	case o.source.kind == loop:
		if !o.source.owns(e, o.source.clue(e), false, false) {
			return observation{}, false
		}
	case !o.source.there || sight.Device != o.source.device:
		return observation{}, false
	}
	return a.seen(o, sight), true
}

// seesRoot reports whether what was seen is the root directory, through a link or in spite of a name.
func (a *config) seesRoot(c *ocf.Call, sight mount.Sight) bool {
	c.Log.Trace("look at /")
	root, err := mount.Look("/")
	return err != nil || root.ID == sight.ID
}

// seen is the observation of the resource's own mount in its place.
func (a *config) seen(o observation, sight mount.Sight) observation {
	o.visible = sight.ID
	o.layers = []layer{{mount.Entry{ID: sight.ID, Device: sight.Device, Point: o.point}, true}}
	return o
}

// refuseSibling answers that the resource has failed when something is mounted where stop would move it to: a stop
// was cut short, or it would fail (filesystem.md 7.4).
func (a *config) refuseSibling(c *ocf.Call, o observation) error {
	if !a.moveWanted() {
		return nil
	}
	beside := sibling(o.table.Canonical(o.point))
	c.Log.Trace("look at %s", beside)
	if sight, err := mount.Look(beside); err == nil && sight.MountPoint {
		return ocf.ErrGeneric.With("something is mounted on %s, to which stop moves %s with force_unmount=move; unmount it",
			beside, o.point)
	}
	return nil
}

// warnReadOnly warns of a file system that was to be writable and is not any more, as after errors. The question
// stays within the kernel for local file systems; a network's server, or the program behind a fuseblk, might not answer.
func (a *config) warnReadOnly(c *ocf.Call, o observation) {
	if !o.source.kind.onDevice() || strings.HasPrefix(a.fstype, "fuse") || mount.HasOption(a.options, "ro") {
		return
	}
	c.Log.Trace("ask whether %s can be written", o.point)
	if errors.Is(unix.Access(o.point, unix.W_OK), unix.EROFS) {
		c.Log.Warn("%s on %s is read-only and was not asked to be", a.device, o.point)
	}
}

// deepCheck is what a monitor does beyond looking, by its check level.
func (a *config) deepCheck(ctx context.Context, c *ocf.Call, o observation) error {
	switch c.CheckLevel {
	case levelMounted:
		return nil
	case levelRead:
		return a.checkDevice(ctx, c, o)
	case levelWrite:
		return a.checkFile(ctx, c, o)
	}
	return ocf.ErrConfigured.With("OCF_CHECK_LEVEL=%d: the levels are 0, 10 and 20", c.CheckLevel)
}
