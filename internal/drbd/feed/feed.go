// Package feed asks a machine what DRBD says: which file and which command, in which order, and no command at all
// where the kernel has no DRBD, because DRBD's own tools load the module (replication-checker.md 1).
//
// Gather takes one sample, Follow delivers a sample at each change, Remote asks another machine. What the answers mean
// is package drbd's; nothing here judges. Every command has a deadline from its context, and every read is bounded.
package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/run"
)

// A Source is a machine that is asked. The zero value but for its Runner is this one.
type Source struct {
	Runner run.Runner
	// Proc is the kernel's file, DefaultProc when it is empty; Kmsg is its log, DefaultKmsg when it is empty.
	Proc, Kmsg string
	// Name is the machine's name; empty is its host name.
	Name string
}

const (
	// DefaultProc is where the kernel's module tells its state; the file is there while the module is loaded.
	DefaultProc = "/proc/drbd"
	// DefaultKmsg is the kernel's log.
	DefaultKmsg = "/dev/kmsg"
	// ProcVariable and KmsgVariable are environment variables that name other files: in the laboratory the kernel has
	// no DRBD, and a simulator writes them.
	ProcVariable = "OCFBOX_PROC_DRBD"
	KmsgVariable = "OCFBOX_KMSG"
)

// New is the source for this machine, with the files that the environment names.
func New(runner run.Runner, getenv func(string) string) Source {
	return Source{Runner: runner, Proc: getenv(ProcVariable), Kmsg: getenv(KmsgVariable)}
}

// Options are what is asked beyond the state.
type Options struct {
	// Log says when the kernel's log is read.
	Log LogMode
	// GI asks for the generation identifiers of every copy that is not connected: one more command for each.
	GI bool
	// Adm lets drbdadm be asked for the names of resources where nothing else knows them: 8.3 and older. It reads the
	// configuration, so it is slow.
	Adm bool
}

// A LogMode says when the kernel's log is read: it costs a few milliseconds.
type LogMode int

// The modes. LogWhenLost reads it when a peer is not connected, which is when it has something to add.
const (
	LogNever LogMode = iota
	LogWhenLost
	LogAlways
)

// A View is what one machine says. Its JSON is part of `ocfbox sync status --output json`, through which another
// machine's view is had.
type View struct {
	Host drbd.Host `json:"view"`
	// Log are the kernel's messages, the oldest first; nil when the log was not read.
	Log []drbd.LogEvent `json:"log,omitempty"`
	// GI are the generation identifiers that were asked for.
	GI []drbd.VolumeGI `json:"gi,omitempty"`
	// Unanswered are the questions beside the state, of Log and GI, that got no answer, a sentence each. They take
	// nothing from the state: what it could not tell is in Host.Problems.
	Unanswered []string `json:"-"`
}

// An AnswerError is a command that ended without an answer.
type AnswerError struct {
	Command run.Cmd
	Code    int
	// Text is the first line that it complained with.
	Text string
}

// Error names the command, its exit code and its complaint.
func (e *AnswerError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%v: exit %d", e.Command, e.Code)
	}
	return fmt.Sprintf("%v: exit %d: %s", e.Command, e.Code, e.Text)
}

// Gather takes a sample: of 8.4 and older from the kernel's file, with the names of resources from
// `drbdsetup events2 --now`, of 9 from `drbdsetup status --json`. It runs one command, more only for options, and where
// 9 prints the rows of 8.4 and its JSON cannot be had.
//
// A kernel without the module is a view whose host is not Loaded, and nothing is run. An error means that the state
// could not be learnt: the file cannot be read (drbd.ErrUnreadable and the system's errors), or the command gave no
// answer (run.Error, AnswerError, drbd.ErrUnreadable, drbd.ErrTruncated); the view then holds what is known all the
// same, such as the version. Names that could not be learnt are no error: the rows come without them, and Host.Problems
// says why.
func (s Source) Gather(ctx context.Context, o Options) (View, error) {
	host, err := s.state(ctx, o)
	host.At, host.Name = time.Now(), s.name()
	view := View{Host: host}
	if err != nil || !host.Loaded {
		return view, err
	}
	s.extend(ctx, o, &view)
	return view, nil
}

// extend asks what the options want beside the state.
func (s Source) extend(ctx context.Context, o Options, view *View) {
	lost := anyLost(view.Host)
	if o.Log == LogAlways || o.Log == LogWhenLost && lost {
		log, err := s.kernelLog()
		view.Log = log
		view.unanswered(err)
	}
	if o.GI && lost {
		view.GI = s.identifiers(ctx, view)
	}
}

func (v *View) unanswered(err error) {
	if err != nil {
		v.Unanswered = append(v.Unanswered, err.Error())
	}
}

func (s Source) name() string {
	if s.Name != "" {
		return s.Name
	}
	name, _ := os.Hostname()
	return name
}

// state is the machine's state by the way of its generation.
func (s Source) state(ctx context.Context, o Options) (drbd.Host, error) {
	rows, err := s.rows()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return drbd.Host{}, nil
	case err != nil:
		return rows, err
	case rows.Version.Generation != drbd.Gen9:
		return s.named(ctx, o, rows), nil
	}
	host, err := s.status(ctx, rows.Version)
	if err != nil && rows.Version.Rows() {
		// A module of 9 that prints the rows of 8.4 may be asked by the utilities of 8.4, which know no JSON. The rows
		// tell of one peer, so they come second.
		return s.named(ctx, o, rows), nil
	}
	return host, err
}

// status asks 9.
func (s Source) status(ctx context.Context, version drbd.Version) (drbd.Host, error) {
	known := drbd.Host{Loaded: true, Version: version}
	text, err := s.ask(ctx, statusJSON())
	if err != nil {
		return known, err
	}
	host, err := drbd.ParseStatusJSON(text)
	if err != nil {
		return known, err
	}
	host.Version = version
	return host, nil
}

func statusJSON() run.Cmd { return run.Cmd{Path: drbdsetup, Args: []string{"status", "--json"}} }

const drbdsetup = "drbdsetup"

// patience is the longest that one command may take, whatever the context's deadline. On a machine that is nearly
// dead drbdsetup has taken six seconds.
const patience = 20 * time.Second

// tooMuch is the error of more output than any machine's state has.
func tooMuch(of any) error { return fmt.Errorf("%v: %w: too long", of, drbd.ErrUnreadable) }

// ask runs a command that answers with exit code 0.
func (s Source) ask(ctx context.Context, c run.Cmd) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	result, err := s.Runner.Run(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case !result.OK():
		return result.Stdout, &AnswerError{Command: c, Code: result.Code, Text: result.FirstError()}
	case result.Truncated:
		return nil, tooMuch(c)
	}
	return result.Stdout, nil
}

func anyLost(h drbd.Host) bool {
	for _, r := range h.Resources {
		for _, p := range r.Peers {
			if p.Connection != drbd.Connected {
				return true
			}
		}
	}
	return false
}

func (s Source) proc() string { return cmp.Or(s.Proc, DefaultProc) }
func (s Source) kmsg() string { return cmp.Or(s.Kmsg, DefaultKmsg) }
