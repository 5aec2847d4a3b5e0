package feed_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

const (
	eventsNow  = "drbdsetup events2 --now --statistics"
	stream     = "drbdsetup events2 --statistics"
	polled     = "drbdsetup events2 --statistics --poll"
	statusJSON = "drbdsetup status --json"
)

// A machine answers as one that was recorded.
type machine struct {
	*testing.T
	feed.Source
	script   *runtest.Script
	commands map[string]runtest.Program
}

// newMachine is a machine without the module, on which any command fails the test.
func newMachine(t *testing.T) *machine {
	m := &machine{T: t, commands: map[string]runtest.Program{}}
	m.script = &runtest.Script{Programs: map[string]runtest.Program{}}
	for _, name := range []string{"drbdsetup", "drbdadm"} {
		m.script.Programs[name] = func(ctx context.Context, c run.Cmd) (run.Result, error) {
			program := m.commands[c.String()]
			if program == nil {
				t.Errorf("%v must not be run", c)
				program = runtest.Says(1, "")
			}
			return program(ctx, c)
		}
	}
	folder := t.TempDir()
	m.Source = feed.Source{Runner: m.script, Proc: filepath.Join(folder, "proc"), Kmsg: filepath.Join(folder, "kmsg"),
		Name: "alfa"}
	return m
}

// recorded is a machine in a recorded situation.
func recorded(t *testing.T, c drbdtest.Capture) *machine {
	m := newMachine(t)
	if texts := c.Proc(); len(texts) > 0 {
		m.proc(texts[0])
	}
	for now, command := range map[string]string{eventsNow: eventsNow, statusJSON: statusJSON} {
		if block, ok := c.Find(command); ok {
			m.says(now, block.Code, block.Stdout)
		}
	}
	return m
}

func (m *machine) proc(text string) { m.write(m.Proc, text) }

func (m *machine) write(path, text string) {
	m.Helper()
	require.NoError(m, os.WriteFile(path, []byte(text), 0o600))
}

func (m *machine) says(command string, code int, text string) {
	m.commands[command] = runtest.Says(code, text)
}

func (m *machine) gather(o feed.Options) feed.View {
	m.Helper()
	view, err := m.Gather(m.Context(), o)
	require.NoError(m, err)
	return view
}

// version is /proc/drbd with the version alone.
func version(number string) string {
	return "version: " + number + " (api:1/proto:86-101)\nsrcversion: F73\n"
}

// row is a connected device of 8.4.
func row(minor, roles, disks string) string {
	return fmt.Sprintf("%2s", minor) + ": cs:Connected ro:" + roles + " ds:" + disks + " C r-----\n" +
		"    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n"
}

// the state of a host with one copy, for short assertions.
func short(h drbd.Host) string {
	var words []string
	for _, r := range h.Resources {
		for _, v := range r.Volumes {
			words = append(words, r.Name+" "+r.Role.String()+" "+v.Disk.String())
		}
		for _, p := range r.Peers {
			words = append(words, p.Connection.String())
			for _, v := range p.Volumes {
				words = append(words, v.Replication.String()+" "+v.Disk.String())
			}
		}
	}
	return strings.Join(words, ", ")
}
