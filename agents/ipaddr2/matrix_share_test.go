package ipaddr2

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
	"ocfbox/test/lab"
)

// shared is the hardware address that all nodes compute for v4 with the lab's prefix length and broadcast
// address (ipaddr2.md 7).
const shared = "51:1b:55:97:4e:28"

// instance is one of two instances of a load-sharing clone of v4.
func instance(w *world, number string, pairs ...string) *resource {
	r := w.resource(p(append([]string{"ip", v4}, pairs...)...))
	r.Env = cloneEnv("2", number, "true")
	r.Env["OCF_RESOURCE_INSTANCE"] = "t:" + number
	return r
}

// needFilter skips where the kernel has no nf_tables.
func needFilter(t *testing.T) {
	t.Helper()
	lab.Inside(t, lab.Namespace(t), func() {
		if _, err := new(netif.Net).Shared(ipOf(v4)); errors.Is(err, netif.ErrNoFilter) {
			lab.Missing(t, "this test needs a kernel with nf_tables")
		}
	})
}

var ipOf = netip.MustParseAddr

// rules is what the packet filter has of v4.
func (w *world) rules() (shared netif.Shared) {
	w.t.Helper()
	w.inside(func() {
		var err error
		shared, err = new(netif.Net).Shared(ipOf(v4))
		require.NoError(w.t, err)
	})
	return shared
}

// hears requires the buckets whose clients the node hears, behind a drop, and that it lets their packets
// in.
func (w *world) hears(buckets ...int) {
	w.t.Helper()
	rules := w.rules()
	require.True(w.t, rules.Ruled)
	require.Equal(w.t, buckets, rules.Buckets)
	require.Contains(w.t, w.ip("maddress", "show", "dev", "eth0"), shared)
	w.has("eth0", v4+"/24")
}

// spotless requires that nothing of the clone is left on the node.
func (w *world) spotless() {
	w.t.Helper()
	rules := w.rules()
	require.False(w.t, rules.Ruled)
	require.Empty(w.t, rules.Buckets)
	require.NotContains(w.t, w.ip("maddress", "show", "dev", "eth0"), shared)
	w.nowhere(v4)
	left, err := os.ReadDir(w.state)
	require.NoError(w.t, err)
	for _, file := range left {
		require.False(w.t, strings.HasSuffix(file.Name(), ".state"), "%s is left", file.Name())
	}
}

func TestMatrixOfLoadSharingClones(t *testing.T) {
	t.Parallel()
	needFilter(t)
	row(t, "row 76: start hears its bucket, lets the shared hardware address in, and adds the address", func(w *world) {
		r := instance(w, "0")
		r.does("validate-all", ocf.Success)
		r.does("start", ocf.Success)
		w.hears(1)
		r.does("monitor", ocf.Success)
		r.does("probe", ocf.Success)
		require.Equal(w.t, "running\n", r.does("status", ocf.Success).Stdout)
		r.Runner = noPrograms{w.t}
		asked := requests(w, r, ocf.Success)
		require.Equal(w.t, 1, strings.Count(asked, "get the rules"), "%s", asked)
		require.NotContains(w.t, asked, "list ")
	})
	row(t, "row 77: a probe of the other instance finds nothing", func(w *world) {
		instance(w, "0").does("start", ocf.Success)
		require.Empty(w.t, instance(w, "1").does("probe", ocf.NotRunning).Reason)
		require.Contains(w.t, instance(w, "1").does("monitor", ocf.NotRunning).Reason, "for other instances")
		w.ip("link", "set", "eth0", "down")
		instance(w, "1", "nic", "eth0", "cidr_netmask", "24").does("probe", ocf.NotRunning)
	})
	row(t, "row 78: stop of one of two instances leaves the address to the other", func(w *world) {
		instance(w, "0").does("start", ocf.Success)
		instance(w, "1").does("start", ocf.Success)
		w.hears(1, 2)
		instance(w, "0").does("monitor", ocf.Success)
		for range 2 {
			instance(w, "0").does("stop", ocf.Success)
			w.hears(2)
			instance(w, "0").does("probe", ocf.NotRunning)
			instance(w, "1").does("monitor", ocf.Success)
		}
	})
	row(t, "row 79: stop of the last instance leaves nothing", func(w *world) {
		for _, number := range []string{"0", "1"} {
			instance(w, number).does("start", ocf.Success)
		}
		for _, number := range []string{"0", "1", "1", "0"} {
			instance(w, number).does("stop", ocf.Success)
		}
		w.spotless()
	})
	row(t, "row 80: an address deleted by hand comes back without a second set of rules", func(w *world) {
		r := instance(w, "0")
		r.does("start", ocf.Success)
		before := w.rules()
		w.ip("address", "del", v4+"/24", "dev", "eth0")
		r.does("monitor", ocf.NotRunning)
		r.does("start", ocf.Success)
		w.hears(1)
		require.Len(w.t, w.rules().Buckets, len(before.Buckets))
		r.does("stop", ocf.Success)
		w.spotless()
	})
	row(t, "row 81: on the loopback interface a clone is an ordinary address", func(w *world) {
		r := w.resource(p("ip", v4, "nic", "lo", "cidr_netmask", "32"))
		r.Env = cloneEnv("2", "0", "false")
		r.does("start", ocf.Success)
		w.has("lo", v4+"/32")
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "a clone-max that is no number greater than 0 is 6", func(w *world) {
		for _, max := range []string{"0", "x", "-1"} {
			r := w.resource(p("ip", v4))
			r.Env = cloneEnv(max, "0", "false")
			r.does("start", ocf.ErrConfigured)
			r.does("stop", ocf.Success)
		}
	})
	row(t, "a clone-max of 1 is no load-sharing", func(w *world) {
		r := w.resource(p("ip", v4))
		r.Env = cloneEnv("1", "0", "false")
		r.does("start", ocf.Success)
		r.does("monitor", ocf.Success)
	})
	row(t, "a second start changes nothing and says nothing", func(w *world) {
		r := instance(w, "0")
		r.does("start", ocf.Success)
		require.NotContains(w.t, r.does("start", ocf.Success).Stderr, "share")
		w.hears(1)
	})
	row(t, "rules removed by hand are missed and made again", func(w *world) {
		r := instance(w, "0")
		r.does("start", ocf.Success)
		w.inside(func() { require.NoError(w.t, new(netif.Net).Unshare(ipOf(v4))) })
		require.Contains(w.t, r.does("monitor", ocf.NotRunning).Reason, "without the rules")
		r.does("start", ocf.Success)
		w.hears(1)
		w.inside(func() { require.NoError(w.t, new(netif.Net).Unshare(ipOf(v4))) })
		r.does("stop", ocf.Success)
		w.spotless()
	})
	row(t, "the bucket of a larger clone-max keeps nothing alive", func(w *world) {
		r := instance(w, "2")
		r.Env["OCF_RESKEY_CRM_meta_clone_max"] = "3"
		r.does("start", ocf.Success)
		instance(w, "0").does("start", ocf.Success)
		w.hears(1)
		instance(w, "0").does("stop", ocf.Success)
		require.False(w.t, w.rules().Ruled)
		w.nowhere(v4)
	})
	row(t, "what a load-sharing clone cannot have is 6 at start and nothing at stop", func(w *world) {
		for _, bad := range [][]string{
			{"mac", "00:11:22:33:44:55"}, {"mac", "01:02"}, {"clusterip_hash_seed", "seed"},
			{"clusterip_hash", "destip"}, {"lvs_support", "true"},
		} {
			r := instance(w, "0", bad...)
			r.does("start", ocf.ErrConfigured)
			r.does("validate-all", ocf.ErrConfigured)
			r.does("stop", ocf.Success)
			w.spotless()
			r.Env = nil
			if bad[0] != "lvs_support" {
				r.does("start", ocf.Success)
				r.does("stop", ocf.Success)
			}
		}
		r := instance(w, "2")
		r.does("start", ocf.ErrConfigured)
		six := w.resource(p("ip", v6, "clusterip_mac_mangle", "true"))
		six.Env = cloneEnv("2", "0", "true")
		six.does("start", ocf.ErrConfigured)
	})
	row(t, "a start that fails takes its rules back", func(w *world) {
		w.inside(func() { w.eth0.PeerUp(false) })
		r := instance(w, "0", "nic", "eth0", "cidr_netmask", "24")
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, "no link")
		require.False(w.t, w.rules().Ruled)
		w.nowhere(v4)
	})
	row(t, "every announcement names the shared hardware address, of a monitor too", func(w *world) {
		frames := w.eth0.Sniff()
		r := instance(w, "0", "arp_count", "2", "arp_interval", "10", "arp_count_refresh", "1")
		r.does("start", ocf.Success)
		frames.Wait(4, patience, arpOf(v4))
		r.does("monitor", ocf.Success)
		for _, frame := range frames.Wait(6, patience, arpOf(v4)) {
			var packet netif.ARP
			require.NoError(w.t, packet.UnmarshalBinary(frame.Payload))
			require.Equal(w.t, shared, packet.Sender.String())
		}
	})
	row(t, "a configured hardware address is taken", func(w *world) {
		r := instance(w, "0", "mac", "01-00-5E-00-01-02")
		r.does("start", ocf.Success)
		require.Contains(w.t, w.ip("maddress", "show", "dev", "eth0"), "01:00:5e:00:01:02")
		r.does("stop", ocf.Success)
		require.NotContains(w.t, w.ip("maddress", "show", "dev", "eth0"), "01:00:5e:00:01:02")
	})
}
