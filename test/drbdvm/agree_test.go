package drbdvm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
)

// texts are the three ways in which DRBD 8.4 tells its state: all must be read as the same state.
type texts struct{ proc, events, status string }

// ask reads all three at one moment: the kernel's file is the same before and after, but for its counters.
func (r *rig) ask(g *Guest) texts {
	r.t.Helper()
	var said texts
	r.await(g.Name+" stands still while it is asked", func(ctx context.Context) string {
		before, err := r.proc(ctx, g)
		if err != nil {
			return err.Error()
		}
		events, err1 := g.Run(ctx, "drbdsetup", "events2", "--now", "--statistics")
		status, err2 := g.Run(ctx, "drbdsetup", "status", "--verbose", "--statistics")
		after, err3 := r.proc(ctx, g)
		for _, err := range []error{err1, err2, err3} {
			if err != nil {
				return err.Error()
			}
		}
		if !slices.Equal(deviceRows(before), deviceRows(after)) {
			return before + after
		}
		said = texts{after, events.Stdout, status.Stdout}
		return ""
	})
	return said
}

// sourcesAgree holds what is read from the three texts of a guest against each other. Without the module
// nothing is asked: the commands would load it.
func (r *rig) sourcesAgree(g *Guest) {
	r.t.Helper()
	if !g.Running() {
		return
	}
	if proc, err := r.proc(r.patience(), g); err != nil || proc == "" {
		require.NoError(r.t, err)
		return
	}
	said := r.ask(g)
	proc, err := drbd.ParseProc([]byte(said.proc), drbd.Strict)
	require.NoError(r.t, err, said.proc)
	events, err := drbd.ParseEvents([]byte(said.events), proc.Version)
	require.NoError(r.t, err, said.events)
	status, err := drbd.ParseStatusText([]byte(said.status))
	require.NoError(r.t, err, said.status)
	want := states(proc)
	require.Len(r.t, want, len(deviceRows(said.proc)), said.proc)
	require.Equal(r.t, want, states(events), "events2 of %s:\n%s%s", g.Name, said.events, said.proc)
	require.Equal(r.t, want, states(status), "status of %s:\n%s%s", g.Name, said.status, said.proc)
}

// states are a host's volumes by minor, each with everything that both ends say of it, but for counters.
func states(h drbd.Host) []string {
	all := []string{}
	for _, resource := range h.Resources {
		for _, volume := range resource.Volumes {
			state := fmt.Sprintf("%2d: %v/%v suspended:%v", volume.Minor, resource.Role, volume.Disk, resource.Suspended != nil)
			for _, peer := range resource.Peers {
				state += fmt.Sprintf(" %v %v", peer.Connection, peer.Role)
				copied := peer.Volume(volume.Number)
				if copied == nil {
					continue
				}
				state += fmt.Sprintf(" %v %v paused:%v", copied.Replication, copied.Disk, copied.Paused)
				// 8.4 forgets the connection of a node that stands alone: /proc/drbd alone goes on counting then.
				if peer.Connection != drbd.StandAlone {
					state += fmt.Sprintf(" oos:%v known:%v", copied.OutOfSyncKiB > 0, copied.OOSKnown)
				}
			}
			all = append(all, strings.TrimSpace(state))
		}
	}
	slices.Sort(all)
	return all
}
