package drbdvm

import (
	"strings"

	"github.com/stretchr/testify/require"
)

// A story is a row of the captures' situations that follow from one another, and the state they begin with.
type story struct {
	title string
	from  string
	scene []situation
}

// A situation is one of the captures', brought about from the one before it. It is there when /proc/drbd of
// both guests reads as in the capture, but for its counters.
type situation struct {
	// name is the capture's.
	name string
	// act does what was done for the capture, "nothing" when it is enough to wait.
	act func(r *rig)
	// also are words that must be in /proc/drbd of alfa besides, for what the rows alone do not show.
	also []string
}

// stories reproduce the situations 00 to 43.
func stories() []story {
	return []story{
		firstSteps(), aCutLink(), orders(), aSilentLink(), aDeadSecondary(), aDeadPrimary(), aSplitBrain(),
		aForeignBlock(), settings(), moreThanOne(),
	}
}

func firstSteps() story {
	return story{"from nothing to a mounted file system", booted, []situation{
		{name: "00-module-not-loaded", act: func(*rig) {}},
		{name: "01-nothing-configured", act: func(r *rig) {
			r.both("modprobe drbd")
			r.refused(r.Alfa, 10, "drbdadm primary r0")
			r.refused(r.Alfa, 1, "drbdadm up r0")
			r.on(r.Alfa, "drbdadm down r0")
		}},
		{name: "02-first-node-up-alone", act: func(r *rig) {
			r.both("drbdadm create-md r0")
			r.on(r.Alfa, "drbdadm up r0")
			r.refused(r.Alfa, 1, "drbdadm up r0")
		}},
		{name: "03-both-up-never-synced", act: func(r *rig) {
			r.on(r.Bravo, "drbdadm up r0")
			r.awaitRows(r.Alfa, "cs:Connected")
			r.refused(r.Alfa, 17, "drbdadm primary r0")
		}},
		{name: "04-initial-sync", act: func(r *rig) {
			r.rate("2M")
			r.on(r.Alfa, "drbdadm primary r0 --force")
		}, also: []string{"sync'ed:"}},
		{name: "05-healthy", act: func(r *rig) { r.rate("200M") }},
		{name: "06-mounted", act: func(r *rig) {
			r.on(r.Alfa, fillFileSystem)
			r.refused(r.Alfa, 11, "drbdadm secondary r0")
			r.refused(r.Bravo, 11, "drbdadm primary --force r0")
		}},
	}}
}

func aCutLink() story {
	return story{"a link that is cut, written behind, and healed", synced, []situation{
		{name: "07-link-cut-at-once", act: func(r *rig) {
			r.slowToNotice()
			r.mount(r.Alfa)
			r.cut()
			r.behind(r.Alfa, "echo x >/mnt/seven; sync")
		}, also: []string{"pe:1", "ap:1"}},
		{name: "08-link-cut", act: func(r *rig) { r.awaitRows(r.Bravo, "cs:WFConnection") }},
		{name: "09-link-cut-written", act: func(r *rig) { r.write(r.Alfa, "two", 24) }},
		{name: "10-resync", act: func(r *rig) {
			r.rate("200K")
			r.heal()
		}, also: []string{"sync'ed:"}},
		{name: "11-resync-paused", act: func(r *rig) { r.on(r.Alfa, "drbdadm pause-sync r0") }},
		{name: "12-resynced", act: func(r *rig) {
			r.on(r.Alfa, "drbdadm resume-sync r0")
			r.rate("200M")
		}},
	}}
}

func orders() story {
	return story{"what administrators order", synced, []situation{
		{name: "13-peer-down", act: func(r *rig) {
			r.mount(r.Alfa)
			r.on(r.Bravo, "drbdadm down r0")
			r.awaitRows(r.Alfa, "cs:WFConnection")
			r.write(r.Alfa, "thirteen", 1)
		}},
		{name: "14-disconnected", act: func(r *rig) {
			r.on(r.Bravo, "drbdadm up r0")
			r.inSync()
			r.on(r.Alfa, "drbdadm disconnect r0")
			r.refused(r.Alfa, 10, "drbdadm disconnect r0")
		}},
		{name: "15-switched-over", act: func(r *rig) {
			r.on(r.Alfa, "drbdadm connect r0")
			r.inSync()
			r.on(r.Alfa, "umount /mnt && drbdadm secondary r0")
			r.mount(r.Bravo)
		}},
		{name: "16-both-secondary", act: func(r *rig) { r.on(r.Bravo, "umount /mnt && drbdadm secondary r0") }},
		{name: "17-outdated", act: func(r *rig) {
			r.on(r.Bravo, "drbdadm disconnect r0 && drbdadm outdate r0")
			r.refused(r.Bravo, 17, "drbdadm primary r0")
		}},
		{name: "18-invalidated", act: func(r *rig) {
			r.on(r.Bravo, "drbdadm connect r0")
			r.inSync()
			r.rate("2M")
			r.on(r.Bravo, "drbdadm invalidate r0")
		}, also: []string{"sync'ed:"}},
		{name: "19-diskless", act: func(r *rig) {
			r.rate("200M")
			r.inSync()
			r.on(r.Alfa, "drbdadm primary r0 && drbdadm detach r0")
		}},
	}}
}

func aSilentLink() story {
	return story{"a link that loses everything in silence", synced, []situation{
		{name: "20-link-silent-at-once", act: func(r *rig) {
			r.slowToNotice()
			r.mount(r.Alfa)
			r.drop()
		}},
		{name: "21-link-silent", act: func(r *rig) {
			r.awaitRows(r.Alfa, "cs:WFConnection")
			r.write(r.Alfa, "three", 1)
		}},
	}}
}

func aDeadSecondary() story {
	return story{"a secondary that loses power", synced, []situation{
		{name: "22-peer-killed-at-once", act: func(r *rig) {
			r.mount(r.Alfa)
			r.Bravo.Kill()
		}},
		{name: "23-peer-killed", act: func(r *rig) {
			r.awaitRows(r.Alfa, "cs:WFConnection")
			r.write(r.Alfa, "four", 2)
		}},
		{name: "24-peer-back", act: func(r *rig) {
			r.bootAgain(r.Bravo)
			r.on(r.Bravo, "drbdadm up r0")
		}},
	}}
}

func aDeadPrimary() story {
	return story{"a primary that loses power while it writes", synced, []situation{
		{name: "25-primary-killed", act: func(r *rig) {
			r.mount(r.Alfa)
			r.write(r.Alfa, "five", 2)
			r.behind(r.Alfa, "dd if=/dev/zero of=/mnt/lost bs=64k count=400 oflag=dsync")
			r.Alfa.Kill()
		}},
		{name: "26-survivor-primary", act: func(r *rig) {
			r.mount(r.Bravo)
			r.write(r.Bravo, "six", 4)
		}},
		{name: "27-old-primary-back", act: func(r *rig) {
			r.bootAgain(r.Alfa)
			r.on(r.Alfa, "drbdadm up r0")
		}},
	}}
}

func aSplitBrain() story {
	return story{"a split brain, from its making to its end", synced, []situation{
		{name: "28-split-brain-cut", act: func(r *rig) {
			r.cut()
			r.mount(r.Alfa)
			r.awaitRows(r.Bravo, "cs:WFConnection")
			r.mount(r.Bravo)
			r.on(r.Alfa, "echo a >/mnt/on-alfa; sync")
			r.on(r.Bravo, "echo b >/mnt/on-bravo; sync")
		}},
		{name: "29-split-brain", act: (*rig).heal},
		{name: "30-split-brain-one-waits", act: func(r *rig) { r.on(r.Alfa, "drbdadm connect r0") }},
		{name: "31-split-brain-solved", act: func(r *rig) {
			r.on(r.Bravo, "umount /mnt && drbdadm secondary r0 && drbdadm connect --discard-my-data r0")
			r.refused(r.Alfa, 10, "drbdadm connect r0")
		}},
	}}
}

func aForeignBlock() story {
	return story{"blocks that were changed behind DRBD's back", synced, []situation{
		{name: "32-silent-corruption", act: func(r *rig) {
			r.on(r.Alfa, "drbdadm secondary r0")
			r.on(r.Bravo, "drbdadm down r0")
			for _, block := range []string{"1000", "10000", "20000"} {
				r.on(r.Bravo, "dd if=/dev/urandom of=/dev/vdb bs=4k count=1 oflag=direct conv=notrunc seek="+block)
			}
			r.on(r.Bravo, "drbdadm up r0")
		}},
		{name: "33-verify-running", act: func(r *rig) {
			r.rate("2M")
			r.on(r.Alfa, "drbdadm verify r0")
		}, also: []string{"verified:", "oos:4"}},
		{name: "34-verify-found", act: func(r *rig) { r.rate("200M") }, also: []string{"oos:12"}},
		{name: "35-verify-repaired", act: func(r *rig) {
			r.on(r.Alfa, "drbdadm primary r0")
			r.on(r.Bravo, "drbdadm disconnect r0 && drbdadm connect r0")
		}},
		{name: backingRead, act: (*rig).readBelow},
	}}
}

// backingRead shows a trap of the reader's and no state of DRBD's: nothing was recorded of it.
const backingRead = "36-backing-read-of-a-secondary"

// readBelow reads a block of the secondary's backing device before and after it was replicated anew: a cached read
// goes on giving the old one for as long as DRBD holds the device.
func (r *rig) readBelow() {
	r.t.Helper()
	r.inSync()
	r.on(r.Alfa, "mount /dev/drbd0 /mnt")
	block := strings.TrimSpace(r.on(r.Alfa, "filefrag -b1024 -v /mnt/one | awk '$1 == \"0:\" { print $4 + 0 }'"))
	read := func(g *Guest, how string) string {
		r.t.Helper()
		return r.on(g, "dd if=/dev/vdb bs=1k count=1 skip="+block+" "+how+" 2>/dev/null | sha256sum")
	}
	before := read(r.Bravo, "")
	r.on(r.Alfa, "dd if=/dev/urandom of=/mnt/one bs=4k count=1 conv=notrunc,fsync 2>&1; sync")
	r.inSync()
	now := read(r.Alfa, "iflag=direct")
	require.NotEqual(r.t, before, now, "the block was written")
	require.Equal(r.t, before, read(r.Bravo, ""), "a cached read is of the past")
	require.Equal(r.t, now, read(r.Bravo, "iflag=direct"), "a direct one is not")
	r.on(r.Bravo, "blockdev --flushbufs /dev/vdb")
	require.Equal(r.t, now, read(r.Bravo, ""))
}

func settings() story {
	return story{"suspended I/O, protocol A, two primaries", synced, []situation{
		{name: "37-io-suspended", act: func(r *rig) { r.on(r.Alfa, "drbdadm suspend-io r0") }},
		{name: "38-protocol-A", act: func(r *rig) {
			r.on(r.Alfa, "drbdadm resume-io r0")
			r.configure("sed -i 's/protocol C/protocol A/' /etc/drbd.d/global_common.conf")
		}},
		{name: "39-dual-primary", act: func(r *rig) {
			r.configure("sed -i 's/protocol A;/protocol C; allow-two-primaries yes;/' /etc/drbd.d/global_common.conf")
			r.on(r.Bravo, "drbdadm primary r0")
		}},
	}}
}

func moreThanOne() story {
	return story{"a second resource, two volumes, a disk that fails", synced, []situation{
		{name: "40-two-resources", act: func(r *rig) {
			r.both(deviceMapper + oneVolume + "drbdadm create-md r1")
			r.on(r.Alfa, "drbdadm up r1")
		}},
		{name: "41-two-volumes", act: func(r *rig) {
			r.on(r.Alfa, "drbdadm down r1")
			r.both(twoVolumes + "drbdadm create-md --force r1 && drbdadm up r1")
			r.awaitRows(r.Alfa, " 6: cs:Connected")
			r.on(r.Alfa, "drbdadm primary --force r1")
		}},
		{name: "42-backing-io-error", act: func(r *rig) {
			r.on(r.Bravo, "dmsetup suspend --nolockfs v0; echo 0 32768 error | dmsetup load v0; dmsetup resume v0")
			r.on(r.Alfa, "dd if=/dev/urandom of=/dev/drbd5 bs=4k count=64 oflag=direct 2>&1")
		}},
		{name: "43-down", act: func(r *rig) {
			r.on(r.Alfa, "drbdadm secondary r1 && drbdadm down all")
			r.on(r.Bravo, "drbdadm down all")
		}},
	}}
}

// The second resource lies on two small devices over /dev/vdc, of which one can be made to fail.
const (
	deviceMapper = "modprobe dm_mod && echo 0 32768 linear /dev/vdc 0 | dmsetup create v0 && " +
		"echo 0 32768 linear /dev/vdc 32768 | dmsetup create v1 && "
	oneVolume  = "printf '%s' 'resource r1 { " + volume0 + hosts + " }' >/etc/drbd.d/r1.res && "
	twoVolumes = "printf '%s' 'resource r1 { " + volume0 + volume1 + hosts + " }' >/etc/drbd.d/r1.res && "
	volume0    = "volume 0 { device minor 5; disk /dev/mapper/v0; meta-disk internal; } "
	volume1    = "volume 1 { device minor 6; disk /dev/mapper/v1; meta-disk internal; } "
	hosts      = "on alfa { address 10.99.1.1:7789; } on bravo { address 10.99.1.2:7789; }"
)
