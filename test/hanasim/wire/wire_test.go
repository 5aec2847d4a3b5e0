package wire

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
)

func pipe() (*Conn, *Conn) {
	a, b := net.Pipe()
	return New(a), New(b)
}

func TestMessagesArriveAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := Message{
			Kind: Rows, Last: rapid.Uint64().Draw(t, "last"), Why: rapid.String().Draw(t, "why"),
			Turns: []core.Turn{{Epoch: rapid.Uint64().Draw(t, "epoch"), From: 1}},
			Peers: []site.Peer{{ID: 1, Name: rapid.StringMatching(`[a-z\n"]*`).Draw(t, "name"), Mode: core.Primary}},
		}
		for range rapid.IntRange(0, 5).Draw(t, "rows") {
			sent.Entries = append(sent.Entries, core.Entry{Position: rapid.Uint64().Draw(t, "position"), Row: core.Row{Table: "T", Values: []string{"x\ny"}}})
		}
		a, b := pipe()
		defer a.Close()
		go func() { _ = a.Send(sent) }()
		var got Message
		if err := b.Receive(&got); err != nil {
			t.Fatal(err)
		}
		require.Equal(t, sent, got)
	})
}

// A channel has the fields of a service and of a report, two of which have one name.
func TestChannelsKeepTheirTwoNames(t *testing.T) {
	t.Parallel()
	a, b := pipe()
	defer a.Close()
	sent := Channel{Service: site.Service{Name: "indexserver", Port: 31003}, Report: Report{Name: "ROT", Site: 2}}
	go func() { _ = a.Send(sent) }()
	var got Channel
	require.NoError(t, b.Receive(&got))
	require.Equal(t, sent, got)
}

func TestAnEndAndATimeoutDiffer(t *testing.T) {
	t.Parallel()
	a, b := pipe()
	require.NoError(t, b.SetReadDeadline(time.Now().Add(-time.Second)))
	require.Error(t, b.Receive(&Message{}))
	require.True(t, b.TimedOut())
	a.Close()

	a, b = pipe()
	a.Close()
	require.ErrorIs(t, b.Receive(&Message{}), net.ErrClosed)
	require.False(t, b.TimedOut())
}

func TestGarbageIsAnError(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer a.Close()
	go func() { _, _ = a.Write([]byte("{\"kind\":3}\n")) }()
	require.ErrorContains(t, New(b).Receive(&Message{}), "decode")
}
