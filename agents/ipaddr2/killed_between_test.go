package ipaddr2

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// The moment between the deletion and the repair is too short to be hit by chance.
func TestKilledBetweenDeletionAndRepair(t *testing.T) {
	t.Parallel()
	row(t, "the next stop restores the secondary addresses", func(w *world) {
		r := stopKilled(w, time.Now())
		r.does("stop", ocf.Success)
		require.Equal(w.t, "eth1:b", w.has("eth1", "10.77.0.6/24").Label)
	})
	row(t, "the next start restores the secondary addresses", func(w *world) {
		r := stopKilled(w, time.Now())
		r.does("start", ocf.Success)
		w.has("eth1", "10.77.0.5/24")
		w.has("eth1", "10.77.0.6/24")
		r.does("stop", ocf.Success)
		w.has("eth1", "10.77.0.6/24")
	})
	row(t, "a stop of long ago restores nothing that may have moved elsewhere", func(w *world) {
		r := stopKilled(w, time.Now().Add(-companyAge))
		r.does("stop", ocf.Success)
		w.nowhere("10.77.0.6")
	})
}

// stopKilled leaves the node as a stop does that was killed when it had deleted the address.
func stopKilled(w *world, noted time.Time) *resource {
	w.promoteSecondaries("0")
	r := w.resource(p("ip", "10.77.0.5", "nic", "eth1", "cidr_netmask", "24"))
	r.does("start", ocf.Success)
	w.ip("address", "add", "10.77.0.6/24", "dev", "eth1", "label", "eth1:b")
	r.acts(func(s *session) error {
		all, err := s.net.AllAddresses(netif.IPv4)
		if err != nil {
			return err
		}
		for _, entry := range all {
			if entry.IP != netip.MustParseAddr("10.77.0.5") {
				continue
			}
			lost, err := s.net.CompanyOf(entry)
			if err != nil {
				return err
			}
			kept, err := s.loadRecord()
			if err != nil {
				return err
			}
			kept.Company = &company{lost, noted}
			if err := s.saveRecord(kept); err != nil {
				return err
			}
			return s.net.Delete(entry)
		}
		return netif.ErrNoRoute
	})
	w.nowhere("10.77.0.6")
	return r
}

// acts runs fn as an action of the resource on the node.
func (r *resource) acts(fn func(*session) error) {
	r.w.t.Helper()
	agent := Agent
	agent.New = func(params *ocf.Params) ocf.Actions {
		a := new(config)
		a.bindAddress(params)
		a.bindLVS(params)
		a.bindCluster(params)
		a.bindAnnouncement(params)
		a.bindKernel(params)
		return ocf.Actions{Start: actIn(r.w.ns, func(_ context.Context, c *ocf.Call) error { return a.inside(c, fn) })}
	}
	copied := *r.Resource
	copied.Agent = &agent
	(&resource{&copied, r.w}).does("start", ocf.Success)
}
