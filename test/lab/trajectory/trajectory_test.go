package trajectory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatIsRecordedIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	r, err := Create(path)
	require.NoError(t, err)
	at := time.Date(2026, 11, 22, 1, 2, 3, 4, time.UTC)
	want := []Entry{
		{Time: at, Kind: Begin, What: "x", Members: []string{"a", "b"}},
		{Time: at, Kind: State, Node: "a", Sample: &Sample{
			DC: "a", Quorate: true, Nodes: map[string]string{"a": "online"},
			Placements: map[string]map[string]string{"vip": {"a": "Started"}},
			Attributes: map[string]map[string]string{"a": {"lpa": "10"}},
		}},
		{Time: at, Kind: Address, Node: "a", Address: "192.0.2.1", Up: true},
		{Time: at, Kind: Done, Node: "a", Operation: &Operation{
			Resource: "vip", Agent: "IPaddr2", Action: "monitor", Interval: 10, Began: at.Add(-time.Second), Code: 7,
			Failed: true, Programs: 3, CPU: 0.5, SAP: 0.25, Tools: 0.125,
		}},
		{Time: at, Kind: Result, Pass: true, Recovery: 4.5},
	}
	for _, e := range want {
		r.Add(e)
	}
	require.NoError(t, r.Close())
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	got, err := Read(file)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestAnEntryWithoutATimeGetsOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.jsonl")
	r, err := Create(path)
	require.NoError(t, err)
	r.Add(Entry{Kind: Step, What: "crash"})
	require.NoError(t, r.Close())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	entries, err := Read(strings.NewReader(string(text)))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), entries[0].Time, time.Minute)
}

func TestABadLineIsNamed(t *testing.T) {
	_, err := Read(strings.NewReader("{}\n{\n"))
	require.ErrorContains(t, err, "line 2")
}

func FuzzRead(f *testing.F) {
	f.Add(`{"t":"2026-11-22T01:02:03Z","kind":"sample","sample":{"nodes":{"a":"online"}}}`)
	f.Fuzz(func(t *testing.T, text string) { _, _ = Read(strings.NewReader(text)) })
}
