package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/trajectory"
)

func at(seconds int) time.Time { return time.Date(2026, 11, 22, 1, 0, seconds, 0, time.UTC) }

func sample(second int, node, place string) trajectory.Entry {
	return trajectory.Entry{Time: at(second), Kind: trajectory.State, Node: node, Sample: &trajectory.Sample{
		Nodes:      map[string]string{"a": "online", "b": "online"},
		Placements: map[string]map[string]string{"vip": {place: "Started"}},
	}}
}

func crash() []trajectory.Entry {
	return []trajectory.Entry{
		{Time: at(0), Kind: trajectory.Begin, What: "crash", Detail: "It <moves>.", Members: []string{"a", "b"}},
		{Time: at(1), Kind: trajectory.Address, Node: "a", Address: "192.0.2.50", Up: true},
		{Time: at(1), Kind: trajectory.Reach, Node: "client", Address: "192.0.2.50", Up: true},
		sample(1, "a", "a"), sample(1, "b", "a"), sample(2, "a", "a"),
		{Time: at(3), Kind: trajectory.Step, What: "take the power from a"},
		{Time: at(3), Kind: trajectory.Event, Node: "a", What: "power off", Detail: "power loss"},
		{Time: at(3), Kind: trajectory.Address, Node: "a", Address: "192.0.2.50"},
		{Time: at(3), Kind: trajectory.Reach, Node: "client", Address: "192.0.2.50"},
		{Time: at(6), Kind: trajectory.Done, Node: "b", Operation: &trajectory.Operation{
			Resource: "vip", Action: "start", Began: at(5), Programs: 2, CPU: 0.25,
		}},
		sample(7, "b", "b"),
		{Time: at(8), Kind: trajectory.Done, Node: "b", Operation: &trajectory.Operation{
			Resource: "vip", Action: "monitor", Interval: 10, Began: at(7), Signal: 9, Failed: true,
		}},
		{Time: at(9), Kind: trajectory.Result, Pass: true, Recovery: 4},
	}
}

func TestALaneForEachMachine(t *testing.T) {
	p, err := read(crash())
	require.NoError(t, err)
	require.Len(t, p.lanes, 3)
	a := p.lanes[0]
	require.Equal(t, "a", a.name)
	labels := func(tr track) (l []string) {
		for _, b := range tr.bands {
			l = append(l, b.label)
		}
		return l
	}
	require.Equal(t, []string{"online", "off"}, labels(a.tracks[0]))
	require.Equal(t, []string{"vip Started"}, labels(a.tracks[1]))
	require.Equal(t, at(3), a.tracks[1].bands[0].to, "the crash ends the placement")
	require.Equal(t, []string{"192.0.2.50"}, labels(a.tracks[2]))
	require.Equal(t, at(9), a.tracks[0].bands[1].to, "the last state lasts to the end")
	require.Equal(t, "PASS, recovered after 4.0 s", p.verdict)
}

func TestAnOperationIsABar(t *testing.T) {
	p, err := read(crash())
	require.NoError(t, err)
	bars := p.lanes[1].tracks[2].bands
	require.Len(t, bars, 2)
	require.Equal(t, []time.Time{at(5), at(6)}, []time.Time{bars[0].from, bars[0].to})
	require.Contains(t, bars[0].label, "vip start: code 0, 2 programs, CPU 0.250 s")
	require.Contains(t, bars[1].label, "killed by signal 9")
	require.NotEqual(t, bars[0].colour, bars[1].colour, "one that failed is seen")
}

func TestThePageIsWellFormed(t *testing.T) {
	var page strings.Builder
	require.NoError(t, Write(&page, crash()))
	require.Contains(t, page.String(), "It &lt;moves&gt;.")
	require.NotContains(t, page.String(), "http://www.w3.org/1999", "nothing is fetched")
	begin, end := strings.Index(page.String(), "<svg"), strings.Index(page.String(), "</svg>")
	decoder := xml.NewDecoder(strings.NewReader(page.String()[begin : end+6]))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

func TestARecordThatSaysNothingIsRefused(t *testing.T) {
	require.Error(t, Write(io.Discard, nil))
	require.Error(t, Write(io.Discard, []trajectory.Entry{{Time: at(1), Kind: trajectory.Step}}))
}

func TestAnInterruptedRecordIsDrawn(t *testing.T) {
	var page strings.Builder
	require.NoError(t, Write(&page, crash()[:6]))
	require.Contains(t, page.String(), "not complete")
}
