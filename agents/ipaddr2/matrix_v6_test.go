package ipaddr2

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

func TestMatrixOfIPv6(t *testing.T) {
	t.Parallel()
	row(t, "row 39: a label is ignored for IPv6", func(w *world) {
		r := w.resource(p("ip", v6, "iflabel", "web", "nodad", "true"))
		r.does("start", ocf.Success)
		r.does("monitor", ocf.Success)
		w.has("eth0", v6+"/64")
	})
	row(t, "row 40: start ends a tenth of a second after duplicate address detection", func(w *world) {
		r := w.resource(p("ip", v6))
		watch := w.monitor()
		r.does("start", ocf.Success)
		ended := time.Now()
		e := w.has("eth0", v6+"/64")
		require.False(w.t, e.Tentative)
		require.Equal(w.t, 256, e.Metric)
		require.Len(w.t, w.labels(v6), 1)
		require.Contains(w.t, w.labels(v6)[0], "label 99")
		usable := watch.waitFor(func(line string) bool { return hasWords(line, v6+"/64") && !hasWords(line, "tentative") })
		require.Less(w.t, ended.Sub(usable), 100*time.Millisecond)
	})
	row(t, "row 41: another spelling is the same address", func(w *world) {
		w.resource(p("ip", v6, "nodad", "true")).does("start", ocf.Success)
		r := w.resource(p("ip", "2001:DB8:1234:0:0::2", "nodad", "true"))
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.nowhere(v6)
	})
	row(t, "row 42: an address in full needs no route and no canonical form", func(w *world) {
		r := w.resource(p("ip", "FD00:0:0:0:0:0:0:1", "nic", "eth1", "cidr_netmask", "64", "nodad", "true"))
		r.does("start", ocf.Success)
		w.has("eth1", "fd00::1/64")
		r.does("stop", ocf.Success)
		w.nowhere("fd00::1")
	})
	row(t, "row 43: an address that the peer has is not kept", func(w *world) {
		w.inside(func() { w.eth0.PeerAddress("2001:db8:1234::9/64") })
		r := w.resource(p("ip", "2001:db8:1234::9"))
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, "another host")
		w.nowhere("2001:db8:1234::9")
		require.Empty(w.t, w.labels("2001:db8:1234::9"))
		r.does("monitor", ocf.NotRunning)
	})
	row(t, "row 44: a link-local address without interface is 6", func(w *world) {
		r := w.resource(p("ip", "fe80::2"))
		r.does("start", ocf.ErrConfigured)
		r.does("validate-all", ocf.ErrConfigured)
	})
	row(t, "row 45: a link-local address lives on its interface", func(w *world) {
		r := w.resource(p("ip", "fe80::2", "nic", "eth0", "nodad", "true"))
		r.does("start", ocf.Success)
		require.Equal(w.t, "link", w.has("eth0", "fe80::2/64").Scope)
		r.does("stop", ocf.Success)
		w.nowhere("fe80::2")
	})
	row(t, "row 46: a preferred lifetime of 0 makes a deprecated address that stays", func(w *world) {
		w.resource(p("ip", v6, "preferred_lft", "0", "nodad", "true")).does("start", ocf.Success)
		e := w.has("eth0", v6+"/64")
		require.True(w.t, e.Deprecated)
		require.Equal(w.t, uint32(0xffffffff), e.ValidLft)
	})
	row(t, "row 47: an empty preferred lifetime is 6 for both families, and stop is 0", func(w *world) {
		for _, ip := range []string{v6, v4} {
			r := w.resource(p("ip", ip, "preferred_lft", ""))
			r.does("start", ocf.ErrConfigured)
			r.does("validate-all", ocf.ErrConfigured)
			r.does("stop", ocf.Success)
		}
	})
	row(t, "row 48: a garbled preferred lifetime is 6 and leaves no label", func(w *world) {
		r := w.resource(p("ip", v6, "preferred_lft", "abc"))
		r.does("start", ocf.ErrConfigured)
		r.does("validate-all", ocf.ErrConfigured)
		w.nowhere(v6)
		require.Empty(w.t, w.labels(v6))
	})
	row(t, "a garbled preferred lifetime does not matter for IPv4", func(w *world) {
		w.resource(p("ip", v4, "preferred_lft", "abc")).does("start", ocf.Success)
	})
	row(t, "a preferred lifetime counts in seconds, decimal or hexadecimal", func(w *world) {
		for _, text := range []string{"3600", "0xe10"} {
			r := w.resource(p("ip", v6, "preferred_lft", text, "nodad", "true"))
			r.does("start", ocf.Success)
			require.InDelta(w.t, 3600, w.has("eth0", v6+"/64").PreferedLft, 5)
			r.does("stop", ocf.Success)
		}
	})
	row(t, "row 49: a broadcast is ignored with a warning", func(w *world) {
		result := w.resource(p("ip", v6, "broadcast", "1.2.3.4", "nodad", "true")).does("start", ocf.Success)
		require.Contains(w.t, result.Stderr, "WARNING: broadcast is ignored")
		w.has("eth0", v6+"/64")
	})
	row(t, "row 50: a prefix length of 129 is 6", func(w *world) {
		w.resource(p("ip", v6, "cidr_netmask", "129")).does("validate-all", ocf.ErrConfigured)
	})
	row(t, "row 51: lvs_support is not for IPv6", func(w *world) {
		r := w.resource(p("ip", v6, "lvs_support", "true"))
		r.does("validate-all", ocf.ErrConfigured)
		r.does("start", ocf.ErrConfigured)
		r.does("stop", ocf.Success)
	})
	row(t, "row 52: an address label is no matter for IPv4", func(w *world) {
		r := w.resource(p("ip", v4, "lvs_ipv6_addrlabel", "true", "lvs_ipv6_addrlabel_value", "x"))
		r.does("validate-all", ocf.Success)
		r.does("start", ocf.Success)
	})
}

func TestIPv6AddressLabel(t *testing.T) {
	t.Parallel()
	row(t, "the label has the wanted value and goes with the address", func(w *world) {
		r := w.resource(p("ip", v6, "lvs_ipv6_addrlabel_value", "77", "nodad", "true"))
		r.does("start", ocf.Success)
		require.Contains(w.t, w.labels(v6)[0], "label 77")
		r.does("stop", ocf.Success)
		require.Empty(w.t, w.labels(v6))
	})
	row(t, "the label goes even when the option was switched off meanwhile", func(w *world) {
		r := w.resource(p("ip", v6, "nodad", "true"))
		r.does("start", ocf.Success)
		r.with("lvs_ipv6_addrlabel", "false").does("stop", ocf.Success)
		require.Empty(w.t, w.labels(v6))
	})
	row(t, "no label is installed when it is not wanted, and a foreign one stays", func(w *world) {
		w.ip("addrlabel", "add", "prefix", v6+"/128", "label", "55")
		r := w.resource(p("ip", v6, "lvs_ipv6_addrlabel", "false", "nodad", "true"))
		r.does("start", ocf.Success)
		r.does("stop", ocf.Success)
		require.Len(w.t, w.labels(v6), 1)
	})
	row(t, "a label that a shell agent has left is taken away", func(w *world) {
		w.ip("addrlabel", "add", "prefix", v6+"/128", "label", "99")
		w.ip("address", "add", v6+"/64", "dev", "eth0", "nodad")
		w.resource(p("ip", v6)).does("stop", ocf.Success)
		w.nowhere(v6)
		require.Empty(w.t, w.labels(v6))
	})
	row(t, "a label value that the kernel cannot have is 6 for start and nothing for stop", func(w *world) {
		for _, value := range []string{"", "x", "-1", "4294967295", "99999999999"} {
			r := w.resource(p("ip", v6, "lvs_ipv6_addrlabel_value", value))
			r.does("start", ocf.ErrConfigured)
			r.does("stop", ocf.Success)
		}
		w.nowhere(v6)
	})
	row(t, "a value that is bad does not matter when no label is wanted", func(w *world) {
		w.resource(p("ip", v6, "lvs_ipv6_addrlabel_value", "x", "lvs_ipv6_addrlabel", "false", "nodad", "true")).does("start", ocf.Success)
	})
}
