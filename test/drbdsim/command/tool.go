package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"ocfbox/test/drbdsim/core"
)

// A Kernel is a node's DRBD.
type Kernel interface {
	// Do carries out a command and waits for its end.
	Do(ctx context.Context, c core.Command) (core.Result, error)
	// View shows the node. Any of it loads the module.
	View(ctx context.Context) (core.View, error)
	// Await returns a view when something but counters has changed since one with this version, or when ctx ends.
	Await(ctx context.Context, since uint64) (core.View, uint64, error)
}

// The names of the tools.
const (
	Adm   = "drbdadm"
	Setup = "drbdsetup"
)

// A Tool is drbdadm or drbdsetup as it was called.
type Tool struct {
	Kernel Kernel
	// Host is the node's name, Config the configuration's path.
	Host, Config string
	In           io.Reader
	Out, Err     io.Writer

	gen  core.Generation
	view core.View
}

// Function is the part of a command line that has a switch of its own.
func Function(args []string) string {
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			return a
		}
	}
	return ""
}

// Run is the tool called by a name. It returns the exit code.
func (t Tool) Run(ctx context.Context, name string, args []string) int {
	view, err := t.Kernel.View(ctx)
	if err != nil {
		t.complain("%v", err)
		return core.CodeUsage
	}
	t.view, t.gen = view, view.Generation
	if name == Setup {
		return t.setup(ctx, args)
	}
	return t.adm(ctx, args)
}

func (t *Tool) say(format string, args ...any)      { fmt.Fprintf(t.Out, format, args...) }
func (t *Tool) complain(format string, args ...any) { fmt.Fprintf(t.Err, format+"\n", args...) }

func (t *Tool) nine() bool { return t.gen == core.Gen9 }

// setupName is what drbdadm calls drbdsetup.
func (t *Tool) setupName() string {
	if t.nine() {
		return "drbdsetup"
	}
	return "drbdsetup-84"
}

// up finds a resource in the kernel.
func (t *Tool) up(name string) (core.ResourceView, bool) {
	i := slices.IndexFunc(t.view.Resources, func(r core.ResourceView) bool { return r.Name == name })
	if i < 0 {
		return core.ResourceView{}, false
	}
	return t.view.Resources[i], true
}

// byMinor finds a volume in the kernel.
func (t *Tool) byMinor(minor int) (core.ResourceView, core.VolumeView, bool) {
	for _, r := range t.view.Resources {
		for _, v := range r.Volumes {
			if v.Minor == minor {
				return r, v, true
			}
		}
	}
	return core.ResourceView{}, core.VolumeView{}, false
}

// object is what the kernel is asked about: 8.4 knows devices where 9 knows resources.
func (t *Tool) object(s core.Settings) string {
	if t.nine() {
		return s.Name
	}
	return strconv.Itoa(s.Volumes[0].Minor)
}

// print shows an answer of the kernel, about an object.
func (t *Tool) print(object string, r core.Result) {
	for _, line := range r.Output {
		t.complain("%s", line)
	}
	if r.Error == "" {
		return
	}
	t.complain("%s: %s", object, r.Error)
	for i, line := range r.Info {
		if i == 0 {
			t.complain("additional info from kernel:")
		}
		t.complain("%s", line)
	}
}

// ended is the last word of drbdadm about a program that it called.
func (t *Tool) ended(program string, code int) int {
	t.complain("Command '%s' terminated with exit code %d", program, code)
	return code
}

// do gives a command to the kernel and prints what went wrong, as drbdadm does that calls drbdsetup.
func (t *Tool) do(ctx context.Context, object string, c core.Command, called ...string) int {
	r, err := t.Kernel.Do(ctx, c)
	if err != nil {
		t.complain("%v", err)
		return core.CodeUsage
	}
	t.print(object, r)
	if r.Code == 0 || len(called) == 0 {
		return r.Code
	}
	return t.ended(strings.Join(append([]string{t.setupName()}, called...), " "), r.Code)
}
