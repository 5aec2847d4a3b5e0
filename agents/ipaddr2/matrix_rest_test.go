package ipaddr2

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
	"ocfbox/test/lab"
)

func TestMatrixOfLVS(t *testing.T) {
	t.Parallel()
	row(t, "row 53: the loopback interface's twin is taken away and given back as it was", func(w *world) {
		w.ip("address", "add", v4+"/32", "dev", "lo", "label", "lo:vip", "scope", "host")
		before := w.has("lo", v4+"/32")
		r := w.resource(p("ip", v4, "lvs_support", "true"))
		r.does("start", ocf.Success)
		w.lacks("lo", v4+"/32")
		w.has("eth0", v4+"/24")
		note, err := os.ReadFile(w.state + "/" + v4)
		require.NoError(w.t, err)
		require.Equal(w.t, v4+" 32 255.255.255.255 lo\n", string(note))
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("eth0", v4+"/24")
		require.Equal(w.t, before, w.has("lo", v4+"/32"))
		require.NoFileExists(w.t, w.state+"/"+v4)
	})
	row(t, "a stop by the shell agent's note alone gives the twin back", func(w *world) {
		require.NoError(w.t, os.WriteFile(w.state+"/"+v4, []byte(v4+" 32 255.255.255.255 lo\n"), 0o600))
		w.ip("address", "add", v4+"/24", "dev", "eth0")
		w.resource(p("ip", v4, "lvs_support", "true")).does("stop", ocf.Success)
		w.lacks("eth0", v4+"/24")
		require.Equal(w.t, "255.255.255.255", w.has("lo", v4+"/32").Broadcast)
	})
	row(t, "a twin that is no host address stays", func(w *world) {
		w.ip("address", "add", v4+"/31", "dev", "lo")
		r := w.resource(full("lvs_support", "true"))
		r.does("start", ocf.Success)
		w.has("lo", v4+"/31")
		r.does("stop", ocf.Success)
		w.has("lo", v4+"/31")
	})
	row(t, "a start that does not succeed gives the twin back", func(w *world) {
		w.ip("address", "add", v4+"/32", "dev", "lo")
		w.inside(func() { w.eth0.PeerAddress(v4 + "/24") })
		r := w.resource(p("ip", v4, "lvs_support", "true", "run_arping", "true"))
		r.does("start", ocf.ErrGeneric)
		w.has("lo", v4+"/32")
		w.lacks("eth0", v4+"/24")
	})
	row(t, "without lvs_support the twin stays", func(w *world) {
		w.ip("address", "add", v4+"/32", "dev", "lo")
		r := w.resource(full())
		r.does("start", ocf.Success)
		w.has("lo", v4+"/32")
		r.does("stop", ocf.Success)
		w.has("lo", v4+"/32")
	})
}

func TestMatrixOfNamespaces(t *testing.T) {
	t.Parallel()
	row(t, "row 82: an address in a network namespace is in that one only", func(w *world) {
		inner := w.innerNode()
		r := w.resource(full("network_namespace", inner))
		r.does("start", ocf.Success)
		r.does("monitor", ocf.Success)
		w.nowhere(v4)
		require.Contains(w.t, ipIn(w.t, inner, "-o", "address", "show", "dev", "eth0"), v4+"/24")
		r.does("stop", ocf.Success)
		require.NotContains(w.t, ipIn(w.t, inner, "-o", "address", "show", "dev", "eth0"), v4+"/24")
	})
	row(t, "equal addresses in two namespaces keep apart", func(w *world) {
		outer, inner := w.resource(full("iflabel", "out")), w.resource(full("network_namespace", w.innerNode()))
		outer.does("start", ocf.Success)
		inner.does("start", ocf.Success)
		inner.does("stop", ocf.Success)
		w.has("eth0", v4+"/24")
		outer.does("monitor", ocf.Success)
		inner.does("monitor", ocf.NotRunning)
	})
	row(t, "the announcements of a namespace leave from that namespace", func(w *world) {
		inner := lab.Namespace(w.t)
		var wire *lab.Veth
		lab.Inside(w.t, inner, func() {
			wire = lab.NewVeth(w.t, "eth0")
			wire.Address("192.168.144.1/24")
		})
		frames := wire.Sniff()
		w.resource(full("network_namespace", inner, "arp_count", "2", "arp_interval", "20")).does("start", ocf.Success)
		frames.Wait(4, patience, arpOf(v4))
	})
	row(t, "row 83: a namespace that is missing is 7 for probe, 0 for stop, 5 for start", func(w *world) {
		r := w.resource(p("ip", v4, "network_namespace", "nope"))
		r.does("probe", ocf.NotRunning)
		r.does("monitor", ocf.NotRunning)
		require.Equal(w.t, "stopped\n", r.does("status", ocf.NotRunning).Stdout)
		r.does("stop", ocf.Success)
		r.does("start", ocf.ErrInstalled)
		r.does("validate-all", ocf.ErrInstalled)
	})
	row(t, "a namespace with a dot or a slash for a name is 6, and nothing to stop", func(w *world) {
		for _, name := range []string{".", "..", "a/b", "../netns/x"} {
			r := w.resource(p("ip", v4, "network_namespace", name))
			for _, action := range []string{"start", "validate-all", "monitor", "probe"} {
				r.does(action, ocf.ErrConfigured)
			}
			r.does("stop", ocf.Success)
		}
	})
}

// innerNode is a namespace on the node with an eth0 of its own.
func (w *world) innerNode() string {
	inner := lab.Namespace(w.t)
	lab.Inside(w.t, inner, func() { lab.NewVeth(w.t, "eth0").Address("192.168.144.1/24") })
	return inner
}

func TestMatrixOfStops(t *testing.T) {
	t.Parallel()
	row(t, "row 84: stop of the first address of a subnet leaves the second", func(w *world) {
		w.promoteSecondaries("0")
		first := w.resource(p("ip", "10.77.0.5", "nic", "eth1", "cidr_netmask", "24", "iflabel", "a"))
		second := w.resource(p("ip", "10.77.0.6", "nic", "eth1", "cidr_netmask", "24", "iflabel", "b", "broadcast", "+"))
		second.Env = p("OCF_RESOURCE_INSTANCE", "u")
		first.does("start", ocf.Success)
		second.does("start", ocf.Success)
		before := w.has("eth1", "10.77.0.6/24")
		watch := w.monitor()
		first.does("stop", ocf.Success)
		w.nowhere("10.77.0.5")
		watch.waitFor(func(line string) bool {
			// It does not even go for a moment.
			require.False(w.t, hasWords(line, "Deleted", "10.77.0.6/24"), line)
			return hasWords(line, "Deleted", "10.77.0.5/24")
		})
		after := w.has("eth1", "10.77.0.6/24")
		before.Secondary = false
		require.Equal(w.t, before, after)
		second.does("monitor", ocf.Success)
		second.does("stop", ocf.Success)
		w.nowhere("10.77.0.6")
	})
	row(t, "an administrator's route that the kernel deletes with the address is put back", func(w *world) {
		r := w.resource(p("ip", "10.6.7.7", "nic", "eth1", "cidr_netmask", "16"))
		r.does("start", ocf.Success)
		w.ip("route", "add", "10.6.0.0/16", "dev", "eth1", "metric", "5", "proto", "static")
		w.ip("route", "add", "10.66.0.0/16", "dev", "eth1", "proto", "static")
		r.does("stop", ocf.Success)
		require.Len(w.t, w.routes("-4", "10.66.0.0/16"), 1)
		require.Len(w.t, w.routes("-4", "10.6.0.0/16"), 1)
	})
	row(t, "row 85: a process that has the number of a worker of long ago stays alive", func(w *world) {
		stranger := exec.Command("sleep", "600")
		require.NoError(w.t, stranger.Start())
		w.t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
		file := w.state + "/send_arp-" + v4
		require.NoError(w.t, os.WriteFile(file, []byte(strconv.Itoa(stranger.Process.Pid)+"\n"), 0o644))
		w.resource(p("ip", v4)).does("stop", ocf.Success)
		require.NoError(w.t, unix.Kill(stranger.Process.Pid, 0))
		require.NotEqual(w.t, "Z", processState(w.t, stranger.Process.Pid))
		require.NoFileExists(w.t, file)
	})
	row(t, "an address that is there twice, and no telling which is meant, is 1 and stays", func(w *world) {
		w.ip("address", "add", "10.9.9.9/32", "dev", "eth0")
		w.ip("address", "add", "10.9.9.9/32", "dev", "eth1")
		r := w.resource(p("ip", "10.9.9.9"))
		require.Contains(w.t, r.does("stop", ocf.ErrGeneric).Reason, "2 times")
		r.with("nic", "eth0").does("stop", ocf.Success)
		w.lacks("eth0", "10.9.9.9/32")
		w.has("eth1", "10.9.9.9/32")
		r.does("stop", ocf.Success)
		w.nowhere("10.9.9.9")
	})
	row(t, "of two entries stop takes the one that start has noted", func(w *world) {
		w.ip("route", "add", "10.9.9.0/24", "dev", "eth1")
		r := w.resource(p("ip", "10.9.9.9"))
		r.does("start", ocf.Success)
		w.ip("address", "add", "10.9.9.9/32", "dev", "eth0")
		w.ip("link", "set", "eth1", "down")
		r.does("stop", ocf.Success)
		w.lacks("eth1", "10.9.9.9/24")
		w.has("eth0", "10.9.9.9/32")
	})
	row(t, "with an interface and no route, stop takes any entry on it", func(w *world) {
		w.ip("address", "add", "10.9.9.9/29", "dev", "eth1")
		w.ip("route", "flush", "dev", "eth1")
		w.resource(p("ip", "10.9.9.9", "nic", "eth1")).does("stop", ocf.Success)
		w.nowhere("10.9.9.9")
	})
	row(t, "with a mask and no route, stop takes the entry with that mask", func(w *world) {
		w.ip("address", "add", "10.9.9.9/32", "dev", "eth0")
		w.ip("address", "add", "10.9.9.9/28", "dev", "eth1", "noprefixroute")
		w.resource(p("ip", "10.9.9.9", "cidr_netmask", "28")).does("stop", ocf.Success)
		w.lacks("eth1", "10.9.9.9/28")
		w.has("eth0", "10.9.9.9/32")
	})
	row(t, "the loopback interface and those of IPsec are not searched without being told", func(w *world) {
		w.ip("link", "add", "ipsec0", "type", "veth", "peer", "name", "behind")
		w.ip("address", "add", "10.9.9.9/32", "dev", "ipsec0")
		w.ip("address", "add", "10.9.9.9/32", "dev", "lo")
		r := w.resource(p("ip", "10.9.9.9"))
		r.does("monitor", ocf.ErrGeneric)
		r.does("probe", ocf.NotRunning)
		r.does("stop", ocf.Success)
		w.has("lo", "10.9.9.9/32")
		w.has("ipsec0", "10.9.9.9/32")
		r.with("nic", "lo").does("stop", ocf.Success)
		w.lacks("lo", "10.9.9.9/32")
	})
	row(t, "a damaged record counts as none", func(w *world) {
		r := w.resource(p("ip", v4))
		for _, text := range []string{"", "garbage", "boot=0\n", "boot=" + bootID(w.t) + "\nip=x\nprefix=y\nifindex=z\n"} {
			r.does("start", ocf.Success)
			require.NoError(w.t, os.WriteFile(w.state+"/IPaddr2-t.state", []byte(text), 0o600))
			r.does("monitor", ocf.Success)
			r.does("stop", ocf.Success)
			w.nowhere(v4)
		}
	})
	row(t, "stop flushes the route cache when asked to", func(w *world) {
		r := w.resource(p("ip", v4, "flush_routes", "true"))
		r.does("start", ocf.Success)
		require.NotContains(w.t, r.does("stop", ocf.Success).Stderr, "flush the route cache:")
	})
	row(t, "without a prefix route no route is made for the subnet", func(w *world) {
		for _, c := range []struct{ ip, mask, network, family string }{
			{"10.77.0.5", "24", "10.77.0.0/24", "-4"}, {"fd77::5", "64", "fd77::/64", "-6"},
		} {
			params := p("ip", c.ip, "nic", "eth1", "cidr_netmask", c.mask, "nodad", "true")
			r := w.resource(params)
			r.does("start", ocf.Success)
			require.Len(w.t, w.routes(c.family, c.network), 1)
			r.does("stop", ocf.Success)
			r.with("noprefixroute", "true").does("start", ocf.Success)
			require.Empty(w.t, w.routes(c.family, c.network))
			require.True(w.t, w.has("eth1", c.ip+"/"+c.mask).NoPrefix)
			r.does("stop", ocf.Success)
		}
	})
}

func (w *world) promoteSecondaries(value string) {
	w.inside(func() {
		for _, of := range []string{"all", "eth1"} {
			file := filepath.Join("/proc/sys/net/ipv4/conf", of, "promote_secondaries")
			require.NoError(w.t, os.WriteFile(file, []byte(value), 0o644))
		}
	})
}

func bootID(t testing.TB) string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	require.NoError(t, err)
	return strings.TrimSpace(string(text))
}

// processState is the letter of a process's state.
func processState(t testing.TB, pid int) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), ") ")
	return rest[:1]
}
