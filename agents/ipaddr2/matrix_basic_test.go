package ipaddr2

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

// The rows of the matrix of ipaddr2.md 14 are in the files matrix_*_test.go, in its order.
func TestMatrixOfTheLifeOfAnAddress(t *testing.T) {
	t.Parallel()
	row(t, "row 1: start with the address alone takes interface, prefix and broadcast from the route", func(w *world) {
		w.resource(p("ip", v4)).does("start", ocf.Success)
		e := w.has("eth0", v4+"/24")
		require.Equal(w.t, "192.168.144.255", e.Broadcast)
		require.True(w.t, e.Secondary)
		require.Equal(w.t, "global", e.Scope)
		require.Equal(w.t, "eth0", e.Label)
		require.Equal(w.t, uint32(0xffffffff), e.ValidLft)
	})
	row(t, "row 2: a second start changes nothing and sends nothing", func(w *world) {
		frames := w.eth0.Sniff()
		r := w.resource(p("ip", v4, "arp_count", "1"))
		r.does("start", ocf.Success)
		frames.Wait(2, patience, arpOf(v4))
		before := w.entries("eth0")
		r.does("start", ocf.Success)
		require.Equal(w.t, before, w.entries("eth0"))
		// What another resource sends later has come, so anything of ours would have.
		w.resource(p("ip", "192.168.144.3", "arp_count", "1")).does("start", ocf.Success)
		frames.Wait(2, patience, arpOf("192.168.144.3"))
		require.Len(w.t, frames.Frames(arpOf(v4)), 2)
	})
	row(t, "row 3: monitor of a held address is 0", func(w *world) {
		r := w.resource(p("ip", v4))
		r.does("start", ocf.Success)
		result := r.does("monitor", ocf.Success)
		require.Empty(w.t, result.Stdout+result.Stderr)
	})
	row(t, "row 4: status of a held address says running", func(w *world) {
		r := w.resource(p("ip", v4))
		r.does("start", ocf.Success)
		require.Equal(w.t, "running\n", r.does("status", ocf.Success).Stdout)
	})
	row(t, "row 5: stop takes the address away and forgets it", func(w *world) {
		r := w.resource(p("ip", v4))
		r.does("start", ocf.Success)
		r.does("stop", ocf.Success)
		w.nowhere(v4)
		require.NoFileExists(w.t, w.state+"/IPaddr2-t.state")
		require.NoFileExists(w.t, w.state+"/send_arp-"+v4)
	})
	row(t, "row 6: stop of a stopped resource is 0", func(w *world) {
		w.resource(p("ip", v4)).does("stop", ocf.Success)
	})
	row(t, "row 7: monitor of a stopped resource is 7", func(w *world) {
		result := w.resource(p("ip", v4)).does("monitor", ocf.NotRunning)
		require.Empty(w.t, result.Reason)
	})
	row(t, "row 8: status of a stopped resource says stopped", func(w *world) {
		require.Equal(w.t, "stopped\n", w.resource(p("ip", v4)).does("status", ocf.NotRunning).Stdout)
	})
}

func TestMatrixOfBadValues(t *testing.T) {
	t.Parallel()
	row(t, "row 9: without ip every action but stop is 6", func(w *world) {
		for _, params := range []map[string]string{p(), p("ip", ""), p("ip", " ")} {
			r := w.resource(params)
			for _, action := range []string{"start", "monitor", "probe", "status", "validate-all"} {
				require.Contains(w.t, r.does(action, ocf.ErrConfigured).Reason, "ip")
			}
		}
	})
	row(t, "row 10: without ip stop is 0, and takes away what start has noted", func(w *world) {
		w.resource(p()).does("stop", ocf.Success)
		w.resource(p("ip", v4)).does("start", ocf.Success)
		w.resource(p()).does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 11: start of a word is 6", func(w *world) {
		w.resource(p("ip", "foobar")).does("start", ocf.ErrConfigured)
	})
	row(t, "row 12: monitor of a word is 1, its probe 7", func(w *world) {
		r := w.resource(p("ip", "foobar"))
		r.does("monitor", ocf.ErrGeneric)
		r.does("probe", ocf.NotRunning)
		r.does("status", ocf.ErrGeneric)
		r.does("stop", ocf.Success)
	})
	row(t, "row 13: validate-all of an octet beyond 255 is 6", func(w *world) {
		w.resource(full("ip", "10.0.0.256")).does("validate-all", ocf.ErrConfigured)
	})
	row(t, "row 14: start on an interface that is missing is 5", func(w *world) {
		w.resource(p("ip", v4, "nic", "nonic")).does("start", ocf.ErrInstalled)
	})
	row(t, "row 15: validate-all on an interface that is missing is 6", func(w *world) {
		w.resource(p("ip", v4, "nic", "nonic")).does("validate-all", ocf.ErrConfigured)
	})
	row(t, "row 16: monitor, probe and stop on an interface that is missing are 1, 7 and 0", func(w *world) {
		r := w.resource(p("ip", v4, "nic", "nonic"))
		r.does("monitor", ocf.ErrGeneric)
		r.does("probe", ocf.NotRunning)
		r.does("stop", ocf.Success)
	})
	row(t, "row 17: with the mask given, monitor on a missing interface is 7", func(w *world) {
		r := w.resource(p("ip", v4, "nic", "nonic", "cidr_netmask", "24"))
		r.does("monitor", ocf.NotRunning)
		require.Equal(w.t, "stopped\n", r.does("status", ocf.NotRunning).Stdout)
	})
	row(t, "row 18: a prefix length of 33 is 6", func(w *world) {
		r := w.resource(p("ip", v4, "cidr_netmask", "33"))
		r.does("start", ocf.ErrConfigured)
		r.does("validate-all", ocf.ErrConfigured)
		w.nowhere(v4)
	})
	row(t, "row 19: a dotted netmask is taken with a warning", func(w *world) {
		result := w.resource(p("ip", v4, "cidr_netmask", "255.255.255.0")).does("start", ocf.Success)
		require.Contains(w.t, result.Stderr, "WARNING")
		w.has("eth0", v4+"/24")
	})
	row(t, "row 20: a netmask with holes is 6", func(w *world) {
		w.resource(p("ip", v4, "cidr_netmask", "255.0.255.0")).does("validate-all", ocf.ErrConfigured)
	})
}

func TestMatrixOfMasksAndBroadcasts(t *testing.T) {
	t.Parallel()
	row(t, "row 21: a host address keeps the interface's broadcast", func(w *world) {
		r := w.resource(p("ip", v4, "cidr_netmask", "32"))
		r.does("start", ocf.Success)
		require.Equal(w.t, "192.168.144.255", w.has("eth0", v4+"/32").Broadcast)
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 22: a mask shorter than the route's finds no interface", func(w *world) {
		w.resource(p("ip", v4, "cidr_netmask", "16")).does("start", ocf.ErrGeneric)
		w.nowhere(v4)
	})
	row(t, "row 23: a mask longer than the route's keeps its broadcast", func(w *world) {
		w.resource(p("ip", v4, "cidr_netmask", "28")).does("start", ocf.Success)
		require.Equal(w.t, "192.168.144.255", w.has("eth0", v4+"/28").Broadcast)
	})
	row(t, "row 24: without a route start, monitor and validate-all are 1, probe 7, stop 0", func(w *world) {
		r := w.resource(p("ip", "10.9.9.9"))
		r.does("start", ocf.ErrGeneric)
		r.does("monitor", ocf.ErrGeneric)
		r.does("probe", ocf.NotRunning)
		r.does("stop", ocf.Success)
		r.does("validate-all", ocf.ErrGeneric)
		w.nowhere("10.9.9.9")
	})
	row(t, "row 25: a route through a gateway says nothing", func(w *world) {
		w.ip("route", "add", "10.6.0.0/16", "via", "192.168.144.254")
		w.resource(p("ip", "10.6.7.7")).does("start", ocf.ErrGeneric)
		w.nowhere("10.6.7.7")
	})
	row(t, "row 26: with interface and mask given no route is needed, and there is no broadcast", func(w *world) {
		w.ip("route", "add", "10.6.0.0/16", "via", "192.168.144.254")
		w.resource(p("ip", "10.6.7.7", "nic", "eth1", "cidr_netmask", "24")).does("start", ocf.Success)
		require.Empty(w.t, w.has("eth1", "10.6.7.7/24").Broadcast)
	})
	row(t, "row 27: broadcast + sets all host bits", func(w *world) {
		w.resource(p("ip", "10.6.7.7", "nic", "eth1", "cidr_netmask", "24", "broadcast", "+")).does("start", ocf.Success)
		require.Equal(w.t, "10.6.7.255", w.has("eth1", "10.6.7.7/24").Broadcast)
	})
	row(t, "row 28: broadcast - clears all host bits", func(w *world) {
		w.resource(p("ip", v4, "broadcast", "-")).does("start", ocf.Success)
		require.Equal(w.t, "192.168.144.0", w.has("eth0", v4+"/24").Broadcast)
	})
	row(t, "row 29: a broadcast that is a word is 6", func(w *world) {
		r := w.resource(p("ip", v4, "broadcast", "foo"))
		r.does("start", ocf.ErrConfigured)
		r.does("validate-all", ocf.ErrConfigured)
		w.nowhere(v4)
	})
	row(t, "a wanted broadcast is taken as it is", func(w *world) {
		w.resource(full("broadcast", "192.168.144.99")).does("start", ocf.Success)
		require.Equal(w.t, "192.168.144.99", w.has("eth0", v4+"/24").Broadcast)
	})
	row(t, "point-to-point and host masks get no computed broadcast", func(w *world) {
		for i, mask := range []string{"31", "32"} {
			ip := []string{"10.6.7.7", "10.6.8.7"}[i]
			params := p("ip", ip, "nic", "eth1", "cidr_netmask", mask, "broadcast", "+")
			w.resource(params).does("start", ocf.Success)
			require.Empty(w.t, w.has("eth1", ip+"/"+mask).Broadcast)
		}
	})
	row(t, "row 90: blanks around the address are trimmed", func(w *world) {
		r := w.resource(p("ip", " "+v4+" "))
		r.does("start", ocf.Success)
		r.does("monitor", ocf.Success)
		w.has("eth0", v4+"/24")
		r.does("stop", ocf.Success)
		w.nowhere(v4)
	})
	row(t, "row 89: an address of 127/8 goes to the loopback interface", func(w *world) {
		r := w.resource(p("ip", "127.0.0.3"))
		r.does("start", ocf.Success)
		require.Equal(w.t, "host", w.has("lo", "127.0.0.3/8").Scope)
		r.does("monitor", ocf.Success)
		r.does("stop", ocf.Success)
		w.nowhere("127.0.0.3")
	})
	row(t, "F51: the state folder is made when it is missing", func(w *world) {
		require.NoError(w.t, os.Remove(w.state))
		r := w.resource(p("ip", v4))
		r.does("start", ocf.Success)
		r.does("stop", ocf.Success)
		info, err := os.Stat(w.state)
		require.NoError(w.t, err)
		require.Equal(w.t, os.ModeDir|os.ModeSticky|0o755, info.Mode())
	})
}
