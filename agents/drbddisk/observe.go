package drbddisk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/hana"
	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// lookLimit bounds one look at DRBD. A command takes less than a second, and on a machine that is nearly dead six.
const lookLimit = 10 * time.Second

// A watcher looks at one resource. It reads DRBD's configuration once, and only when that is asked for.
type watcher struct {
	*disk
	call   *ocf.Call
	read   bool
	setup  feed.Configuration
	reason error
}

func (d *disk) watch(c *ocf.Call) *watcher { return &watcher{disk: d, call: c} }

// configured is what DRBD's configuration says of the resource.
func (w *watcher) configured() (feed.Configuration, error) {
	if !w.read {
		w.read = true
		w.setup, w.reason = feed.Configured(w.root, w.configuration, w.resource)
	}
	return w.setup, w.reason
}

// look asks DRBD and the kernel once. With deep, what DRBD's configuration and the kernel's log say is there too, which
// only a decision to promote needs.
func (w *watcher) look(ctx context.Context, deep bool) Observation {
	limit := lookLimit
	if !deep {
		// Something of a monitor's time is left to say that there was no answer.
		limit = min(limit, hana.Left(ctx)*3/4)
	}
	asking, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	o := Observation{Resource: w.resource}
	w.ask(asking, deep, &o)
	w.kernel(&o)
	w.call.Log.Debug("DBG: standing=%s observation=%+v", o.Standing(), o)
	return o
}

// ask takes what DRBD says.
func (w *watcher) ask(ctx context.Context, deep bool, o *Observation) {
	log := feed.LogNever
	if deep {
		log = feed.LogWhenLost
		setup, _ := w.configured()
		o.Setup = Setup{Fences: setup.Fences(), TwoPrimaries: setup.TwoPrimaries(), Hosts: len(setup.Hosts)}
	}
	source := feed.New(w.call.Runner, w.call.Env)
	source.Proc = cmp.Or(source.Proc, w.at(feed.DefaultProc))
	view, err := source.Gather(ctx, feed.Options{Log: log})
	host := view.Host
	if err == nil && slices.ContainsFunc(host.Resources, nameless) {
		host, err = w.name(ctx, source, host)
	}
	o.Loaded, o.Generation = host.Loaded, host.Version.Generation
	switch {
	case err != nil:
		o.Problem = err.Error()
	case !host.Loaded && w.call.Env(feed.ProcVariable) == "" && w.exists("/sys/module/drbd"):
		o.Problem = "the kernel has DRBD, and no " + feed.DefaultProc
	default:
		o.Answered = true
		o.State = host.Resource(w.resource)
		o.Verdict = judged(host.Only(w.resource), view.Log)
	}
}

// judged is what the resource's state is worth.
func judged(host drbd.Host, log []drbd.LogEvent) drbd.Verdict {
	if len(host.Resources) == 0 {
		return drbd.Verdict{}
	}
	return drbd.Classify(drbd.Observation{Local: host, Log: log}).Verdict
}

// nameless reports whether a resource is a row of /proc/drbd that got no name.
func nameless(r drbd.Resource) bool {
	return r.Name == "" && slices.ContainsFunc(r.Volumes, func(v drbd.Volume) bool { return !v.Unconfigured })
}

// name gives rows their names by DRBD's configuration, and where that does not know the minors, by drbdadm. Rows that
// have none then are other resources', unless nothing is known of this one's.
func (w *watcher) name(ctx context.Context, source feed.Source, host drbd.Host) (drbd.Host, error) {
	setup, err := w.configured()
	if len(setup.Devices) > 0 {
		return host.Named(setup.Devices), nil
	}
	view, gatherErr := source.Gather(ctx, feed.Options{Adm: true})
	if err = errors.Join(err, gatherErr); gatherErr == nil && slices.ContainsFunc(view.Host.Resources, nameless) {
		return view.Host, errors.Join(fmt.Errorf("which resources there are is not known: %s",
			strings.Join(view.Host.Problems, "; ")), err)
	}
	return view.Host, gatherErr
}

// kernel takes what the kernel says about the devices: where they are mounted, and which may be written.
func (w *watcher) kernel(o *Observation) {
	minors := w.minors(o)
	if len(minors) == 0 {
		return
	}
	for _, minor := range minors {
		text, err := ocf.ReadFile(w.at(fmt.Sprintf("/sys/block/drbd%d/ro", minor)))
		if err == nil && strings.TrimSpace(string(text)) == "0" {
			o.Writable = append(o.Writable, deviceFile(minor))
		}
	}
	text, err := ocf.ReadFile(w.at("/proc/self/mountinfo"))
	if err != nil {
		return
	}
	table, err := mount.Parse(text)
	if err != nil {
		return
	}
	for _, minor := range minors {
		for _, entry := range table.On(mount.MakeDevice(major, uint32(minor))) {
			if !entry.SuperReadOnly() {
				o.Mounted = append(o.Mounted, entry.Point)
			}
		}
	}
}

// major is DRBD's device number, as registered in the kernel's devices.txt.
const major = 147

func deviceFile(minor int) string { return "/dev/drbd" + strconv.Itoa(minor) }

// minors are those of the resource's volumes, from the kernel, and where that does not have it or says nothing, from the
// configuration.
func (w *watcher) minors(o *Observation) []int {
	var minors []int
	if o.State != nil {
		for _, v := range o.State.Volumes {
			minors = append(minors, v.Minor)
		}
		return minors
	}
	if o.Answered && !o.Loaded {
		return nil
	}
	setup, _ := w.configured()
	for _, device := range setup.Devices {
		minors = append(minors, device.Minor)
	}
	return minors
}

func (d *disk) exists(path string) bool {
	_, err := os.Stat(filepath.Join(d.root, path))
	return !errors.Is(err, fs.ErrNotExist)
}
