package command_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/pair"
)

// A replay leads two simulated nodes through the recorded situations and compares what the tools say, block by block.
type replay struct {
	*testing.T
	name      string
	pair      *pair.Pair
	config    string
	situation string
	actions   []drbdtest.Block
	loaded    map[string]bool
	everUp    map[string]bool
	written   int
	compared  int
	except    []exception
}

func (r *replay) folder() string { return filepath.Join(filepath.Dir(r.config), "drbd.d") }

func newReplay(t *testing.T, folder string) *replay {
	g := core.Gen84
	if folder == drbdtest.DRBD9 {
		g = core.Gen9
	}
	r := &replay{
		T: t, name: folder, loaded: map[string]bool{}, everUp: map[string]bool{}, except: exceptions(),
		config: filepath.Join(t.TempDir(), "drbd.conf"),
		pair:   pair.New(g, [2]string{drbdtest.Alfa, drbdtest.Bravo}, map[string]int64{"r0/0": 262100}),
	}
	require.NoError(t, os.Mkdir(r.folder(), 0o755))
	require.NoError(t, os.WriteFile(r.config, []byte(`include "drbd.d/*.res";`), 0o644))
	r.configure("C", false, "6M")
	return r
}

// configure writes the configuration of r0.
func (r *replay) configure(protocol string, two bool, rate string) {
	more := ""
	if two {
		more = "allow-two-primaries yes;"
	}
	r.file("r0", fmt.Sprintf(`resource r0 {
  device    /dev/drbd0;
  disk      /dev/vdb;
  meta-disk internal;
  net { ping-timeout 20; csums-alg crc32c; verify-alg crc32c; protocol %s; %s }
  disk { resync-rate %s; c-plan-ahead 0; c-min-rate 0; }
  on alfa  { node-id 0; address 10.99.1.1:7788; }
  on bravo { node-id 1; address 10.99.1.2:7788; }
}
`, protocol, more, rate))
}

// second writes the configuration of r1: one volume, or two on other disks.
func (r *replay) second(volumes ...string) {
	for i, disk := range volumes {
		size := int64(131032)
		if len(volumes) > 1 {
			size = 49112
		}
		for _, s := range r.pair.Sides {
			s.Backings[core.BackingName("r1", i)] = &core.Backing{Size: size, Data: map[int]uint64{}}
		}
		volumes[i] = fmt.Sprintf("  volume %d { device /dev/drbd%d; disk %s; meta-disk internal; }\n", i, 5+i, disk)
	}
	r.file("r1", "resource r1 {\n"+strings.Join(volumes, "")+`  net { ping-timeout 20; verify-alg crc32c; }
  on alfa  { node-id 0; address 10.99.1.1:7789; }
  on bravo { node-id 1; address 10.99.1.2:7789; }
}
`)
	for _, host := range []string{drbdtest.Alfa, drbdtest.Bravo} {
		require.Zero(r, r.shell(host, "drbdadm create-md --force r1").code)
	}
}

func (r *replay) file(name, text string) {
	require.NoError(r, os.WriteFile(filepath.Join(r.folder(), name+".res"), []byte(text), 0o644))
}

// adjust makes both sides read the configuration again.
func (r *replay) adjust() {
	for _, host := range []string{drbdtest.Alfa, drbdtest.Bravo} {
		require.Zero(r, r.shell(host, "drbdadm adjust r0").code)
	}
	r.wait(1)
}

// begin is the beginning of a situation.
func (r *replay) begin(situation string) {
	require.Empty(r, r.actions, "actions of %s are left", r.situation)
	r.situation, r.actions = situation, drbdtest.Actions(r.name, situation)
}

// act carries out the next n actions of the situation, and compares what they say.
func (r *replay) act(n int) {
	r.Helper()
	for range n {
		require.NotEmpty(r, r.actions, "%s has no further action", r.situation)
		b := r.actions[0]
		r.actions = r.actions[1:]
		got := r.shell(b.Host, b.Command)
		r.wait(1)
		if r.excepted(b.Host, b.Command, true) {
			continue
		}
		r.compared++
		assert.Equal(r, normal(shown(b)), normal(show(got)), "%s/%s, on %s: %s", r.name, r.situation, b.Host, b.Command)
	}
}

// rest carries out the others.
func (r *replay) rest() { r.Helper(); r.act(len(r.actions)) }

func shown(b drbdtest.Block) string { return show(answer{b.Stdout, b.Stderr, b.Code}) }

func show(a answer) string { return fmt.Sprintf("%s[stderr]\n%s[rc %d]\n", a.out, a.err, a.code) }

// capture compares what all commands say on both hosts. In a situation that moves, the blocks of a file may belong to
// a later stage than those before; each stage is what happens before it.
func (r *replay) capture(stages ...func()) {
	r.Helper()
	left := map[string][]drbdtest.Block{}
	for _, c := range drbdtest.Captures(r.name) {
		if c.Situation == r.situation {
			left[c.Host] = c.Blocks
		}
	}
	require.NotEmpty(r, left, r.situation)
	hosts := []string{drbdtest.Alfa, drbdtest.Bravo}
	for {
		for _, host := range hosts {
			for len(left[host]) > 0 && r.same(host, left[host][0]) {
				left[host] = left[host][1:]
			}
		}
		if len(stages) == 0 {
			break
		}
		stages[0]()
		stages = stages[1:]
	}
	for _, host := range hosts {
		if len(left[host]) > 0 {
			b := left[host][0]
			assert.Equal(r, r.wanted(b), r.said(host, b), "%s/%s, on %s: %s", r.name, r.situation, host, b.Command)
		}
	}
}

// same tells whether a block is as recorded, or not compared.
func (r *replay) same(host string, b drbdtest.Block) bool {
	if r.excepted(host, b.Command, false) {
		r.ask(host, b.Command)
		return true
	}
	if strings.HasPrefix(b.Command, "dmesg") {
		// It is the last block, and asking for it empties it.
		r.compared++
		assert.Equal(r, decisions(b.Stdout), decisions(r.ask(host, b.Command).out), "%s/%s, log of %s", r.name, r.situation, host)
		return true
	}
	same := r.wanted(b) == r.said(host, b)
	if same {
		r.compared++
	}
	return same
}

func (r *replay) wanted(b drbdtest.Block) string { return normal(shown(b)) }

func (r *replay) said(host string, b drbdtest.Block) string {
	return normal(show(r.ask(host, b.Command)))
}

func (r *replay) wait(seconds int) { r.pair.Advance(time.Duration(seconds) * time.Second) }

// An exception is what is not compared.
type exception struct {
	// Empty fields stand for any.
	folder, situation, host string
	// commands are those it is about; a star at the end stands for more.
	commands []string
	// action: it is about actions only.
	action bool
	why    string
	used   int
}

func (r *replay) excepted(host, command string, action bool) bool {
	for i := range r.except {
		e := &r.except[i]
		if e.folder != "" && e.folder != r.name || e.situation != "" && !strings.HasPrefix(r.situation, e.situation) || e.host != "" && e.host != host || e.action != action {
			continue
		}
		if slices.ContainsFunc(e.commands, func(c string) bool {
			prefix, more := strings.CutSuffix(c, "*")
			return c == command || more && strings.HasPrefix(command, prefix)
		}) {
			e.used++
			return true
		}
	}
	return false
}

// unused are the exceptions that nothing needed, of those for this folder.
func (r *replay) unused() []string {
	var list []string
	for _, e := range r.except {
		if e.used == 0 && (e.folder == "" || e.folder == r.name) {
			list = append(list, fmt.Sprintf("%s %s %v: %s", e.situation, e.host, e.commands, e.why))
		}
	}
	return list
}
