package ipaddr2

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
)

// The moment between the deletion and the repair is too short to be hit by chance.
func TestKilledBetweenDeletionAndRepair(t *testing.T) {
	t.Parallel()
	row(t, "the next stop restores the routes", func(w *world) {
		stopKilled(w, time.Now()).does("stop", ocf.Success)
		require.Len(w.t, w.routes("-4", theirs), 1)
	})
	row(t, "the next start restores the routes", func(w *world) {
		r := stopKilled(w, time.Now())
		r.does("start", ocf.Success)
		require.Len(w.t, w.routes("-4", theirs), 1)
		r.does("stop", ocf.Success)
		require.Len(w.t, w.routes("-4", theirs), 1)
	})
	row(t, "a stop of long ago restores nothing that may have been removed on purpose", func(w *world) {
		stopKilled(w, time.Now().Add(-lostAge)).does("stop", ocf.Success)
		require.Empty(w.t, w.routes("-4", theirs))
	})
}

// theirs is the destination of an administrator's route on eth1.
const theirs = "10.66.0.0/16"

// stopKilled leaves the node as a stop does that was killed when it had deleted the address.
func stopKilled(w *world, noted time.Time) *resource {
	r := w.resource(p("ip", "10.77.0.5", "nic", "eth1", "cidr_netmask", "24"))
	r.does("start", ocf.Success)
	w.ip("route", "add", theirs, "dev", "eth1", "proto", "static")
	r.acts(func(s *session) error {
		all, err := s.entries(s.ip)
		if err != nil {
			return err
		}
		lost, err := s.net.CompanyOf(all[0].Address)
		if err != nil {
			return err
		}
		kept, err := s.loadRecord()
		if err != nil {
			return err
		}
		kept.Lost = &lostCompany{lost, noted}
		if err := s.saveRecord(kept); err != nil {
			return err
		}
		return s.net.Delete(all[0].Address)
	})
	require.Empty(w.t, w.routes("-4", theirs), "the kernel deletes the routes of an interface with its last address")
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
