package syncview

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/term/termtest"
	"ocfbox/test/form"
)

// A film is a source whose host is made for each moment since its begin. It is followed every two seconds.
type film struct {
	at    func(since time.Duration) *situation
	ends  time.Duration
	err   error
	began time.Time
}

func (f *film) view() feed.View {
	if f.began.IsZero() {
		f.began = time.Now()
	}
	s := f.at(time.Since(f.began))
	s.host.At = time.Now()
	return feed.View{Host: s.host}
}

func (f *film) Gather(context.Context, feed.Options) (feed.View, error) { return f.view(), nil }

func (f *film) Follow(ctx context.Context, _ feed.FollowOptions, tell func(feed.View) error) error {
	for {
		view := f.view()
		if f.ends > 0 && time.Since(f.began) >= f.ends {
			return f.err
		}
		if err := tell(view); err != nil {
			return err
		}
		if err := wait(ctx, 2*time.Second); err != nil {
			return err
		}
	}
}

// outage is a link that is lost for 20 s, and then a resync of 100 KiB a second.
func outage(since time.Duration) *situation {
	const begin, length = 30 * time.Second, 60 * time.Second
	switch {
	case since < 10*time.Second, since >= begin+length:
		return healthy()
	case since < begin:
		return cut()
	}
	return syncing(int64((begin + length - since) / time.Second * 100))
}

// watched is what a pipe gets in a time.
func watched(t *testing.T, f *film, o Options, length time.Duration) (text string, err error) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		var out strings.Builder
		err = (&Tool{Source: f, Stdout: &out}).Watch(ctx, o)
		text = out.String()
	})
	return text, err
}

// stamped takes the time off each line: seconds since the first one.
func stamped(t *testing.T, text string) (lines []string, at []time.Duration) {
	var first time.Time
	for line := range strings.Lines(text) {
		stamp, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		moment, err := time.Parse(time.RFC3339, stamp)
		require.NoError(t, err, line)
		if first.IsZero() {
			first = moment
		}
		lines, at = append(lines, rest), append(at, moment.Sub(first))
	}
	return lines, at
}

func TestAPipeGetsALineForEachChange(t *testing.T) {
	text, err := watched(t, &film{at: outage}, Options{}, 2*time.Minute)
	require.NoError(t, err, "the end of its time is the ordinary end")
	lines, at := stamped(t, text)
	require.Equal(t, "r0/0 minor 0 OK Connected Primary/Secondary UpToDate/UpToDate oos 0 KiB peer bravo", lines[0])
	require.Equal(t, 10*time.Second, at[1])
	require.Contains(t, lines[1], "r0/0 minor 0 DEGRADED Connecting Primary/Unknown UpToDate/DUnknown oos 0 KiB peer bravo, was OK: disconnected: ")
	require.Equal(t, 30*time.Second, at[2])
	require.Contains(t, lines[2], "r0/0 minor 0 SYNCING SyncSource Primary/Secondary UpToDate/Inconsistent oos 6000 KiB peer bravo 43.1% -- ETA --, was DEGRADED")
	var progress int
	for i := 3; i < len(lines)-1; i++ {
		require.Equal(t, 10*time.Second, at[i]-at[i-1], "figures alone are worth a line every ten seconds")
		require.Contains(t, lines[i], " 100 KiB/s ETA 0:00:", "a rate of our own")
		progress++
	}
	require.Equal(t, 5, progress)
	last := len(lines) - 1
	require.Equal(t, 90*time.Second, at[last])
	require.Equal(t, "r0/0 minor 0 OK Connected Primary/Secondary UpToDate/UpToDate oos 0 KiB peer bravo, was SYNCING", lines[last])
}

func TestAResyncThatStallsIsNamed(t *testing.T) {
	stuck := func(time.Duration) *situation { return syncing(5000) }
	text, err := watched(t, &film{at: stuck}, Options{}, 3*time.Minute)
	require.NoError(t, err)
	lines, at := stamped(t, text)
	require.Len(t, lines, 2)
	require.Contains(t, lines[1], ", was SYNCING: resync-stalled: ")
	require.Contains(t, lines[1], " 0 KiB/s ETA --")
	require.InDelta(t, 60, at[1].Seconds(), 4)
}

func TestWhatIsGoneAndWhatCannotBeReadIsSaid(t *testing.T) {
	text, err := watched(t, &film{at: func(since time.Duration) *situation {
		s := healthy()
		switch {
		case since >= 20*time.Second:
			s.host.Problems = []string{"drbdsetup is missing"}
		case since >= 10*time.Second:
			s.host.Resources = nil
		}
		return s
	}}, Options{}, time.Minute)
	require.NoError(t, err)
	require.Contains(t, text, " r0/0 gone\n")
	require.Contains(t, text, "DRBD problem: drbdsetup is missing\n")
}

func TestJSONIsADocumentALine(t *testing.T) {
	text, err := watched(t, &film{at: outage}, Options{Output: "json"}, 2*time.Minute)
	require.NoError(t, err)
	require.Equal(t, 9, strings.Count(text, "\n"), "as many as there are lines of text")
	rated := 0
	for line := range strings.Lines(text) {
		form.Fits(t, schema, line)
		rated += strings.Count(line, `"eta_seconds":`)
	}
	require.Equal(t, 5, rated)
}

func TestAWatchEndsWithItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, (&Tool{Source: &film{at: outage}, Stdout: closedPipe{}}).Watch(t.Context(), Options{}))
	})
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestAWatchThatFailsCouldNotFindOut(t *testing.T) {
	broken := &film{at: outage, ends: 10 * time.Second, err: syscall.EIO}
	_, err := watched(t, broken, Options{}, time.Minute)
	var failed *Failure
	require.ErrorAs(t, err, &failed)
	require.Equal(t, exitUnknown, failed.Code)
	require.ErrorIs(t, err, syscall.EIO)

	_, err = watched(t, &film{at: func(time.Duration) *situation { return &situation{} }}, Options{}, time.Minute)
	require.ErrorIs(t, err, errNoModule)
	_, err = watched(t, &film{at: outage}, Options{Output: "perfdata"}, time.Minute)
	require.ErrorAs(t, err, &failed)
	require.Equal(t, ExitUsage, failed.Code)
}

// A wall is a canvas that keeps its pictures.
type wall struct {
	pictures []string
	at       []time.Time
}

func (w *wall) Draw(picture string) error {
	w.pictures, w.at = append(w.pictures, picture), append(w.at, time.Now())
	return nil
}

func TestATerminalGetsAPictureASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, screen, keys := time.Now(), &wall{}, make(chan byte)
		go func() {
			time.Sleep(45*time.Second + time.Second/2)
			keys <- 'x'
			keys <- 'q'
		}()
		require.NoError(t, (&Tool{Source: &film{at: outage}}).onScreen(t.Context(), Options{}, screen, keys))
		require.Equal(t, 45*time.Second+time.Second/2, time.Since(began))
		require.Len(t, screen.pictures, 46)
		require.Equal(t, began, screen.at[0], "the first at once")
		for i := 1; i < len(screen.at); i++ {
			require.Equal(t, time.Second, screen.at[i].Sub(screen.at[i-1]))
		}
		last := screen.pictures[45]
		require.Contains(t, last, "alfa  DRBD 9.2.14  ")
		require.Regexp(t, `(?m)^Copy +Peer +Class +State +Role +Disk +OOS KiB +Done +Rate +ETA *$`, last)
		require.Regexp(t, `(?m)^r0/0 +bravo +SYNCING +SyncSource +Primary/Secondary +UpToDate/Inconsistent +4600 +43.1% +100 KiB/s +0:00:46 *$`, last)
		require.Regexp(t, `(?m)^r0/0 disconnected: .+`, screen.pictures[20], "what is wrong is below the table")
	})
}

func TestTheTerminalIsGivenBack(t *testing.T) {
	master, slave := termtest.Open(t)
	reader := termtest.Read(t, master)
	ended := make(chan error, 1)
	tool := &Tool{Source: &film{at: outage}, Stdout: slave, Terminal: slave, Color: true}
	go func() { ended <- tool.Watch(t.Context(), Options{}) }()
	reader.Until("\x1b[?1049h")
	reader.Until("\x1b[32mOK\x1b[0m")
	_, err := master.Write([]byte("q"))
	require.NoError(t, err)
	reader.Until("\x1b[?1049l")
	require.NoError(t, <-ended)
}

func TestTheMeterForgetsWhatIsOld(t *testing.T) {
	var m meter
	at := noon()
	sample := func(seconds int, left int64) (rate, end *float64) {
		m.sample(at.Add(time.Duration(seconds)*time.Second), left)
		return m.result()
	}
	rate, end := sample(0, 10000)
	require.Nil(t, rate)
	require.Nil(t, end)
	rate, end = sample(1, 9000)
	require.InDelta(t, 1000, *rate, 0.001)
	require.InDelta(t, 9, *end, 0.001)
	rate, _ = sample(1, 9000)
	require.InDelta(t, 1000, *rate, 0.001, "the same moment twice")
	rate, _ = sample(11, 9000)
	require.InDelta(t, 52, *rate, 1, "ten seconds without progress weigh more than one with")
	rate, end = sample(100, 20000)
	require.Zero(t, *rate, "what grows has no rate")
	require.Nil(t, end)
}

func TestTwoSamplesCloseToEachOtherSayLittle(t *testing.T) {
	var m meter
	for _, s := range []struct {
		after time.Duration
		left  int64
	}{{0, 100000}, {50 * time.Millisecond, 99000}, {2 * time.Second, 98000}, {4 * time.Second, 96000}, {6 * time.Second, 94000}} {
		m.sample(noon().Add(s.after), s.left)
	}
	rate, _ := m.result()
	require.InDelta(t, 1000, *rate, 50)
}

func TestAVerifyIsMeasuredByWhatItHasStillToRead(t *testing.T) {
	s := healthy()
	s.copy().Replication, s.copy().OutOfSyncKiB = drbd.VerifyS, 12
	s.copy().Progress = &drbd.Progress{Verify: true, LeftKiB: 5000, TotalKiB: 10000}
	d := s.worth(drbd.Degraded, drbd.ReasonOutOfSync, "").document()
	left, ok := d.Resources[0].Copies[0].left()
	require.True(t, ok)
	require.Equal(t, int64(5000), left)
	require.Equal(t, 50.0, *d.Resources[0].Copies[0].Percent)
}
