package filesystem

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestForceUnmountIsReadWordByWord(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text          string
		signals, move bool
		warnings      int
	}{
		{"true", true, false, 0}, {"yes", true, false, 0}, {"ja", true, false, 0}, {"safe", true, false, 0},
		{"false", false, false, 0}, {"no", false, false, 0}, {"", false, false, 0}, {"Yes", false, false, 1},
		{"bogus", false, false, 1}, {"true,move", true, true, 0}, {"move", true, true, 0}, {"move,nomove", true, false, 0},
		{"false,move", false, true, 0}, {"true,false", false, false, 0}, {"false,safe", true, false, 0},
		{"xargs", true, false, 0}, {"nops,noxargs", true, false, 0}, {"bogus,move", true, true, 1}, {"true,bogus", true, false, 1},
		{" true , move ", true, true, 0}, {",", false, false, 0},
	} {
		var p policy
		p.force(test.text)
		require.Equal(t, test.signals, p.signals, "%q", test.text)
		require.Equal(t, test.move, p.move, "%q", test.text)
		require.Len(t, p.warnings, test.warnings, "%q", test.text)
	}
}

func TestSignalsHaveNamesAndNumbers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text     string
		want     []unix.Signal
		warnings int
	}{
		{"TERM", []unix.Signal{unix.SIGTERM}, 0}, {"SIGHUP term 9", []unix.Signal{unix.SIGHUP, unix.SIGTERM, unix.SIGKILL}, 0},
		{"", nil, 0}, {"BOGUS", []unix.Signal{unix.SIGTERM}, 1}, {"BOGUS HUP", []unix.Signal{unix.SIGHUP}, 1},
		{"0", []unix.Signal{unix.SIGTERM}, 1}, {"65 64", []unix.Signal{64}, 1}, {"-9", []unix.Signal{unix.SIGTERM}, 1},
	} {
		var p policy
		require.Equal(t, test.want, p.signalList("term_signals", test.text, unix.SIGTERM), "%q", test.text)
		require.Len(t, p.warnings, test.warnings, "%q", test.text)
	}
}

func TestTheDelayIsInSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"1": time.Second, "0.25": 250 * time.Millisecond, "0": 0, "x": time.Second, "": time.Second, "-1": time.Second,
		"NaN": time.Second, "Inf": time.Second, "1e300": time.Second,
	} {
		var p policy
		require.Equal(t, want, p.seconds(text), "%q", text)
	}
}

func TestTheTimeOfAStop(t *testing.T) {
	t.Parallel()
	a := &config{signalDelay: "1"}
	require.Equal(t, 20*time.Second, a.policy(20*time.Second).budget)
	require.Equal(t, 7*time.Second, a.policy(7900*time.Millisecond).budget)
	require.Equal(t, time.Second, a.policy(200*time.Millisecond).budget)
	a.fastStop = true
	require.Equal(t, 6*time.Second, a.policy(60*time.Second).budget)
}
