package ipaddr2

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

func TestMatrixOfRoutesAndLabels(t *testing.T) {
	t.Parallel()
	row(t, "row 30: the longer of two prefixes wins", func(w *world) {
		w.ip("route", "add", "10.0.0.0/8", "dev", "eth1")
		w.ip("route", "add", "10.1.0.0/16", "dev", "eth0")
		w.resource(p("ip", "10.1.2.3")).does("start", ocf.Success)
		w.has("eth0", "10.1.2.3/16")
		w.lacks("eth1", "10.1.2.3/8")
	})
	row(t, "row 31: of two equal routes that with the lower metric wins", func(w *world) {
		twoMetrics(w)
		w.resource(p("ip", "10.5.7.7")).does("start", ocf.Success)
		w.has("eth0", "10.5.7.7/16")
	})
	row(t, "row 32: proto leaves only the routes of that protocol", func(w *world) {
		twoMetrics(w)
		w.resource(p("ip", "10.5.7.7", "proto", "static")).does("start", ocf.ErrGeneric)
		w.nowhere("10.5.7.7")
		w.ip("route", "add", "10.5.7.0/24", "dev", "eth1", "proto", "static")
		w.resource(p("ip", "10.5.7.7", "proto", "4")).does("start", ocf.Success)
		w.has("eth1", "10.5.7.7/24")
	})
	row(t, "row 33: the old form of nic carries a label", func(w *world) {
		r := w.resource(p("ip", v4, "nic", "eth0:web"))
		r.does("start", ocf.Success)
		require.Equal(w.t, "eth0:web", w.has("eth0", v4+"/24").Label)
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 34: the label in nic wins over iflabel", func(w *world) {
		w.resource(p("ip", v4, "nic", "eth0:aa", "iflabel", "bb")).does("start", ocf.Success)
		require.Equal(w.t, "eth0:aa", w.has("eth0", v4+"/24").Label)
	})
	row(t, "row 35: a label beyond 15 characters is 6, and stop is 0", func(w *world) {
		r := w.resource(p("ip", v4, "iflabel", "labellabellabel"))
		for _, action := range []string{"start", "validate-all", "monitor", "probe", "status"} {
			r.does(action, ocf.ErrConfigured)
		}
		w.nowhere(v4)
		w.ip("address", "add", v4+"/24", "dev", "eth0")
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 36: monitor of an address with another label is 1", func(w *world) {
		r := otherwiseLabelled(w)
		require.Contains(w.t, r.does("monitor", ocf.ErrGeneric).Reason, "eth0:zz")
		r.does("probe", ocf.ErrGeneric)
		require.Equal(w.t, "stopped\n", r.does("status", ocf.NotRunning).Stdout)
	})
	row(t, "row 37: start puts the right label in place of another", func(w *world) {
		r := otherwiseLabelled(w)
		r.does("start", ocf.Success)
		require.Equal(w.t, "eth0:web", w.has("eth0", v4+"/24").Label)
		r.does("monitor", ocf.Success)
	})
	row(t, "row 38: stop takes away an address with another label", func(w *world) {
		otherwiseLabelled(w).does("stop", ocf.Success)
		w.nowhere(v4)
	})
}

func twoMetrics(w *world) {
	w.ip("route", "add", "10.5.0.0/16", "dev", "eth0", "metric", "100")
	w.ip("route", "add", "10.5.0.0/16", "dev", "eth1", "metric", "200")
}

// otherwiseLabelled has the address with the label zz, and wants it with web.
func otherwiseLabelled(w *world) *resource {
	w.ip("address", "add", v4+"/24", "brd", "+", "dev", "eth0", "label", "eth0:zz")
	return w.resource(p("ip", v4, "iflabel", "web"))
}

// The table of ipaddr2.md 4.2 in its order; what follows a start is looked at on the node.
func TestSelectionOfInterfaceAndPrefix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		params map[string]string
		code   ocf.Code
		nic    string
		as     string
	}{
		{"nic and mask are given and there is a route", full(), ocf.Success, "eth0", v4 + "/24"},
		{"nic and mask are given and there is no route", full("nic", "eth1"), ocf.Success, "eth1", v4 + "/24"},
		{"nic is given and the route has the prefix", p("ip", v4, "nic", "eth0"), ocf.Success, "eth0", v4 + "/24"},
		{"nic is given and there is no route", p("ip", v4, "nic", "eth1"), ocf.ErrGeneric, "", ""},
		{"the mask is given and the route has the nic", p("ip", v4, "cidr_netmask", "24"), ocf.Success, "eth0", v4 + "/24"},
		{"the mask is given and there is no route", p("ip", "10.9.9.9", "cidr_netmask", "24"), ocf.ErrGeneric, "", ""},
		{"the older name of the mask counts when the newer is empty",
			p("ip", v4, "netmask", "28", "cidr_netmask", ""), ocf.Success, "eth0", v4 + "/28"},
		{"the older name of the mask does not count beside the newer",
			full("netmask", "garbage"), ocf.Success, "eth0", v4 + "/24"},
		{"neither is given and the route has both", p("ip", v4), ocf.Success, "eth0", v4 + "/24"},
		{"neither is given and there is no route", p("ip", "10.9.9.9"), ocf.ErrGeneric, "", ""},
		{"neither is given and the address is a loopback's", p("ip", "127.9.9.9"), ocf.Success, "lo", "127.9.9.9/8"},
		{"nic does not exist and the mask is given", full("nic", "nonic"), ocf.ErrInstalled, "", ""},
		{"a link-local address without nic", p("ip", "fe80::2"), ocf.ErrConfigured, "", ""},
		{"a link-local address with its zone", p("ip", "fe80::2%eth0", "nic", "eth0", "nodad", "true"), ocf.Success, "eth0", "fe80::2/64"},
		{"a link-local address with another zone", p("ip", "fe80::2%eth1", "nic", "eth0"), ocf.ErrConfigured, "", ""},
		{"a zone for an address that is not link-local", p("ip", v6+"%eth0", "nic", "eth0"), ocf.ErrConfigured, "", ""},
		{"an IPv4-mapped address is IPv6", p("ip", "::ffff:1.2.3.4", "nic", "eth0", "cidr_netmask", "128", "nodad", "1"),
			ocf.Success, "eth0", "::ffff:1.2.3.4/128"},
	} {
		row(t, c.name, func(w *world) {
			r := w.resource(c.params)
			r.does("start", c.code)
			ip := netipText(c.params["ip"])
			if c.code != ocf.Success {
				w.nowhere(ip)
				return
			}
			w.has(c.nic, c.as)
			r.does("monitor", ocf.Success)
			r.does("stop", ocf.Success)
			w.nowhere(ip)
		})
	}
	row(t, "a blackhole, unreachable, multipath or default route says nothing", func(w *world) {
		w.ip("route", "add", "blackhole", "10.9.9.0/24")
		w.ip("route", "add", "unreachable", "10.9.9.0/25", "metric", "3")
		w.ip("route", "add", "default", "dev", "eth1")
		w.ip("route", "add", "10.9.9.9/32", "nexthop", "dev", "eth0", "nexthop", "dev", "eth1")
		w.resource(p("ip", "10.9.9.9")).does("start", ocf.ErrGeneric)
		w.ip("route", "add", "10.9.0.0/16", "dev", "eth1")
		w.resource(p("ip", "10.9.9.9")).does("start", ocf.Success)
		w.has("eth1", "10.9.9.9/16")
	})
	row(t, "a route of another table says nothing", func(w *world) {
		w.ip("route", "add", "10.9.9.0/24", "dev", "eth1", "table", "77")
		w.resource(p("ip", "10.9.9.9")).does("start", ocf.ErrGeneric)
	})
	row(t, "the broadcast is that of the route's source address, not that of a similar one", func(w *world) {
		w.ip("address", "add", "192.168.144.11/24", "brd", "192.168.144.77", "dev", "eth0")
		w.resource(p("ip", v4)).does("start", ocf.Success)
		require.Equal(w.t, "192.168.144.255", w.has("eth0", v4+"/24").Broadcast)
	})
	row(t, "an IPv6 route's metric is the address's", func(w *world) {
		w.ip("-6", "route", "add", "fd77::/48", "dev", "eth1", "metric", "777")
		w.resource(p("ip", "fd77::7", "nodad", "true")).does("start", ocf.Success)
		require.Equal(w.t, 777, w.has("eth1", "fd77::7/48").Metric)
	})
	row(t, "an IPv6 route through a gateway says nothing", func(w *world) {
		w.ip("-6", "route", "add", "fd77::/48", "via", "2001:db8:1234::9", "dev", "eth0")
		w.resource(p("ip", "fd77::7", "nodad", "true")).does("start", ocf.ErrGeneric)
	})
	row(t, "a route to the loopback interface puts the address there, and stop takes it away", func(w *world) {
		w.ip("route", "add", "10.9.9.0/24", "dev", "lo")
		r := w.resource(p("ip", "10.9.9.9"))
		r.does("start", ocf.Success)
		w.has("lo", "10.9.9.9/24")
		r.does("monitor", ocf.Success)
		require.NoError(w.t, removeState(w))
		r.does("stop", ocf.Success)
		w.nowhere("10.9.9.9")
	})
}

// netipText is the address as the kernel writes it, without its zone.
func netipText(text string) string {
	var a config
	_ = a.parseIP(text)
	return a.ip.String()
}

// removeState makes the node forget what start has kept, as a reboot does.
func removeState(w *world) error {
	return os.Remove(w.state + "/IPaddr2-t.state")
}

// The table of ipaddr2.md 4.3: what a failed selection is for each action and each generation.
func TestCodesOfAFailedSelection(t *testing.T) {
	t.Parallel()
	// The columns: start, start as 4.12 and as 4.18, validate-all, monitor, probe, status, stop.
	const ok, failed, missing, bad, off = ocf.Success, ocf.ErrGeneric, ocf.ErrInstalled, ocf.ErrConfigured, ocf.NotRunning
	for _, c := range []struct {
		name   string
		params map[string]string
		want   [8]ocf.Code
	}{
		{"the address is no address", p("ip", "10.1.1"), [8]ocf.Code{bad, bad, missing, bad, failed, off, failed, ok}},
		{"the mask is no mask", p("ip", v4, "cidr_netmask", "24x"), [8]ocf.Code{bad, bad, missing, bad, failed, off, failed, ok}},
		{"the broadcast is no address", full("broadcast", "1.2.3"), [8]ocf.Code{bad, bad, missing, bad, off, off, off, ok}},
		{"link-local without interface", p("ip", "fe80::2"), [8]ocf.Code{bad, bad, missing, bad, failed, off, failed, ok}},
		{"the route protocol is unknown", p("ip", v4, "proto", "nobody"), [8]ocf.Code{bad, bad, missing, bad, failed, off, failed, ok}},
		{"no such interface", p("ip", v4, "nic", "nonic"), [8]ocf.Code{missing, bad, missing, bad, failed, off, failed, ok}},
		{"no such interface, with the mask", full("nic", "nonic"), [8]ocf.Code{missing, bad, missing, bad, off, off, off, ok}},
		{"no route", p("ip", "10.9.9.9"), [8]ocf.Code{failed, failed, missing, failed, failed, off, failed, ok}},
		{"no route on the interface", p("ip", v4, "nic", "eth1"), [8]ocf.Code{failed, failed, missing, failed, failed, off, failed, ok}},
	} {
		row(t, c.name, func(w *world) {
			r := w.resource(c.params)
			r.does("start", c.want[0])
			for i, compat := range []string{"4.12", "4.18"} {
				old := r.CallWith(w.t, "start", p("OCFBOX_COMPAT", compat))
				require.Equal(w.t, c.want[1+i], old.Code, "start as %s: %s", compat, old.Stderr)
			}
			for i, action := range []string{"validate-all", "monitor", "probe", "status", "stop"} {
				r.does(action, c.want[3+i])
			}
		})
	}
	row(t, "a label that is too long is 6 for both generations", func(w *world) {
		for _, compat := range []string{"4.12", "4.18"} {
			r := w.resource(p("ip", v4, "iflabel", "labellabellabel"))
			require.Equal(w.t, bad, r.CallWith(w.t, "start", p("OCFBOX_COMPAT", compat)).Code)
		}
	})
}
