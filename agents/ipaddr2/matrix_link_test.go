package ipaddr2

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
	"ocfbox/test/lab"
)

func TestMatrixOfLinks(t *testing.T) {
	t.Parallel()
	row(t, "row 54: monitor of a derived interface that was set down is 1, so is its probe", func(w *world) {
		r := onSetDown(w, p("ip", v4))
		r.does("monitor", ocf.ErrGeneric)
		r.does("probe", ocf.ErrGeneric)
	})
	row(t, "row 55: stop finds the address on an interface that was set down", func(w *world) {
		r := onSetDown(w, p("ip", v4))
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 55 after a reboot of the state folder", func(w *world) {
		r := onSetDown(w, p("ip", v4))
		require.NoError(w.t, removeState(w))
		r.does("monitor", ocf.ErrGeneric)
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 56: monitor of a full configuration on an interface set down is 7, its probe 1", func(w *world) {
		r := onSetDown(w, full())
		require.Contains(w.t, r.does("monitor", ocf.NotRunning).Reason, "no link")
		r.does("probe", ocf.ErrGeneric)
		require.Equal(w.t, "stopped\n", r.does("status", ocf.NotRunning).Stdout)
	})
	row(t, "row 57: start sets the interface up and announces the address anew", func(w *world) {
		r := onSetDown(w, full())
		frames := w.eth0.Sniff()
		r.does("start", ocf.Success)
		frames.Wait(2, patience, arpOf(v4))
		r.does("monitor", ocf.Success)
	})
	row(t, "row 57 without a carrier is 5 when the time is up, and the address stays for stop", func(w *world) {
		r := onSetDown(w, full())
		w.inside(func() { w.eth0.PeerUp(false) })
		r.Env = p("OCF_RESKEY_CRM_meta_timeout", "1500")
		require.Contains(w.t, r.does("start", ocf.ErrInstalled).Reason, "eth0")
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 58: stop takes the address from an interface that was set down", func(w *world) {
		r := onSetDown(w, full())
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 59: start without a carrier is 1 and leaves nothing", func(w *world) {
		w.inside(func() { w.eth1.PeerUp(false) })
		r := w.resource(p("ip", "10.8.8.8", "nic", "eth1", "cidr_netmask", "24"))
		r.Env = p("OCF_RESKEY_CRM_meta_timeout", "1500")
		began := time.Now()
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, "eth1")
		require.Less(w.t, time.Since(began), 1500*time.Millisecond)
		w.nowhere("10.8.8.8")
	})
	row(t, "row 60: without the link check a missing carrier does not matter", func(w *world) {
		w.inside(func() { w.eth1.PeerUp(false) })
		r := w.resource(p("ip", "10.8.8.8", "nic", "eth1", "cidr_netmask", "24", "check_link_status", "false"))
		r.does("start", ocf.Success)
		r.does("monitor", ocf.Success)
	})
	row(t, "a carrier that comes while start waits is noticed at once", func(w *world) {
		w.inside(func() { w.eth1.PeerUp(false) })
		watch := w.monitor()
		done := make(chan time.Time, 1)
		go func() {
			w.resource(p("ip", "10.8.8.8", "nic", "eth1", "cidr_netmask", "24")).Call(t, "start")
			done <- time.Now()
		}()
		w.inside(func() { w.eth1.PeerUp(true) })
		came := watch.waitFor(func(line string) bool { return strings.Contains(line, "eth1") && strings.Contains(line, "state UP") })
		require.Less(w.t, (<-done).Sub(came), time.Second)
		w.has("eth1", "10.8.8.8/24")
	})
	row(t, "an interface set down does not matter without the link check", func(w *world) {
		r := onSetDown(w, full("check_link_status", "false"))
		r.does("monitor", ocf.Success)
		r.does("probe", ocf.Success)
	})
}

// onSetDown has a started resource on eth0, which is set down.
func onSetDown(w *world, params map[string]string) *resource {
	r := w.resource(params)
	r.does("start", ocf.Success)
	w.ip("link", "set", "eth0", "down")
	return r
}

func TestMatrixOfOtherEntries(t *testing.T) {
	t.Parallel()
	row(t, "row 61: the address with another prefix length is another entry", func(w *world) {
		w.ip("address", "add", v4+"/32", "dev", "eth0")
		r := w.resource(full())
		r.does("monitor", ocf.NotRunning)
		r.does("start", ocf.Success)
		w.has("eth0", v4+"/24")
		w.has("eth0", v4+"/32")
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("eth0", v4+"/24")
		w.has("eth0", v4+"/32")
	})
	row(t, "row 62: the address on another interface is left alone", func(w *world) {
		w.ip("address", "add", v4+"/24", "dev", "eth1")
		r := w.resource(full())
		r.does("monitor", ocf.NotRunning)
		r.does("start", ocf.Success)
		r.does("stop", ocf.Success)
		w.lacks("eth0", v4+"/24")
		w.has("eth1", v4+"/24")
	})
	row(t, "row 63: the far end of a point-to-point address is not ours", func(w *world) {
		w.ip("address", "add", "10.9.9.1", "peer", "10.9.9.2/32", "dev", "eth1")
		w.resource(p("ip", "10.9.9.2", "nic", "eth1", "cidr_netmask", "32")).does("monitor", ocf.NotRunning)
	})
	row(t, "row 64: an alternative name of the interface will do", func(w *world) {
		w.ip("link", "property", "add", "dev", "eth0", "altname", "enp0s1f2alternative")
		r := w.resource(full("nic", "enp0s1f2alternative"))
		r.does("start", ocf.Success)
		r.does("monitor", ocf.Success)
		w.has("eth0", v4+"/24")
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 65: an alternative name will do for looking up routes as well", func(w *world) {
		w.ip("link", "property", "add", "dev", "eth0", "altname", "lan")
		r := w.resource(p("ip", v4, "nic", "lan:web"))
		r.does("start", ocf.Success)
		require.Equal(w.t, "eth0:web", w.has("eth0", v4+"/24").Label)
		w.ip("link", "set", "eth0", "down")
		r.does("monitor", ocf.ErrGeneric)
	})
}

func TestMatrixOfIrrelevantParameters(t *testing.T) {
	t.Parallel()
	row(t, "row 66: no announcements is a bad number for start and nothing to stop", func(w *world) {
		for _, bad := range []string{"arp_count", "arp_interval"} {
			for _, value := range []string{"0", "", "-1", "abc", "1.5"} {
				r := w.resource(p("ip", v4, bad, value))
				r.does("start", ocf.ErrConfigured)
				r.does("validate-all", ocf.ErrConfigured)
				w.ip("address", "add", v4+"/24", "dev", "eth0")
				r.does("stop", ocf.Success)
				w.nowhere(v4)
			}
		}
	})
	row(t, "row 67: an unknown sender is 6 for start and nothing to stop", func(w *world) {
		r := w.resource(p("ip", v4, "arp_sender", "foo"))
		r.does("start", ocf.ErrConfigured)
		w.ip("address", "add", v4+"/24", "dev", "eth0")
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 68: no sender needs a program", func(w *world) {
		for _, sender := range []string{"iputils_arping", "libnet_arping", "ipoibarping", "send_arp"} {
			r := w.resource(p("ip", v4, "arp_sender", sender))
			r.does("monitor", ocf.NotRunning)
			r.does("validate-all", ocf.Success)
		}
	})
	row(t, "row 69: the look for another owner needs no program", func(w *world) {
		w.resource(p("ip", v4, "run_arping", "true")).does("start", ocf.Success)
		w.has("eth0", v4+"/24")
	})
	row(t, "row 70: an address that the peer has is not added", func(w *world) {
		w.inside(func() { w.eth0.PeerAddress(v4 + "/24") })
		r := w.resource(p("ip", v4, "run_arping", "true"))
		require.Contains(w.t, r.does("start", ocf.ErrGeneric).Reason, w.peerHardware())
		w.nowhere(v4)
		r.does("monitor", ocf.NotRunning)
	})
	row(t, "the look for another owner is made on an interface that start sets up, too", func(w *world) {
		w.inside(func() { w.eth0.PeerAddress(v4 + "/24") })
		w.ip("link", "set", "eth0", "down")
		w.resource(full("run_arping", "true")).does("start", ocf.ErrGeneric)
		w.nowhere(v4)
	})
	row(t, "row 75: unique_clone_address needs a globally unique clone", func(w *world) {
		r := w.resource(p("ip", v4, "unique_clone_address", "true"))
		r.does("validate-all", ocf.ErrConfigured)
		r.does("start", ocf.ErrConfigured)
		r.does("stop", ocf.Success)
	})
	row(t, "row 74: a clone instance has its number added to the last octet", func(w *world) {
		r := w.resource(p("ip", v4, "unique_clone_address", "true"))
		r.Env = cloneEnv("3", "2", "true")
		r.does("start", ocf.Success)
		w.has("eth0", "192.168.144.4/24")
		r.does("monitor", ocf.Success)
		r.Env = cloneEnv("3", "1", "true")
		r.does("probe", ocf.NotRunning)
		r.Env = cloneEnv("3", "2", "true")
		r.does("stop", ocf.Success)
		w.nowhere("192.168.144.4")
	})
	row(t, "a clone number that leaves the octet, and IPv6, are 6", func(w *world) {
		for _, ip := range []string{"192.168.144.254", v6} {
			r := w.resource(p("ip", ip, "unique_clone_address", "true"))
			r.Env = cloneEnv("3", "2", "true")
			r.does("validate-all", ocf.ErrConfigured)
			r.does("monitor", ocf.ErrConfigured)
			r.does("stop", ocf.Success)
		}
	})
	row(t, "row 86: start and stop need root", func(w *world) {
		r := w.resource(p("ip", v4))
		r.UID = 65534
		r.does("start", ocf.ErrPerm)
		r.does("stop", ocf.ErrPerm)
		r.does("monitor", ocf.NotRunning)
		w.nowhere(v4)
	})
}

func cloneEnv(max, number, unique string) map[string]string {
	return p("OCF_RESKEY_CRM_meta_clone_max", max, "OCF_RESKEY_CRM_meta_clone", number,
		"OCF_RESKEY_CRM_meta_globally_unique", unique)
}

func (w *world) peerHardware() (mac string) {
	w.inside(func() { mac = w.eth0.PeerHardware() })
	return mac
}

func (w *world) hardware() net.HardwareAddr {
	var mac string
	w.inside(func() { mac = w.eth0.Hardware() })
	parsed, err := net.ParseMAC(mac)
	require.NoError(w.t, err)
	return parsed
}

// A deeper monitor asks the network as well (ipaddr2.md 5.3).
func TestConflictCheckOfLevelTen(t *testing.T) {
	t.Parallel()
	row(t, "another owner of a held address is told from level 10 on", func(w *world) {
		r := w.resource(full())
		r.does("start", ocf.Success)
		deep := p("OCF_CHECK_LEVEL", "10")
		require.Equal(w.t, ocf.Success, r.CallWith(w.t, "monitor", deep).Code)
		w.inside(func() { w.eth0.PeerAddress(v4 + "/24") })
		r.does("monitor", ocf.Success)
		result := r.CallWith(w.t, "monitor", deep)
		require.Equal(w.t, ocf.ErrGeneric, result.Code)
		require.Contains(w.t, result.Reason, "in use elsewhere")
		require.Contains(w.t, result.Reason, w.peerHardware())
	})
	row(t, "the check is one probe that waits half a second", func(w *world) {
		r := w.resource(full("arp_count", "1"))
		r.does("start", ocf.Success)
		frames := w.eth0.Sniff()
		began := time.Now()
		require.Equal(w.t, ocf.Success, r.CallWith(w.t, "monitor", p("OCF_CHECK_LEVEL", "10")).Code)
		require.InDelta(w.t, 0.5, time.Since(began).Seconds(), 0.2)
		require.Len(w.t, frames.Frames(isProbe), 1)
	})
}

// isProbe matches the questions of RFC 5227: who asks has no address yet.
func isProbe(c lab.Captured) bool {
	var packet netif.ARP
	return c.ARP() && packet.UnmarshalBinary(c.Payload) == nil && packet.SenderIP.IsUnspecified() &&
		packet.Op == netif.ARPRequest && packet.TargetIP.String() == v4
}
