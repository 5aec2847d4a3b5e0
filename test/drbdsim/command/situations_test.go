package command_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/test/drbdsim/core"
)

// exceptions are what the recordings have and the simulator is not compared with.
func exceptions() []exception {
	return []exception{
		{action: true, commands: []string{"dd *", "mkfs*", "for o in*", "blockdev*", "echo *", "mount *", "dmsetup*"}, why: "other programs speak"},
		{action: true, commands: []string{"umount /mnt"}, why: "another program, which is silent"},
		{action: true, situation: "15-", commands: []string{"drbdadm primary r0 && mount*"}, why: "ls speaks"},
		{action: true, situation: "25-", commands: []string{"drbdadm primary r0 && mount*"}, why: "ls speaks"},
		{folder: drbdtest.DRBD9, situation: "07-", host: bravo, commands: []string{"drbdsetup status r0 --verbose --statistics"}, why: "NetworkFailure, a state that passes"},
		{folder: drbdtest.DRBD84, situation: "20-", host: alfa, commands: []string{"drbdsetup events2 --now"}, why: "NetworkFailure, a state that passes"},
		{folder: drbdtest.DRBD9, situation: "18-", host: alfa, commands: []string{"dmesg*"}, why: "the two took two attempts to connect"},
		{action: true, situation: "35-", commands: []string{"dmesg *"}, why: "lines of the log are compared in captures"},
	}
}

func TestTheToolsSayWhatTheRecordedOnesSaid(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{drbdtest.DRBD84, drbdtest.DRBD9} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			r := newReplay(t, folder)
			r.firstSync()
			r.links()
			r.orderly()
			r.losses()
			r.splitBrain()
			r.verify()
			r.modes()
			r.moreResources()
			assert.Empty(t, r.unused(), "exceptions that nothing needs")
			t.Logf("%d answers compared", r.compared)
		})
	}
}

const (
	alfa  = drbdtest.Alfa
	bravo = drbdtest.Bravo
)

// firstSync is from a module that is not loaded to two sides in sync.
func (r *replay) firstSync() {
	r.begin("00-module-not-loaded")
	r.capture()
	r.rest()
	r.begin("01-nothing-configured")
	r.capture()
	r.rest()
	r.begin("02-first-node-up-alone")
	r.act(1)
	r.capture()
	r.rest()
	r.begin("03-both-up-never-synced")
	r.act(1)
	r.capture()
	r.rest()
	r.begin("04-initial-sync")
	r.capture(func() { r.wait(70) })
	r.rest()
	r.begin("05-healthy")
	r.wait(70)
	r.capture()
	r.rest()
	r.begin("06-mounted")
	r.act(1)
	r.capture()
	r.rest()
}

// links is a link that is cut, written behind, and healed.
func (r *replay) links() {
	r.begin("07-link-cut-at-once")
	r.pair.Cut()
	if r.name == drbdtest.DRBD84 {
		r.pending(alfa)
	}
	r.capture(func() { r.wait(10) }, func() { r.write(alfa, "r0", 1) })
	r.begin("08-link-cut")
	r.capture()
	r.begin("09-link-cut-written")
	r.write(alfa, "r0", 2000)
	r.rest()
	r.capture()
	r.begin("10-resync")
	r.slow("200K")
	r.pair.Heal()
	r.wait(2)
	r.capture()
	r.begin("11-resync-paused")
	r.act(1)
	r.capture()
	r.rest()
	r.begin("12-resynced")
	r.slow("30M")
	r.wait(5)
	r.capture()
}

// pending is a write that is not acknowledged.
func (r *replay) pending(host string) {
	c := core.Command{Verb: core.Write, Resource: "r0", Blocks: []int{7}}
	r.pair.Side(host).Node.Do(r.pair.Now, &c)
}

// slow changes how fast resyncs are.
func (r *replay) slow(rate string) {
	r.configure("C", false, rate)
	for _, host := range []string{alfa, bravo} {
		if code := r.shell(host, "drbdadm adjust r0").code; code != 0 {
			r.Errorf("adjust on %s: %d", host, code)
		}
	}
}

// orderly is what administrators do.
func (r *replay) orderly() {
	r.begin("13-peer-down")
	r.act(2)
	r.write(alfa, "r0", 3)
	r.act(1)
	r.capture()
	r.rest()
	r.wait(3)
	r.begin("14-disconnected")
	r.act(1)
	r.capture(func() {
		if r.name == drbdtest.DRBD84 {
			r.write(alfa, "r0", 1)
		}
	})
	r.rest()
	r.wait(3)
	r.begin("15-switched-over")
	r.act(2)
	r.capture()
	r.rest()
	r.begin("16-both-secondary")
	r.capture()
	r.begin("17-outdated")
	r.act(3)
	r.capture()
	r.rest()
	r.begin("18-invalidated")
	r.slow("2M")
	r.act(1)
	r.capture()
	r.rest()
	r.begin("19-diskless")
	r.slow("30M")
	r.wait(20)
	r.act(2)
	r.capture()
	r.rest()
	r.wait(20)
}

// losses is links that fall silent and nodes that lose power.
func (r *replay) losses() {
	r.begin("20-link-silent-at-once")
	r.act(1)
	r.pair.Cut()
	r.capture(func() { r.wait(10) })
	r.begin("21-link-silent")
	r.rest()
	r.capture()
	r.begin("22-peer-killed-at-once")
	r.pair.Heal()
	r.wait(5)
	r.pair.Side(bravo).Crash()
	r.capture(func() { r.pending(alfa) })
	r.begin("23-peer-killed")
	r.wait(10)
	r.rest()
	r.capture()
	r.begin("24-peer-back")
	r.pair.Side(bravo).Boot()
	r.rest()
	r.wait(5)
	r.capture()
	r.begin("25-primary-killed")
	r.write(alfa, "r0", 9)
	r.pair.Side(alfa).Crash()
	r.wait(10)
	r.capture()
	r.rest()
	r.begin("26-survivor-primary")
	r.rest()
	r.capture()
	r.begin("27-old-primary-back")
	r.pair.Side(alfa).Boot()
	r.act(1)
	r.wait(20)
	r.capture()
	r.rest()
}

// splitBrain is two primaries, and one that gives up.
func (r *replay) splitBrain() {
	r.begin("28-split-brain-cut")
	r.act(1)
	r.pair.Cut()
	r.wait(10)
	r.rest()
	r.capture()
	r.begin("29-split-brain")
	r.pair.Heal()
	r.wait(2)
	r.capture()
	r.begin("30-split-brain-one-waits")
	r.rest()
	r.wait(5)
	r.capture()
	r.begin("31-split-brain-solved")
	r.rest()
	r.wait(3)
	r.capture()
}

// verify is blocks that differ and nobody knows.
func (r *replay) verify() {
	r.begin("32-silent-corruption")
	r.rest()
	r.capture()
	r.begin("33-verify-running")
	r.slow("10M")
	r.rest()
	r.wait(10)
	r.capture()
	r.begin("34-verify-found")
	r.wait(30)
	r.capture()
	r.begin("35-verify-repaired")
	r.act(3)
	r.wait(3)
	r.capture()
	r.rest()
	r.wait(40)
	r.begin("36-backing-read-of-a-secondary")
	r.rest()
}

// modes is what the configuration and the administrator change.
func (r *replay) modes() {
	if r.name == drbdtest.DRBD9 {
		// That recording went on from machines that were saved before the blocks were changed.
		r.shell(bravo, "drbdadm invalidate r0")
		r.wait(40)
		for _, s := range r.pair.Sides {
			s.Log = nil
		}
	}
	r.begin("37-io-suspended")
	r.act(1)
	r.capture()
	r.rest()
	r.begin("38-protocol-A")
	r.configure("A", false, "30M")
	r.rest()
	r.capture()
	r.begin("39-dual-primary")
	r.configure("C", true, "30M")
	r.adjust()
	r.rest()
	r.capture()
	r.shell(bravo, "drbdadm secondary r0")
	r.configure("C", false, "30M")
	r.adjust()
}

// moreResources is a second resource, with one volume and with two.
func (r *replay) moreResources() {
	r.begin("40-two-resources")
	r.second("/dev/vdc")
	r.act(1)
	r.capture()
	r.rest()
	r.begin("41-two-volumes")
	r.shell(alfa, "drbdadm down r1")
	r.second("/dev/mapper/v0", "/dev/mapper/v1")
	r.act(3)
	r.wait(20)
	r.capture()
	r.rest()
	r.begin("42-backing-io-error")
	r.act(2)
	r.capture()
	r.rest()
	r.begin("43-down")
	r.rest()
	r.capture()
}
