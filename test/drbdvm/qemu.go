package drbdvm

import (
	"fmt"
	"path/filepath"
	"strconv"
)

// A Link is one of the two networks between the guests.
type Link int

const (
	// Replication is DRBD's: eth1, 10.99.1.1 and 10.99.1.2.
	Replication Link = 1 + iota
	// Cluster is corosync's: eth2, 10.99.2.1 and 10.99.2.2.
	Cluster
)

// netdev is qemu's name of the link, device the guest's.
func (l Link) netdev() string { return "n" + strconv.Itoa(int(l)) }
func (l Link) device() string { return "eth" + strconv.Itoa(int(l)) }

const (
	memoryMiB = 640
	// dataMiB is the size of /dev/vdb, which r0 replicates: large enough for a file system with two files of
	// 20 and 24 MiB, small enough for a verify of half a minute.
	dataMiB = 96
	// spareMiB is the size of /dev/vdc.
	spareMiB = 128
)

// kernelLine is the kernel's command line: a clock that an emulated processor keeps, a quiet console, and no
// defence against other users.
const kernelLine = "console=ttyS0 quiet loglevel=4 net.ifnames=0 mitigations=off random.trust_cpu=on " +
	"clocksource=acpi_pm tsc=unstable nokaslr nowatchdog audit=0 apparmor=0 panic=-1"

// arguments are qemu's. The processor is emulated: there is no KVM in a virtual machine of a CI. It has
// what GOAMD64=v2 asks for, no more. saved is the memory to go on with, or "" to boot.
func (g *Guest) arguments(saved string) []string {
	args := []string{"-name", "drbdvm-" + g.Name, "-nodefaults", "-no-user-config", "-display", "none",
		"-machine", "pc,usb=off,vmport=off,hpet=off", "-accel", "tcg,thread=multi,tb-size=192",
		"-cpu", "Nehalem", "-smp", "1", "-m", strconv.Itoa(memoryMiB),
		"-kernel", g.pair.image.File("kernel"), "-initrd", g.pair.image.File("initrd"),
		"-append", fmt.Sprintf("%s vm.name=%s vm.id=%d", kernelLine, g.Name, g.id),
		"-serial", "file:console.log", "-qmp", "unix:qmp.sock,server=on,wait=off",
		"-object", "rng-random,id=rng0,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng0",
		// What a killed guest has written to its root is nobody's concern; its data are.
		"-drive", "file=root.qcow2,format=qcow2,if=none,id=d0,cache=unsafe", "-device", "virtio-blk-pci,drive=d0",
		"-drive", "file=data.img,format=raw,if=none,id=d1,cache=writeback,discard=unmap",
		"-device", "virtio-blk-pci,drive=d1,serial=backing",
		"-drive", "file=spare.img,format=raw,if=none,id=d2,cache=writeback,discard=unmap",
		"-device", "virtio-blk-pci,drive=d2,serial=spare",
		// The way in: no way out, and loopback only.
		"-netdev", fmt.Sprintf("user,id=n0,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:%d-10.0.2.15:7", g.port),
		"-device", fmt.Sprintf("virtio-net-pci,netdev=n0,mac=52:54:00:00:00:%02x,romfile=", g.id)}
	for _, link := range []Link{Replication, Cluster} {
		// A pair of datagram sockets: nothing leaves this machine, and the peer may die and come back.
		args = append(args, "-netdev", fmt.Sprintf("dgram,id=%s,local.type=unix,local.path=%s,remote.type=unix,remote.path=%s",
			link.netdev(), filepath.Join("..", g.socket(link)), filepath.Join("..", g.peer().socket(link))),
			"-device", fmt.Sprintf("virtio-net-pci,netdev=%s,mac=52:54:00:00:%02x:%02x,romfile=", link.netdev(), link, g.id))
	}
	if saved != "" {
		args = append(args, "-incoming", "exec:cat "+saved)
	}
	return args
}

// socket is the guest's end of a link, in the pair's folder.
func (g *Guest) socket(link Link) string { return g.Name + "." + link.netdev() }
