package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Namespace makes a network namespace with lo up, and returns its name in
// /run/netns. It goes with the test. Only for tests under Main with Net.
func Namespace(t testing.TB) string {
	t.Helper()
	require.Equal(t, sandbox(), os.Getenv(inside), "not in a sandbox: TestMain must call lab.Main")
	file, err := os.CreateTemp("/run/netns", "t")
	require.NoError(t, err)
	require.NoError(t, file.Close())
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		result <- unshareTo(file.Name())
	}()
	require.NoError(t, <-result)
	t.Cleanup(func() {
		require.NoError(t, unix.Unmount(file.Name(), unix.MNT_DETACH))
		require.NoError(t, os.Remove(file.Name()))
	})
	return filepath.Base(file.Name())
}

func unshareTo(file string) error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("new network namespace: %w", err)
	}
	if err := unix.Mount("/proc/thread-self/ns/net", file, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("name network namespace: %w", err)
	}
	return loopbackUp()
}

// Inside runs fn in a network namespace of /run/netns, on the caller's
// goroutine; goroutines that fn starts are outside. fn may end the test.
func Inside(t testing.TB, ns string, fn func()) {
	t.Helper()
	there, err := os.Open(filepath.Join("/run/netns", ns))
	require.NoError(t, err)
	defer there.Close()
	runtime.LockOSThread()
	here, err := os.Open("/proc/thread-self/ns/net")
	require.NoError(t, err)
	defer here.Close()
	require.NoError(t, unix.Setns(int(there.Fd()), unix.CLONE_NEWNET))
	defer func() {
		if err := unix.Setns(int(here.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(err) // never let the thread back among the others
		}
		runtime.UnlockOSThread()
	}()
	fn()
}

// A Veth is a pair of interfaces: one here, and its peer in a network
// namespace of its own. Both are up and carry packets.
type Veth struct {
	Name string // of the interface here
	NS   string // where the peer is
	t    testing.TB
}

// PeerName is the name of the peer of every Veth in its namespace.
const PeerName = "peer"

// NewVeth makes a pair whose end in the calling thread's network namespace
// has the name.
func NewVeth(t testing.TB, name string) *Veth {
	t.Helper()
	v := &Veth{Name: name, NS: Namespace(t), t: t}
	there, err := os.Open(filepath.Join("/run/netns", v.NS))
	require.NoError(t, err)
	defer there.Close()
	attr := netlink.NewLinkAttrs()
	attr.Name = name
	pair := netlink.NewVeth(attr)
	pair.PeerName, pair.PeerNamespace = PeerName, netlink.NsFd(int(there.Fd()))
	require.NoError(t, netlink.LinkAdd(pair))
	v.Peer(func() { v.set(PeerName, true) })
	v.set(name, true)
	v.Peer(func() { v.ready(PeerName) })
	v.ready(name)
	return v
}

// ready waits until an end takes packets: the kernel finishes setting it up a
// moment after it is asked to, and until then drops what is sent.
func (v *Veth) ready(name string) {
	v.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		link, err := netlink.LinkByName(name)
		require.NoError(v.t, err)
		if link.Attrs().OperState == netlink.OperUp {
			return
		}
		require.True(v.t, time.Now().Before(end), "%s is %v after 10 s", name, link.Attrs().OperState)
	}
}

// Peer runs fn in the peer's namespace, as Inside does.
func (v *Veth) Peer(fn func()) {
	v.t.Helper()
	Inside(v.t, v.NS, fn)
}

// PeerUp sets the peer up or down, and with it the carrier of our end.
func (v *Veth) PeerUp(up bool) {
	v.t.Helper()
	v.Peer(func() { v.set(PeerName, up) })
}

// Up sets our end up or down.
func (v *Veth) Up(up bool) {
	v.t.Helper()
	v.set(v.Name, up)
}

func (v *Veth) set(name string, up bool) {
	v.t.Helper()
	link, err := netlink.LinkByName(name)
	require.NoError(v.t, err)
	if up {
		err = netlink.LinkSetUp(link)
	} else {
		err = netlink.LinkSetDown(link)
	}
	require.NoError(v.t, err)
}

// Address gives our end addresses such as "192.168.144.1/24", IPv4 ones with
// their broadcast, IPv6 ones without duplicate detection.
func (v *Veth) Address(prefixes ...string) {
	v.t.Helper()
	address(v.t, v.Name, prefixes)
}

// PeerAddress is Address for the peer.
func (v *Veth) PeerAddress(prefixes ...string) {
	v.t.Helper()
	v.Peer(func() { address(v.t, PeerName, prefixes) })
}

func address(t testing.TB, name string, prefixes []string) {
	t.Helper()
	link, err := netlink.LinkByName(name)
	require.NoError(t, err)
	for _, p := range prefixes {
		a, err := netlink.ParseAddr(p)
		require.NoError(t, err)
		if strings.Contains(p, ":") {
			a.Flags = unix.IFA_F_NODAD
		}
		require.NoError(t, netlink.AddrAdd(link, a))
	}
}

// Hardware returns the hardware address of our end.
func (v *Veth) Hardware() string { return hardware(v.t, v.Name) }

// PeerHardware returns the hardware address of the peer.
func (v *Veth) PeerHardware() (mac string) {
	v.Peer(func() { mac = hardware(v.t, PeerName) })
	return mac
}

func hardware(t testing.TB, name string) string {
	link, err := netlink.LinkByName(name)
	require.NoError(t, err)
	return link.Attrs().HardwareAddr.String()
}
