package drbd_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

const (
	eventsStatistics = "drbdsetup events2 --now --statistics"
	eventsNow        = "drbdsetup events2 --now"
	statusVerbose    = "drbdsetup status r0 --verbose --statistics"
	statusPlain      = "drbdsetup status r0"
	statusAllJSON    = "drbdsetup status --json"
)

// states is a host without what moves by itself or is not told by every text: counters, progress, names.
func states(h drbd.Host) []drbd.Resource {
	var all []drbd.Resource
	for _, r := range h.Resources {
		kept := drbd.Resource{Name: r.Name, Role: r.Role}
		if len(r.Suspended) > 0 {
			kept.Suspended = []string{"suspended"}
		}
		for _, v := range r.Volumes {
			kept.Volumes = append(kept.Volumes, drbd.Volume{Number: v.Number, Minor: v.Minor, Disk: v.Disk, Problem: v.Problem})
		}
		for _, p := range r.Peers {
			peer := drbd.Peer{Connection: p.Connection, Role: p.Role}
			for _, v := range p.Volumes {
				peer.Volumes = append(peer.Volumes, drbd.PeerVolume{Number: v.Number, Replication: v.Replication, Disk: v.Disk})
			}
			kept.Peers = append(kept.Peers, peer)
		}
		all = append(all, kept)
	}
	return all
}

// counters is a host with what every text with statistics tells, without what only some tell.
func counters(h drbd.Host) []drbd.Resource {
	all := states(h)
	for i, r := range h.Resources {
		for j, v := range r.Volumes {
			to := &all[i].Volumes[j]
			to.ReadKiB, to.WrittenKiB, to.ALSuspended = v.ReadKiB, v.WrittenKiB, v.ALSuspended
			to.ALWrites, to.BMWrites, to.LowerPending, to.UpperPending = v.ALWrites, v.BMWrites, v.LowerPending, v.UpperPending
		}
		for j, p := range r.Peers {
			for k, v := range p.Volumes {
				to := &all[i].Peers[j].Volumes[k]
				to.OutOfSyncKiB, to.OOSKnown, to.Paused = v.OutOfSyncKiB, v.OOSKnown, v.Paused
				to.SentKiB, to.ReceivedKiB, to.Pending, to.Unacked = v.SentKiB, v.ReceivedKiB, v.Pending, v.Unacked
			}
		}
	}
	return all
}

// names is what the other text says a minor is.
func names(h drbd.Host) []drbd.DeviceName {
	var all []drbd.DeviceName
	for _, r := range h.Resources {
		for _, v := range r.Volumes {
			all = append(all, drbd.DeviceName{Minor: v.Minor, Resource: r.Name, Volume: v.Number})
		}
	}
	return all
}

func procHost(t *testing.T, text string) drbd.Host {
	t.Helper()
	h, err := drbd.ParseProc([]byte(text), drbd.Strict)
	require.NoError(t, err)
	return h
}

func eventsHost(t *testing.T, c drbdtest.Capture, command string) drbd.Host {
	t.Helper()
	block, ok := c.Find(command)
	require.True(t, ok, "%s was not recorded", command)
	h, err := drbd.ParseEvents([]byte(block.Stdout), drbd.Version{})
	require.NoError(t, err)
	require.Empty(t, h.Problems)
	return h
}

func textHost(t *testing.T, c drbdtest.Capture, command string) drbd.Host {
	t.Helper()
	block, ok := c.Find(command)
	require.True(t, ok, "%s was not recorded", command)
	h, err := drbd.ParseStatusText([]byte(block.Stdout))
	require.NoError(t, err)
	require.Empty(t, h.Problems)
	return h
}

// Whatever 8.4 was asked, in every situation that was recorded, it is read as the same state as the rows of
// /proc/drbd before and after it: states where they did not move, and counters too where they did not.
func TestEveryAnswerOf84AgreesWithItsRows(t *testing.T) {
	still, counted := 0, 0
	for _, c := range drbdtest.Captures(drbdtest.DRBD84) {
		if len(c.Proc()) < 2 {
			continue
		}
		t.Run(c.Situation+" "+c.Host, func(t *testing.T) {
			events := eventsHost(t, c, eventsStatistics)
			texts := c.Proc()
			before := procHost(t, texts[0]).Named(names(events))
			after := procHost(t, texts[len(texts)-1]).Named(names(events))
			if !reflect.DeepEqual(states(before), states(after)) {
				return
			}
			still++
			assert.Equal(t, states(after), states(events), "events2 with statistics")
			assert.Equal(t, states(after), states(eventsHost(t, c, eventsNow)), "events2")
			verbose := textHost(t, c, statusVerbose)
			assert.Equal(t, states(after.Only("r0")), states(verbose), "status")
			assert.Equal(t, stripped(states(after.Only("r0"))), stripped(states(textHost(t, c, statusPlain))), "status in short")
			if reflect.DeepEqual(counters(before), counters(after)) {
				counted++
				assert.Equal(t, counters(after), counters(events), "events2's counters")
				if standsAlone(verbose) {
					return
				}
				assert.Equal(t, counters(after.Only("r0")), counters(verbose), "status's counters")
			}
		})
	}
	require.Greater(t, still, 60, "situations that did not move")
	require.Greater(t, counted, 50, "situations in which nothing at all moved")
}

// standsAlone tells the state in which 8.4's status prints no connection, and so no counters of it.
func standsAlone(h drbd.Host) bool {
	for _, r := range h.Resources {
		for _, p := range r.Peers {
			if p.Connection == drbd.StandAlone {
				return true
			}
		}
	}
	return false
}

// stripped takes away what the short status does not tell: minors, and whether I/O is suspended.
func stripped(all []drbd.Resource) []drbd.Resource {
	for i := range all {
		all[i].Suspended = nil
		for j := range all[i].Volumes {
			all[i].Volumes[j].Minor = 0
		}
	}
	return all
}

// With 9 the JSON lies between the status in words and events2: where those two say the same, it says so too, and
// the three tell the same counters.
func TestTheThreeAnswersOf9Agree(t *testing.T) {
	still, counted := 0, 0
	for _, c := range drbdtest.Captures(drbdtest.DRBD9) {
		block, ok := c.Find(statusAllJSON)
		if !ok {
			continue
		}
		t.Run(c.Situation+" "+c.Host, func(t *testing.T) {
			answer, err := drbd.ParseStatusJSON([]byte(block.Stdout))
			require.NoError(t, err)
			events := eventsHost(t, c, eventsStatistics)
			text := textHost(t, c, statusVerbose)
			if !reflect.DeepEqual(states(text), states(events.Only("r0"))) {
				return
			}
			still++
			assert.Equal(t, states(events), states(answer), "JSON")
			assert.Equal(t, states(events), states(eventsHost(t, c, eventsNow)), "events2 without statistics")
			if reflect.DeepEqual(counters(text), counters(events.Only("r0"))) {
				counted++
				// JSON does not tell whether the activity log is suspended.
				assert.Equal(t, withoutAL(counters(events)), withoutAL(counters(answer)), "JSON's counters")
			}
		})
	}
	require.Greater(t, still, 60, "situations that did not move")
	require.Greater(t, counted, 50, "situations in which nothing at all moved")
}

func withoutAL(all []drbd.Resource) []drbd.Resource {
	for i := range all {
		for j := range all[i].Volumes {
			all[i].Volumes[j].ALSuspended = false
		}
	}
	return all
}
