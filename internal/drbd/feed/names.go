package feed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"ocfbox/internal/drbd"
	"ocfbox/internal/run"
)

// named gives the rows of the kernel's file their names. The command takes time in which the state may move, so the
// file is read again after it: the states are of one moment, and the latest.
func (s Source) named(ctx context.Context, o Options, rows drbd.Host) drbd.Host {
	if len(rows.Resources) == 0 {
		return rows
	}
	var objects drbd.Host
	var names []drbd.DeviceName
	var err error
	switch generation := rows.Version.Generation; {
	case generation >= drbd.Gen84:
		objects, err = s.objects(ctx, rows.Version)
		names = namesOf(objects)
	case !o.Adm:
		return rows
	case generation == drbd.Gen83:
		names, err = s.namesBySHStatus(ctx)
	default:
		names, err = s.namesByDevice(ctx)
	}
	switch latest, again := s.rows(); {
	case again == nil:
		rows = latest
	case errors.Is(again, fs.ErrNotExist):
		return drbd.Host{}
	}
	host := withObjects(rows.Named(names), objects)
	if err != nil {
		host.Problems = append(host.Problems, fmt.Sprintf("names of resources: %v", err))
	}
	return host
}

// objects asks 8.4 for its objects: their names, and what the kernel's file does not tell.
func (s Source) objects(ctx context.Context, version drbd.Version) (drbd.Host, error) {
	text, err := s.ask(ctx, run.Cmd{Path: drbdsetup, Args: []string{"events2", "--now", "--statistics"}})
	if err != nil {
		return drbd.Host{}, err
	}
	return drbd.ParseEvents(text, version)
}

func namesOf(objects drbd.Host) []drbd.DeviceName {
	var names []drbd.DeviceName
	for _, r := range objects.Resources {
		for _, v := range r.Volumes {
			if v.Minor >= 0 {
				names = append(names, drbd.DeviceName{Minor: v.Minor, Resource: r.Name, Volume: v.Number})
			}
		}
	}
	return names
}

// withObjects adds to rows with names what only the objects tell: sizes, why I/O is suspended, what holds it back.
// States are the rows'.
func withObjects(host, objects drbd.Host) drbd.Host {
	for i := range host.Resources {
		r := &host.Resources[i]
		o := objects.Resource(r.Name)
		if r.Name == "" || o == nil {
			continue
		}
		if len(r.Suspended) > 0 && len(o.Suspended) > 0 {
			r.Suspended = o.Suspended
		}
		for j := range r.Volumes {
			if k := slices.IndexFunc(o.Volumes, func(v drbd.Volume) bool {
				return v.Number == r.Volumes[j].Number
			}); k >= 0 {
				addObject(&r.Volumes[j], o.Volumes[k])
			}
		}
		if len(o.Peers) == 1 {
			for j := range r.Peers {
				r.Peers[j].Name = o.Peers[0].Name
			}
		}
	}
	return host
}

func addObject(v *drbd.Volume, object drbd.Volume) {
	v.SizeKiB = object.SizeKiB
	v.Backing = object.Backing
	if v.Blocked == "" {
		v.Blocked = object.Blocked
	}
}

// namesBySHStatus asks 8.3's drbdadm, which prints a block of variables for each device.
func (s Source) namesBySHStatus(ctx context.Context) ([]drbd.DeviceName, error) {
	text, err := s.ask(ctx, run.Cmd{Path: drbdadm, Args: []string{"sh-status"}})
	if err != nil {
		return nil, err
	}
	return readSHStatus(string(text)), nil
}

const drbdadm = "drbdadm"

// readSHStatus reads the variables; a block begins with the name in the configuration.
func readSHStatus(text string) []drbd.DeviceName {
	var names []drbd.DeviceName
	now := drbd.DeviceName{Minor: -1}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		number, err := strconv.ParseUint(value, 10, 20)
		switch {
		case key == "_conf_res_name":
			now = drbd.DeviceName{Minor: -1, Resource: value}
		case key == "_minor" && err == nil:
			now.Minor = int(number)
		case key == "_conf_volume" && err == nil:
			now.Volume = int(number)
		case key == "_sh_status_process":
			if now.Minor >= 0 && now.Resource != "" {
				names = append(names, now)
			}
			now.Minor, now.Volume = -1, 0
		}
	}
	return names
}

// maxResources bounds the commands for names where each resource needs one.
const maxResources = 64

// namesByDevice asks for the device of each resource: before 8.3 a resource has one volume.
func (s Source) namesByDevice(ctx context.Context) ([]drbd.DeviceName, error) {
	text, err := s.ask(ctx, run.Cmd{Path: drbdadm, Args: []string{"sh-resources"}})
	if err != nil {
		return nil, err
	}
	var names []drbd.DeviceName
	resources := strings.Fields(string(text))
	for _, resource := range resources[:min(len(resources), maxResources)] {
		text, askErr := s.ask(ctx, run.Cmd{Path: drbdadm, Args: []string{"sh-dev", resource}})
		minor, ok := minorOf(strings.TrimSpace(string(text)))
		switch {
		case askErr != nil:
			err = errors.Join(err, askErr)
		case !ok:
			err = errors.Join(err, fmt.Errorf("device of %s: %w: %.80q", resource, drbd.ErrUnreadable, text))
		default:
			names = append(names, drbd.DeviceName{Minor: minor, Resource: resource})
		}
	}
	return names, err
}

// minorOf is the minor of a device file: /dev/drbdN, and /dev/nbd/N or /dev/nbN of old ones.
func minorOf(device string) (int, bool) {
	digits := strings.TrimLeft(path.Base(device), "abcdefghijklmnopqrstuvwxyz")
	minor, err := strconv.ParseUint(digits, 10, 20)
	return int(minor), err == nil && strings.HasPrefix(device, "/dev/")
}
