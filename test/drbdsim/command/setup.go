package command

import (
	"bufio"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/text"
)

// setup is drbdsetup.
func (t *Tool) setup(ctx context.Context, args []string) int {
	q := take(args)
	switch q.verb {
	case "status":
		return t.setupStatus(q)
	case "events2":
		return t.events(ctx, q)
	case "show":
		return t.show(q)
	case "role", "cstate", "dstate", "get-gi", "show-gi":
		return t.setupAsk(q)
	case "primary", "secondary", "down", "outdate", "detach", "invalidate", "invalidate-remote", "pause-sync", "resume-sync",
		"suspend-io", "resume-io", "new-current-uuid", "verify":
		return t.setupChange(ctx, q)
	case "disconnect":
		return t.setupChange(ctx, q)
	}
	t.usage()
	return core.CodeUsage
}

// usage is what the tools for 8.4 print when they do not understand.
func (t *Tool) usage() {
	t.say("%s", `
USAGE: drbdsetup command device arguments options

Device is usually /dev/drbdX or /dev/drbd/X.

Commands are:
    primary             secondary           attach              
    disk-options        detach              connect             
    net-options         disconnect          resize              
    resource-options    new-current-uuid    invalidate          
    invalidate-remote   pause-sync          resume-sync         
    suspend-io          resume-io           outdate             
    verify              down                state               
    role                sh-status           cstate              
    dstate              show-gi             get-gi              
    show                status              check-resize        
    events              events2             wait-connect        
    wait-sync           new-resource        new-minor           
    del-minor           del-resource        

To get more details about a command issue 'drbdsetup help cmd'.

`)
}

func (t *Tool) setupStatus(q request) int {
	if !q.has("--json") {
		return t.status(t.view, q.names, q.options...)
	}
	if !t.nine() {
		t.usage()
		t.complain("status: unrecognized option '--json'")
		return core.CodeUsage
	}
	view, missing := only(t.view, q.names)
	t.say("%s", text.JSON(view))
	return t.noSuch(missing)
}

// only is a view of the resources that are named, and the first name that there is not.
func only(v core.View, names []string) (core.View, string) {
	if len(names) == 0 || slices.Contains(names, "all") {
		return v, ""
	}
	one := v
	one.Resources = nil
	missing := ""
	for _, name := range names {
		i := slices.IndexFunc(v.Resources, func(r core.ResourceView) bool { return r.Name == name })
		if i < 0 {
			missing = name
			continue
		}
		one.Resources = append(one.Resources, v.Resources[i])
	}
	return one, missing
}

func (t *Tool) noSuch(name string) int {
	if name == "" {
		return 0
	}
	t.complain("%s: No such resource", name)
	return core.CodeRefused
}

// status prints resources for people.
func (t *Tool) status(v core.View, names []string, options ...string) int {
	if t.nine() && len(v.Resources) == 0 {
		t.say("# No currently configured DRBD found.\n")
	}
	view, missing := only(v, names)
	t.say("%s", text.Status(view, text.Options{
		Verbose: slices.Contains(options, "--verbose"), Statistics: slices.Contains(options, "--statistics"),
	}))
	return t.noSuch(missing)
}

// target finds what a command of drbdsetup is about: a minor number or, with 9, a resource.
func (t *Tool) target(name string) (core.ResourceView, core.VolumeView, int) {
	minor, err := strconv.Atoi(strings.TrimPrefix(name, "/dev/drbd"))
	if err == nil {
		if r, v, ok := t.byMinor(minor); ok {
			return r, v, 0
		}
		t.print(name, core.Result{Error: "Failure: (127) Device minor not allocated", Info: []string{"unknown minor"}})
		return core.ResourceView{}, core.VolumeView{}, core.CodeRefused
	}
	if r, ok := t.up(name); ok {
		return r, core.VolumeView{VolumeSettings: core.VolumeSettings{Number: core.AllVolumes}}, 0
	}
	t.print(name, core.Result{Error: "Failure: (158) Unknown resource", Info: []string{"unknown resource"}})
	return core.ResourceView{}, core.VolumeView{}, core.CodeRefused
}

func (t *Tool) setupChange(ctx context.Context, q request) int {
	if len(q.names) == 0 {
		t.usage()
		return core.CodeUsage
	}
	object := q.names[0]
	if _, err := strconv.Atoi(strings.TrimPrefix(object, "/dev/drbd")); err != nil && !t.nine() && q.verb != "down" && q.verb != "disconnect" {
		t.complain("Cannot determine minor device number of device '%s'", object)
		return core.CodeUsage
	}
	if q.verb == "disconnect" && !t.nine() {
		return t.disconnectAddress(ctx, q)
	}
	r, v, code := t.target(object)
	if code != 0 {
		return code
	}
	return t.do(ctx, object, core.Command{
		Verb: q.verb, Resource: r.Name, Volume: v.Number, Force: q.has("--force"), ClearBitmap: q.has("--clear-bitmap"),
	})
}

// disconnectAddress is drbdsetup disconnect LOCAL REMOTE of 8.4.
func (t *Tool) disconnectAddress(ctx context.Context, q request) int {
	for _, r := range t.view.Resources {
		for _, p := range r.Peers {
			if len(q.names) == 2 && q.names[0] == "ipv4:"+p.Local.String() && q.names[1] == "ipv4:"+p.Remote.String() {
				return t.do(ctx, "??", core.Command{Verb: core.Disconnect, Resource: r.Name, Peer: p.Name})
			}
		}
	}
	t.print("??", core.Result{Error: "Failure: (162) Invalid configuration request", Info: []string{"unknown connection"}})
	return core.CodeRefused
}

// setupAsk is role and the like, about a minor or a resource.
func (t *Tool) setupAsk(q request) int {
	if len(q.names) == 0 {
		t.usage()
		return core.CodeUsage
	}
	r, v, code := t.target(q.names[0])
	if code != 0 {
		return code
	}
	if v.Number != core.AllVolumes {
		r.Volumes = []core.VolumeView{v}
	}
	switch q.verb {
	case "role":
		t.say("%s", text.Role(t.gen, r))
	case "cstate":
		t.say("%s", text.CState(t.gen, r))
	case "dstate":
		t.say("%s", text.DState(t.gen, r))
	default:
		for _, v := range r.Volumes {
			t.printGI(q.verb, t.view.Metas[core.BackingName(r.Name, v.Number)], r.Name, v.Number)
		}
	}
	return 0
}

// events is events2: the dump, and unless --now is given everything that changes.
func (t *Tool) events(ctx context.Context, q request) int {
	stamp := func(line string) string {
		if !q.has("--timestamps") {
			return line + "\n"
		}
		return time.Now().Format("2006-01-02T15:04:05.000000-07:00") + " " + line + "\n"
	}
	print := func(lines []string) {
		for _, line := range lines {
			t.say("%s", stamp(line))
		}
	}
	statistics := q.has("--statistics")
	view, missing := only(t.view, q.names)
	print(text.Dump(view, statistics))
	if q.has("--now") {
		return t.noSuch(missing)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	requests := make(chan struct{})
	if q.has("--poll") {
		go t.polls(ctx, stop, requests)
	}
	views := t.follow(ctx)
	before := text.Objects(view, false)
	for {
		select {
		case v, more := <-views:
			if !more {
				return 0
			}
			v, _ = only(v, q.names)
			after := text.Objects(v, false)
			print(text.Changes(before, after, text.Objects(v, statistics)))
			before = after
		case <-requests:
			// The kernel sends no event when only counters change: --poll asks again.
			v, err := t.Kernel.View(ctx)
			if err != nil {
				return core.CodeUsage
			}
			v, _ = only(v, q.names)
			for _, o := range text.Objects(v, statistics) {
				print([]string{o.Line("change")})
			}
		}
	}
}

// polls reads the lines n of standard input.
func (t *Tool) polls(ctx context.Context, stop func(), requests chan<- struct{}) {
	defer stop()
	for lines := bufio.NewScanner(t.In); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) != "n" {
			continue
		}
		select {
		case requests <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}

// follow delivers views as they change.
func (t *Tool) follow(ctx context.Context) <-chan core.View {
	views := make(chan core.View)
	go func() {
		defer close(views)
		for since := uint64(0); ; {
			v, version, err := t.Kernel.Await(ctx, since)
			if ctx.Err() != nil || err != nil && !errors.Is(err, context.DeadlineExceeded) {
				return
			}
			since = version
			select {
			case views <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	return views
}
