package ipaddr2

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
)

// A complaint is a bad input and what the operator gets to read.
type complaint struct {
	given  string
	action string
	want   ocf.Code
	params map[string]string
	// prepare makes the surroundings bad instead.
	prepare func(w *world, r *resource)
}

func complaints() []complaint {
	const bad, failed, missing, denied, off = ocf.ErrConfigured, ocf.ErrGeneric, ocf.ErrInstalled, ocf.ErrPerm, ocf.NotRunning
	return []complaint{
		{"no address", "start", bad, p(), nil},
		{"no address", "monitor", bad, p(), nil},
		{"an empty address", "start", bad, p("ip", ""), nil},
		{"a name for an address", "start", bad, p("ip", "www.example.com"), nil},
		{"a name for an address", "monitor", failed, p("ip", "www.example.com"), nil},
		{"an octet beyond 255", "start", bad, p("ip", "10.0.0.256"), nil},
		{"an address with its prefix length", "start", bad, p("ip", v4+"/24"), nil},
		{"five groups of IPv6", "start", bad, p("ip", "1:2:3:4:5"), nil},
		{"a mask of 33", "start", bad, p("ip", v4, "cidr_netmask", "33"), nil},
		{"a mask of 0", "start", bad, p("ip", v4, "cidr_netmask", "0"), nil},
		{"a netmask with holes", "start", bad, p("ip", v4, "cidr_netmask", "255.0.255.0"), nil},
		{"a netmask for IPv6", "start", bad, p("ip", v6, "cidr_netmask", "255.255.255.0"), nil},
		{"a word for a broadcast", "start", bad, full("broadcast", "foo"), nil},
		{"an interface that is missing", "start", missing, p("ip", v4, "nic", "bond7"), nil},
		{"an interface that is missing", "validate-all", bad, p("ip", v4, "nic", "bond7"), nil},
		{"an interface that is missing", "monitor", failed, p("ip", v4, "nic", "bond7"), nil},
		{"a label that is too long", "start", bad, p("ip", v4, "iflabel", "labellabellabel"), nil},
		{"link-local without interface", "start", bad, p("ip", "fe80::2"), nil},
		{"another zone than the interface", "start", bad, p("ip", "fe80::2%eth1", "nic", "eth0"), nil},
		{"a zone for a global address", "start", bad, p("ip", v6+"%eth0"), nil},
		{"no route", "start", failed, p("ip", "10.9.9.9"), nil},
		{"no route for the mask", "start", failed, p("ip", v4, "cidr_netmask", "16"), nil},
		{"no route on the interface", "start", failed, p("ip", v4, "nic", "eth1"), nil},
		{"no route of the protocol", "start", failed, p("ip", v4, "proto", "static"), nil},
		{"an unknown protocol", "start", bad, p("ip", v4, "proto", "smoke"), nil},
		{"no announcements", "start", bad, p("ip", v4, "arp_count", "0"), nil},
		{"a word for the interval", "start", bad, p("ip", v4, "arp_interval", "1s"), nil},
		{"an unknown sender", "start", bad, p("ip", v4, "arp_sender", "pigeon"), nil},
		{"a garbled lifetime", "start", bad, p("ip", v6, "preferred_lft", "abc"), nil},
		{"an empty lifetime", "start", bad, p("ip", v6, "preferred_lft", ""), nil},
		{"lvs_support for IPv6", "start", bad, p("ip", v6, "lvs_support", "true"), nil},
		{"a garbled address label", "start", bad, p("ip", v6, "lvs_ipv6_addrlabel_value", "x"), nil},
		{"a namespace that is missing", "start", missing, p("ip", v4, "network_namespace", "nope"), nil},
		{"a namespace that is a path", "start", bad, p("ip", v4, "network_namespace", "../nope"), nil},
		{"a clone-max that is no number", "start", bad, p("ip", v4), env(cloneEnv("many", "0", "true"))},
		{"a load-sharing clone's address of one host", "start", bad, p("ip", v4, "mac", "00:11:22:33:44:55"), env(cloneEnv("2", "0", "true"))},
		{"a load-sharing clone beyond its bound", "start", bad, p("ip", v4), env(cloneEnv("2", "2", "true"))},
		{"a unique address without a unique clone", "start", bad, p("ip", v4, "unique_clone_address", "1"), nil},
		{"a clone number beyond the octet", "start", bad, p("ip", "192.168.144.254", "unique_clone_address", "1"), env(cloneEnv("3", "2", "true"))},
		{"not root", "start", denied, p("ip", v4), func(_ *world, r *resource) { r.UID = 65534 }},
		{"not root", "stop", denied, p("ip", v4), func(_ *world, r *resource) { r.UID = 65534 }},
		{"root without the capability", "start", denied, p("ip", v4), withoutCapability},
		{"root without the capability, address held", "stop", denied, p("ip", v4), func(w *world, r *resource) {
			w.ip("address", "add", v4+"/24", "dev", "eth0")
			withoutCapability(w, r)
		}},
		{"a state folder that cannot be written", "start", failed, p("ip", v4), readOnlyState},
		{"IPv6 switched off on the interface", "start", failed, p("ip", v6, "nic", "eth1", "cidr_netmask", "64", "nodad", "1"),
			func(w *world, _ *resource) { w.disableIPv6("eth1") }},
		{"an IPv6 group address", "start", failed, p("ip", "ff02::77", "nic", "eth0", "cidr_netmask", "64"), nil},
		{"no carrier", "start", failed, full("nic", "eth1"), func(w *world, r *resource) {
			w.inside(func() { w.eth1.PeerUp(false) })
			r.Env = p("OCF_RESKEY_CRM_meta_timeout", "1000")
		}},
		{"no carrier under a held address", "start", missing, full("nic", "eth1"), func(w *world, r *resource) {
			w.ip("address", "add", v4+"/24", "dev", "eth1")
			w.inside(func() { w.eth1.PeerUp(false) })
			r.Env = p("OCF_RESKEY_CRM_meta_timeout", "1000")
		}},
		{"no carrier under a held address", "monitor", off, full("nic", "eth1"), func(w *world, r *resource) {
			w.ip("address", "add", v4+"/24", "dev", "eth1")
			w.ip("link", "set", "eth1", "down")
		}},
		{"another label", "monitor", failed, p("ip", v4, "iflabel", "web"), func(w *world, _ *resource) { otherwiseLabelled(w) }},
		{"a held address whose route is gone", "monitor", failed, p("ip", "10.9.9.9"), func(w *world, _ *resource) {
			w.ip("address", "add", "10.9.9.9/24", "dev", "eth1", "noprefixroute")
		}},
		{"an address that is there twice", "stop", failed, p("ip", "10.9.9.9"), func(w *world, _ *resource) {
			w.ip("address", "add", "10.9.9.9/32", "dev", "eth0")
			w.ip("address", "add", "10.9.9.9/32", "dev", "eth1")
		}},
		{"another operation that does not end", "start", failed, p("ip", v4), func(w *world, r *resource) {
			state := &ocf.State{Dir: w.state}
			unlock, err := state.Lock(w.t.Context(), "IPaddr2-"+v4)
			require.NoError(w.t, err)
			w.t.Cleanup(unlock)
			r.Env = p("OCF_RESKEY_CRM_meta_timeout", "1000")
		}},
	}
}

// Two routes that both match are no bad input (ipaddr2.md 4.1); row 31 has them.

func env(vars map[string]string) func(*world, *resource) {
	return func(_ *world, r *resource) { r.Env = vars }
}

// withoutCapability has the action run on a thread that may not change the network.
func withoutCapability(w *world, r *resource) {
	agent := Agent
	bind := agent.New
	agent.New = func(params *ocf.Params) ocf.Actions {
		actions := bind(params)
		for _, act := range []*ocf.ActionFunc{&actions.Start, &actions.Stop} {
			inner := *act
			*act = actIn(w.ns, func(ctx context.Context, c *ocf.Call) error {
				restore, err := dropNetAdmin()
				if err != nil {
					return err
				}
				defer restore()
				return inner(ctx, c)
			})
		}
		return actions
	}
	r.Agent = &agent
}

// dropNetAdmin takes CAP_NET_ADMIN from the effective set of the thread, to which the caller is locked.
func dropNetAdmin() (restore func(), err error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var all, less [2]unix.CapUserData
	if err := unix.Capget(&header, &all[0]); err != nil {
		return nil, err
	}
	less = all
	less[0].Effective &^= 1 << unix.CAP_NET_ADMIN
	if err := unix.Capset(&header, &less[0]); err != nil {
		return nil, err
	}
	return func() { _ = unix.Capset(&header, &all[0]) }, nil
}

// readOnlyState puts a file system in the folder's place that refuses to be written.
func readOnlyState(w *world, r *resource) {
	dir := w.t.TempDir()
	require.NoError(w.t, unix.Mount("tmpfs", dir, "tmpfs", unix.MS_RDONLY, ""))
	w.t.Cleanup(func() { require.NoError(w.t, unix.Unmount(dir, 0)) })
	r.State = dir
}

func (w *world) disableIPv6(nic string) {
	w.inside(func() {
		file := filepath.Join("/proc/sys/net/ipv6/conf", nic, "disable_ipv6")
		require.NoError(w.t, os.WriteFile(file, []byte("1"), 0o644))
	})
}

// Each bad input gives its code and exactly one line, the last of standard error; the lines are in a
// file, to be read by those who know what an operator wants at three in the morning.
func TestReasonsForBadInput(t *testing.T) {
	t.Parallel()
	all := complaints()
	lines := make([]string, len(all))
	t.Run("cases", func(t *testing.T) {
		for i, c := range all {
			t.Run(c.given+", "+c.action, func(t *testing.T) {
				inWorld(t, func(w *world) {
					r := w.resource(c.params)
					if c.prepare != nil {
						c.prepare(w, r)
					}
					result := r.does(c.action, c.want)
					requireOneReason(t, result)
					lines[i] = fmt.Sprintf("%s, %s: %d %s\n", c.given, c.action, c.want, stable(result.Reason, r.State))
					if c.action == "start" && c.want != ocf.ErrInstalled {
						w.requireNothingAdded(c.params["ip"])
					}
				})
			})
		}
	})
	ocftest.Golden(t, "reasons.txt", strings.Join(lines, ""))
}

// requireOneReason requires one exit reason in the last line, short enough for the CIB.
func requireOneReason(t *testing.T, result ocftest.Result) {
	t.Helper()
	require.Equal(t, 1, strings.Count(result.Stderr, "ocf-exit-reason:"), result.Stderr)
	all := strings.Split(strings.TrimSuffix(result.Stderr, "\n"), "\n")
	require.Equal(t, "ocf-exit-reason:"+result.Reason, all[len(all)-1])
	require.Less(t, len(result.Reason), 200)
}

func (w *world) requireNothingAdded(ip string) {
	if a := netipText(ip); a != "invalid IP" {
		w.nowhere(a)
	}
}

// stable replaces what differs from run to run.
func stable(reason, state string) string {
	reason = strings.ReplaceAll(reason, state, "/run/resource-agents")
	return regexp.MustCompile(`interface \d+`).ReplaceAllString(reason, "interface N")
}

// A folder that cannot be written is no reason to leave an address where it is, nor to think it lost.
func TestReadOnlyStateFolder(t *testing.T) {
	t.Parallel()
	row(t, "monitor, probe and stop work without the folder", func(w *world) {
		w.ip("address", "add", v4+"/24", "dev", "eth0")
		r := w.resource(p("ip", v4))
		readOnlyState(w, r)
		r.does("monitor", ocf.Success)
		r.does("probe", ocf.Success)
		result := r.does("stop", ocf.Success)
		require.Contains(w.t, result.Stderr, "WARNING: stop without a lock")
		w.nowhere(v4)
	})
	row(t, "start of what is held works without the folder", func(w *world) {
		w.ip("address", "add", v4+"/24", "dev", "eth0")
		r := w.resource(p("ip", v4))
		readOnlyState(w, r)
		require.False(w.t, slices.Contains([]ocf.Code{ocf.ErrConfigured, ocf.ErrInstalled}, r.Call(w.t, "start").Code))
		w.has("eth0", v4+"/24")
	})
}
