package truth

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
)

func accepted(at time.Duration, siteName string, epoch, position uint64) Event {
	return Event{At: at, What: Accepted, Site: siteName, Database: "HA1", Epoch: epoch, Entries: []core.Entry{{Position: position}}}
}

func survivor(n int, turns ...core.Turn) *core.Log {
	l := &core.Log{Turns: turns}
	for range n {
		l.Append(core.Row{})
	}
	return l
}

func TestLost(t *testing.T) {
	t.Parallel()
	writes := Writes([]Event{
		accepted(4, "ROT", 2, 3), accepted(1, "WDF", 1, 1), accepted(2, "WDF", 1, 2), accepted(3, "WDF", 1, 3),
		{At: 5, What: Opened, Database: "HA1"}, accepted(6, "X", 1, 1),
	}[:5], "HA1")
	require.Len(t, writes, 4)
	lost := Lost(writes, survivor(3, core.Turn{Epoch: 1, From: 1}, core.Turn{Epoch: 2, From: 3}))
	require.Len(t, lost, 1)
	require.Equal(t, "WDF", lost[0].Site)
	require.Equal(t, uint64(3), lost[0].Entry.Position, "its place is another one's")
	require.Len(t, Lost(writes, survivor(1, core.Turn{Epoch: 1, From: 1})), 3)
	require.Len(t, Lost(writes, survivor(0)), 4)
}

func TestTwoPrimaries(t *testing.T) {
	t.Parallel()
	after := Writes([]Event{accepted(1, "WDF", 1, 1), accepted(2, "WDF", 1, 2), accepted(3, "ROT", 2, 3)}, "HA1")
	require.Empty(t, TwoPrimaries(after))
	during := Writes([]Event{accepted(1, "WDF", 1, 1), accepted(3, "ROT", 2, 2), accepted(5, "WDF", 1, 2), accepted(7, "ROT", 2, 3)}, "HA1")
	require.Equal(t, []Overlap{{[2]string{"WDF", "ROT"}, 3, 5}}, TwoPrimaries(during))
	late := Writes([]Event{accepted(1, "WDF", 1, 1), accepted(3, "ROT", 2, 2), accepted(5, "WDF", 1, 2)}, "HA1")
	require.Equal(t, []Overlap{{[2]string{"WDF", "ROT"}, 3, 5}}, TwoPrimaries(late), "the newer one need not accept another row")
}

func TestReadForgivesOnlyATornEnd(t *testing.T) {
	t.Parallel()
	line := `{"at":1,"what":"accepted","site":"WDF"}` + "\n"
	events, err := Read(strings.NewReader(line + line + `{"at":3,"wh`))
	require.NoError(t, err)
	require.Len(t, events, 2)
	_, err = Read(strings.NewReader(line + "rubbish\n" + line))
	require.ErrorContains(t, err, "line 2")
}

func TestTheClockGoesOn(t *testing.T) {
	t.Parallel()
	require.Less(t, Now(), Now()+1)
}
