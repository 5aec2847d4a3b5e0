package filesystem

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// start mounts the file system (filesystem.md 6). One that is mounted already is left as it is.
func (a *config) start(ctx context.Context, c *ocf.Call) error {
	defer a.calls.Close()
	if err := a.checkIdentity(c); err != nil {
		return err
	}
	if !c.Root() {
		return notRoot(c, "start")
	}
	if err := a.checkClone(c); err != nil {
		return err
	}
	// What an earlier start that was killed has left in the kernel is waited for: its mount counts.
	unlock, err := a.awaitMount(ctx, c)
	if err != nil {
		return err
	}
	unlock()
	o, err := a.observe(c, false)
	if err != nil {
		return err
	}
	if err := refuseRoot(c, o.point); err != nil {
		return err
	}
	if o.state() == running {
		c.Log.Info("%s already", o.describe())
		a.adopt(c, o)
		return nil
	}
	if err := a.refuseStart(c, o); err != nil {
		return err
	}
	if err := a.prepare(ctx, c, &o); err != nil {
		return err
	}
	return a.mount(ctx, c, o)
}

// notRoot refuses an action that changes something.
func notRoot(c *ocf.Call, action string) error {
	code := ocf.ErrPerm
	if c.Compat == "4.12" {
		code = ocf.ErrGeneric
	}
	return code.With("%s needs root", action)
}

// refuseStart refuses to mount where the mount would lie on, or over, what is not the resource's.
func (a *config) refuseStart(c *ocf.Call, o observation) error {
	if o.state() != stopped {
		return ocf.ErrGeneric.With("%s; nothing was mounted", o.describe())
	}
	if err := a.refuseSibling(c, o); err != nil {
		return err
	}
	for _, e := range o.table.Below(o.point) {
		if seen, ok := o.table.Visible(e.Point); !ok || seen.ID != e.ID {
			continue
		}
		if hidden(o.point, e.Point) {
			c.Log.Warn("%s is mounted on %s, and will be hidden below the new mount", nameOf(e), e.Point)
			continue
		}
		return ocf.ErrConfigured.With("%s is mounted on %s, below the mount point, on node %s; unmount it and clean up "+
			"the resource", nameOf(e), e.Point, nodeName())
	}
	return nil
}

// hidden reports whether the name of a mount below the mount point begins like those that tools keep for themselves,
// such as snapshots; such a mount is no obstacle (filesystem.md 6.1, step 5).
func hidden(point, below string) bool {
	name := strings.TrimPrefix(strings.TrimPrefix(below, point), "/")
	if name == "" {
		return false
	}
	first := name[0]
	return !(first >= 'a' && first <= 'z' || first >= 'A' && first <= 'Z' || first >= '0' && first <= '9' || first == '_')
}

// prepare makes sure that there is something to mount, a file system to mount it as, and a place.
func (a *config) prepare(ctx context.Context, c *ocf.Call, o *observation) error {
	if err := a.checkType(ctx, c); err != nil {
		return err
	}
	if o.source.kind.onDevice() {
		if err := a.awaitDevice(ctx, c, &o.source); err != nil {
			return err
		}
	}
	if err := a.checkSystem(ctx, c, o.source); err != nil {
		return err
	}
	if err := a.makePoint(ctx, o.point); err != nil {
		return err
	}
	if o.source.kind == block || o.source.kind == tagged {
		c.Log.Trace("flush the buffers of %s", o.source.path)
		if err := a.apart(ctx, "flush", o.source.path); err != nil {
			c.Log.Debug("flush the buffers of %s: %v", o.source.path, err)
		}
	}
	return nil
}

// makePoint makes the mount point where it does not exist.
func (a *config) makePoint(ctx context.Context, point string) error {
	sight, err := mount.Look(point)
	if err == nil && sight.Directory {
		return nil
	}
	if err == nil {
		return ocf.ErrInstalled.With("mount point %s is no directory", point)
	}
	if err := a.apart(ctx, callMkdirs, point); err != nil {
		return ocf.ErrInstalled.With("make mount point %s: %w", point, err)
	}
	return nil
}

// mount mounts, and makes sure that what start promises is so.
func (a *config) mount(ctx context.Context, c *ocf.Call, before observation) error {
	c.Log.Info("mount %s on %s", before.source.path, before.point)
	if err := a.attach(ctx, c, before); err != nil {
		return err
	}
	now, err := a.observe(c, false)
	if err != nil {
		return err
	}
	if now.state() != running {
		err := fmt.Errorf("%s after it was mounted", now.describe())
		return ocf.ErrGeneric.With("%w", errors.Join(err, a.takeBack(ctx, before, now)))
	}
	a.adopt(c, now)
	a.orderShutdown(ctx, c)
	return nil
}

// attach mounts by ourselves where nothing but the kernel is needed, and else by the program mount.
func (a *config) attach(ctx context.Context, c *ocf.Call, o observation) error {
	if !a.native(c) {
		return a.runMount(ctx, c, o)
	}
	args := []string{a.kernelType(), o.source.path, o.point, a.options, c.State.Dir, mountLock(c)}
	c.Log.Trace("mount %s on %s as %q with %q", o.source.path, o.point, args[0], a.options)
	how, err := a.calls.Do(ctx, callMount, args...)
	switch {
	case err != nil && err.Error() == errUnknownContent.Error():
		return a.runMount(ctx, c, o)
	case err != nil:
		return ocf.ErrGeneric.With("mount %s on %s: %w", o.source.text, o.point, err)
	case how == mountedReadOnly:
		c.Log.Warn("%s cannot be written and was mounted read-only", o.source.text)
	}
	return nil
}

// nativeTypes are the types that need no program to be mounted.
const nativeTypes = " ext2 ext3 ext4 xfs btrfs jfs gfs2 f2fs erofs squashfs iso9660 vfat exfat ntfs3 tmpfs ramfs " +
	"overlay virtiofs 9p "

// native reports whether the mount is ours to make (filesystem.md 6.6).
func (a *config) native(c *ocf.Call) bool {
	options := mount.ParseOptions(a.options)
	if strings.ContainsAny(a.options, " \t\n") || len(options.Foreign) > 0 || options.Bind && len(options.Data) > 0 {
		return false
	}
	fstype := a.namedType()
	return fstype == "" || in(nativeTypes, fstype) && a.helper(c) == ""
}

// kernelType is the type as the kernel is asked for it, "" when it is to be read from the device or there is none.
func (a *config) kernelType() string {
	if mount.ParseOptions(a.options).Bind {
		return ""
	}
	return a.namedType()
}

// runMount mounts with the program mount, with the words that the shell agents give it.
func (a *config) runMount(ctx context.Context, c *ocf.Call, o observation) error {
	var args []string
	if fstype := a.fstype; fstype != "" && fstype != "none" && fstype != "auto" {
		args = append(args, "-t", fstype)
	}
	if words := strings.Fields(a.options); len(words) > 0 {
		args = append(append(args, "-o"), words...)
	}
	args = append(args, o.source.path, o.point)
	result, err := c.Runner.Run(ctx, run.Cmd{Path: "mount", Args: args})
	switch {
	case errors.Is(err, run.ErrNotFound):
		return ocf.ErrInstalled.With("%s needs the program mount: %w", o.source.text, err)
	case err != nil:
		return ocf.ErrGeneric.With("mount %s on %s: %w", o.source.text, o.point, err)
	case !result.OK():
		return ocf.ErrGeneric.With("mount %s on %s: exit %d: %s", o.source.text, o.point, result.Code, result.FirstError())
	}
	return nil
}

// takeBack unmounts what a start has added that did not succeed.
func (a *config) takeBack(ctx context.Context, before, now observation) error {
	for _, l := range now.layers {
		old := slices.ContainsFunc(before.layers, func(b layer) bool { return b.ID == l.ID })
		if !old && l.ID == now.visible {
			return a.apart(ctx, "unmount", strconv.Itoa(l.ID), now.point, "gently")
		}
	}
	return nil
}

// adopt keeps a record of the mount.
func (a *config) adopt(c *ocf.Call, o observation) {
	top := o.top()
	identity, err := mount.Identify(o.point)
	if err == nil {
		err = a.saveRecord(c, record{
			Point: o.point, Mount: identity, Root: top.Root, Type: top.Type, Source: top.Source, Wish: a.device,
		})
	}
	if err != nil {
		c.Log.Warn("no record of the mount is kept: %v", err)
	}
}
