package command

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"ocfbox/test/drbdsim/core"
)

// admUp brings a resource up: drbdmeta applies the activity log, then drbdsetup makes the objects.
func (t *Tool) admUp(ctx context.Context, _ request, s core.Settings) int {
	r, err := t.Kernel.Do(ctx, core.Command{Verb: core.Up, Resource: s.Name, Settings: &s})
	if err != nil {
		t.complain("%v", err)
		return core.CodeUsage
	}
	v := s.Volumes[0]
	switch {
	case r.Code == core.CodeUsage:
		t.print(s.Name, r)
		t.ended(fmt.Sprintf("drbdmeta %d v08 %s internal apply-al", v.Minor, v.Disk), r.Code)
		return core.CodeConfig
	case r.Code == core.CodeRefused:
		object := fmt.Sprintf("new-minor %s %d %d", s.Name, v.Minor, v.Number)
		t.complain("%s: sysfs node '/sys/devices/virtual/block/drbd%d' (already? still?) exists", object, v.Minor)
		t.print(s.Name, r)
		t.ended(t.setupName()+" "+object, r.Code)
		return core.CodeConfig
	}
	t.print(s.Name, r)
	return r.Code
}

func (t *Tool) admDown(ctx context.Context, _ request, s core.Settings) int {
	return t.do(ctx, s.Name, core.Command{Verb: core.Down, Resource: s.Name}, core.Down, s.Name)
}

func (t *Tool) admRole(ctx context.Context, q request, s core.Settings) int {
	called := []string{q.verb, t.object(s)}
	c := core.Command{Verb: q.verb, Resource: s.Name}
	if q.verb == core.ToPrimary && (q.has("--force") || q.has("-f") || q.has("--overwrite-data-of-peer")) {
		c.Force = true
		called = append(called, "--force")
	}
	return t.do(ctx, t.object(s), c, called...)
}

func (t *Tool) admConnect(ctx context.Context, q request, s core.Settings) int {
	for _, p := range s.Peers {
		called := []string{"connect", s.Name, strconv.Itoa(p.NodeID)}
		if !t.nine() {
			called = []string{"connect", s.Name, "ipv4:" + p.Local.String(), "ipv4:" + p.Remote.String()}
			for _, o := range s.NetOptions {
				called = append(called, "--"+o.Name+"="+o.Value)
			}
			called = append(called, "--protocol="+s.Net.Protocol)
		}
		c := core.Command{Verb: core.Connect, Resource: s.Name, Peer: p.Name, Discard: q.has("--discard-my-data"), Settings: &s}
		if code := t.do(ctx, s.Name, c, called...); code != 0 {
			return code
		}
	}
	return 0
}

func (t *Tool) admDisconnect(ctx context.Context, _ request, s core.Settings) int {
	for _, p := range s.Peers {
		object, called := s.Name, []string{"disconnect", s.Name, strconv.Itoa(p.NodeID)}
		if !t.nine() {
			object, called = "??", []string{"disconnect", "ipv4:" + p.Local.String(), "ipv4:" + p.Remote.String()}
		}
		c := core.Command{Verb: core.Disconnect, Resource: s.Name, Peer: p.Name}
		if code := t.do(ctx, object, c, called...); code != 0 {
			return code
		}
	}
	return 0
}

// admVolume is for commands that drbdadm gives volume by volume.
func (t *Tool) admVolume(ctx context.Context, q request, s core.Settings) int {
	for _, v := range s.Volumes {
		minor := strconv.Itoa(v.Minor)
		c := core.Command{Verb: q.verb, Resource: s.Name, Volume: v.Number, ClearBitmap: q.has("--clear-bitmap")}
		if code := t.do(ctx, minor, c, append([]string{q.verb, minor}, q.options...)...); code != 0 {
			return code
		}
	}
	return 0
}

// admOutdate works with 8.4. With 9 these tools go for the meta data although the kernel has the disk.
func (t *Tool) admOutdate(ctx context.Context, q request, s core.Settings) int {
	if _, up := t.up(s.Name); up && t.nine() {
		v := s.Volumes[0]
		t.complain("Device '%d' is configured!", v.Minor)
		return t.ended(fmt.Sprintf("drbdmeta %d v09 %s internal outdate", v.Minor, v.Disk), core.CodeUsage)
	}
	return t.admVolume(ctx, q, s)
}

func (t *Tool) admAdjust(ctx context.Context, q request, s core.Settings) int {
	if _, up := t.up(s.Name); !up {
		return t.admUp(ctx, q, s)
	}
	return t.do(ctx, s.Name, core.Command{Verb: core.Adjust, Resource: s.Name, Settings: &s}, "adjust", s.Name)
}

// admCreate is create-md: it asks before it overwrites, and nobody is there to answer.
func (t *Tool) admCreate(ctx context.Context, q request, s core.Settings) int {
	for _, v := range s.Volumes {
		if code := t.createOne(ctx, q, s, v); code != 0 {
			return code
		}
	}
	return 0
}

func (t *Tool) createOne(ctx context.Context, q request, s core.Settings, v core.VolumeSettings) int {
	version := "v08"
	if t.nine() {
		version = "v09"
	}
	one := s
	one.Volumes = []core.VolumeSettings{v}
	_, there := t.view.Metas[core.BackingName(s.Name, v.Number)]
	force := q.has("--force")
	if there {
		t.complain("You want me to create a %s style flexible-size internal meta data block.", version)
		t.complain("There appears to be a %s flexible-size internal meta data block", version)
		t.complain("already in place on %s at byte offset 268431360", v.Disk)
		t.complain("\nDo you really want to overwrite the existing meta-data?")
		if !force {
			t.complain("stdin not a TTY, not waiting for confirmation")
			t.say("Operation cancelled.\n")
			return core.CodeConfig
		}
		t.complain("*** confirmation forced via --force option ***")
	}
	r, err := t.Kernel.Do(ctx, core.Command{Verb: core.CreateMD, Resource: s.Name, Settings: &one, Force: force})
	if err != nil || r.Code != 0 {
		t.complain("%s", strings.TrimSpace(fmt.Sprint(r.Error, " ", err)))
		return core.CodeConfig
	}
	t.complain("initializing bitmap (8 KB) to all zero")
	t.say("initializing activity log\nWriting meta data...\nNew drbd meta data block successfully created.\n")
	return 0
}
