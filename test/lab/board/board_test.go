package board

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/trajectory"
)

// A crash as the laboratory records it: the table says what a reader must know, and says it once.
func TestBoardShowsACrash(t *testing.T) {
	t.Parallel()
	began := time.Unix(1000, 0)
	at := func(tenths int) time.Time { return began.Add(time.Duration(tenths) * 100 * time.Millisecond) }
	var out strings.Builder
	b := Board{Out: &out, Members: []string{"suse01", "suse02"}, Began: began, Address: netip.MustParseAddr("192.168.101.50")}
	sample := func(tenths int, states ...string) trajectory.Entry {
		return trajectory.Entry{Time: at(tenths), Kind: trajectory.State, Node: "suse02", Sample: &trajectory.Sample{
			Quorate: true, Nodes: map[string]string{"suse01": states[0], "suse02": states[1]}}}
	}
	for _, e := range []trajectory.Entry{
		{Time: at(0), Kind: trajectory.Address, Node: "suse02", Address: "192.168.101.12", Up: true},
		{Time: at(1), Kind: trajectory.Address, Node: "suse01", Address: "192.168.101.50", Up: true},
		{Time: at(2), Kind: trajectory.Reach, Node: "client", Up: true},
		sample(3, "online", "online"),
		{Time: at(10), Kind: trajectory.Step, What: "take the power from suse01"},
		{Time: at(10), Kind: trajectory.Event, Node: "suse01", What: rack.PowerOff},
		{Time: at(11), Kind: trajectory.Reach, Node: "client"},
		sample(20, "unclean", "online"),
		sample(30, "unclean", "online"),
		{Time: at(40), Kind: trajectory.Event, Node: "suse01", What: rack.Fencing, Detail: "done"},
		{Time: at(41), Kind: trajectory.Address, Node: "suse02", Address: "192.168.101.50", Up: true},
		{Time: at(42), Kind: trajectory.Reach, Node: "client", Up: true},
	} {
		b.Add(e)
	}
	require.Equal(t, strings.TrimPrefix(`
           suse01                    suse02                    the client
    0.0 s  online                    online                    -
    0.1 s  online, ADDRESS           online                    -
    0.2 s  online, ADDRESS           online                    reaches it
    1.0 s  > take the power from suse01
    1.0 s  NO POWER (online)         online                    reaches it
    1.1 s  NO POWER (online)         online                    lost
    2.0 s  NO POWER (unclean)        online                    lost
    4.0 s  fencing of suse01: done
    4.1 s  NO POWER (unclean)        online, ADDRESS           lost
    4.2 s  NO POWER (unclean)        online, ADDRESS           reaches it
`, "\n"), out.String())
}

// A node that was cut off believes that it is alone in the world; the table does not.
func TestBoardDoesNotBelieveANodeWithoutQuorum(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	b := Board{Out: &out, Members: []string{"suse01", "suse02"}, Began: time.Unix(0, 0)}
	b.Add(trajectory.Entry{Time: time.Unix(1, 0), Kind: trajectory.State, Node: "suse01", Sample: &trajectory.Sample{
		Nodes: map[string]string{"suse01": "online", "suse02": "offline"}}})
	require.NotContains(t, out.String(), "offline")
}
