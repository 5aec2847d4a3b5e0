// Package fault makes a simulator's commands fail as an operator's do: they hang, end with an error,
// take long, or print rubbish.
//
// The switches are lines NAME=HOW in a file of the node, which a loss of power empties; a variable of the
// same name in a command's environment goes before them. NAME is the simulator's prefix and the command, or the command and
// its function: HANASIM_SAPCONTROL, HANASIM_SAPCONTROL_GETPROCESSLIST, DRBDSIM_DRBDADM_PRIMARY.
package fault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Simulator has switches of its own: their names begin with Prefix, and File holds them on a node.
type Simulator struct{ Prefix, File string }

// HANA is the simulator of SAP HANA.
func HANA() Simulator { return Simulator{"HANASIM_", "/run/hanasim/switches"} }

// How a command can behave. Each but Rubbish may have a value: hang:0, fail:3, slow:5s.
const (
	Hang    = "hang"    // says nothing and does not end
	Deaf    = "deaf"    // the same, and only SIGKILL ends it
	Fail    = "fail"    // exits with the value, or 1, at once
	Slow    = "slow"    // does its work after the value, or 10 s
	Rubbish = "rubbish" // prints what nobody understands, and exits with the value, or 0
	Works   = "works"   // as usual
)

// Kinds lists them.
func Kinds() []string { return []string{Hang, Deaf, Fail, Slow, Rubbish, Works} }

// Name is the switch of a command and its function, which may be empty.
func (s Simulator) Name(command, function string) string {
	name := s.Prefix + command
	if function != "" {
		name += "_" + strings.TrimLeft(function, "-")
	}
	clean := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}
	return strings.Map(clean, strings.TrimSuffix(name, ".py"))
}

// Set changes a switch in the text of the file.
func Set(text, name, how string) string {
	lines := slices.DeleteFunc(strings.Fields(text), func(line string) bool { return strings.HasPrefix(line, name+"=") })
	if how != Works {
		lines = append(lines, name+"="+how)
	}
	return strings.Join(append(lines, ""), "\n")
}

// find returns how a command behaves: its function's switch goes before that of the command.
func (s Simulator) find(text string, getenv func(string) string, command, function string) string {
	for _, name := range []string{s.Name(command, function), s.Name(command, "")} {
		if how := getenv(name); how != "" {
			return how
		}
		for _, line := range strings.Fields(text) {
			if how, ok := strings.CutPrefix(line, name+"="); ok {
				return how
			}
		}
	}
	return Works
}

// Play lets a command behave as its switch says. It returns true with an exit code when the command ends by
// that; a slow one goes on.
func (s Simulator) Play(command, function string, out io.Writer) (code int, ends bool) {
	text, err := os.ReadFile(s.File)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, false
	}
	how, value, _ := strings.Cut(s.find(string(text), os.Getenv, command, function), ":")
	number, bad := strconv.Atoi(value)
	switch how {
	case Deaf:
		signal.Ignore(unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
		fallthrough
	case Hang:
		for {
			time.Sleep(time.Hour)
		}
	case Fail:
		if bad != nil {
			number = 1
		}
		return number, true
	case Slow:
		wait, err := time.ParseDuration(value)
		if err != nil {
			wait = 10 * time.Second
		}
		time.Sleep(wait)
	case Rubbish:
		fmt.Fprintf(out, "\x1b[31m%s=mode\x00\nPer\xe7u: =|=| mode==\nTraceback (most recent call last):\n", command)
		return number, true
	}
	return 0, false
}

// A Lab runs programs on nodes.
type Lab interface {
	Run(ctx context.Context, on string, args ...string) (string, error)
	RunWith(ctx context.Context, input, on string, args ...string) (string, error)
}

// Switch makes a command on a node behave badly, or well again.
func (s Simulator) Switch(ctx context.Context, lab Lab, on, how, command, function string) error {
	kind, _, _ := strings.Cut(how, ":")
	if !slices.Contains(Kinds(), kind) || strings.ContainsAny(how, " \n") {
		return fmt.Errorf("behaviour %q is unknown", how)
	}
	if _, err := lab.Run(ctx, on, "mkdir", "-p", filepath.Dir(s.File)); err != nil {
		return err
	}
	if _, err := lab.Run(ctx, on, "touch", s.File); err != nil {
		return err
	}
	text, err := lab.Run(ctx, on, "cat", s.File)
	if err != nil {
		return err
	}
	_, err = lab.RunWith(ctx, Set(text, s.Name(command, function), how), on, "dd", "status=none", "of="+s.File)
	return err
}
