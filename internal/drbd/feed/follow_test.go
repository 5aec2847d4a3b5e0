package feed_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// A talker is a `drbdsetup events2` that says what it is told, until it is ended.
type talker struct {
	dump string
	says chan string
	// ends is the exit code with which it ends by itself.
	ends chan int

	mu     sync.Mutex
	starts int
}

func newTalker(dump string) *talker {
	return &talker{dump: dump, says: make(chan string), ends: make(chan int)}
}

func (k *talker) run(ctx context.Context, c run.Cmd) (run.Result, error) {
	k.mu.Lock()
	k.starts++
	k.mu.Unlock()
	if _, err := io.WriteString(c.Output, k.dump); err != nil {
		return run.Result{}, err
	}
	for {
		select {
		case <-ctx.Done():
			return runtest.Fails(run.ErrTimeout)(ctx, c)
		case code := <-k.ends:
			return run.Result{Code: code}, nil
		case text := <-k.says:
			if _, err := io.WriteString(c.Output, text); err != nil {
				return run.Result{}, err
			}
		}
	}
}

func (k *talker) started() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.starts
}

// A follow is a machine that is being followed in a bubble.
type follow struct {
	*machine
	views  []feed.View
	cancel context.CancelFunc
	ended  chan error
}

// begin follows a machine. Its end must be awaited with stop.
func (m *machine) begin(o feed.FollowOptions) *follow {
	ctx, cancel := context.WithCancel(m.Context())
	f := &follow{machine: m, cancel: cancel, ended: make(chan error, 1)}
	go func() {
		f.ended <- m.Follow(ctx, o, func(v feed.View) error {
			f.views = append(f.views, v)
			return nil
		})
	}()
	return f
}

// after lets time pass and returns what was delivered in it, in short.
func (f *follow) after(d time.Duration) []string {
	began := len(f.views)
	time.Sleep(d)
	synctest.Wait()
	var states []string
	for _, v := range f.views[began:] {
		states = append(states, short(v.Host))
	}
	return states
}

func (f *follow) stop() {
	f.cancel()
	require.ErrorIs(f, <-f.ended, context.Canceled)
}

func block(t *testing.T, folder, situation, command string) string {
	t.Helper()
	b, ok := drbdtest.File(folder, situation, drbdtest.Alfa).Find(command)
	require.True(t, ok)
	return b.Stdout
}

const (
	healthy = "r0 Primary UpToDate, Connected, Established UpToDate"
	waiting = "r0 Primary UpToDate, Connecting, Off DUnknown"
	// cut is what a stream of 9 says when the link is lost.
	cut = "change connection name:r0 peer-node-id:1 conn-name:bravo connection:NetworkFailure role:Unknown\n" +
		"change peer-device name:r0 peer-node-id:1 conn-name:bravo volume:0 replication:Off peer-disk:DUnknown\n" +
		"change connection name:r0 peer-node-id:1 conn-name:bravo connection:Connecting\n"
)

// follow9 is a healthy machine with 9 whose stream can be asked for statistics.
func follow9(t *testing.T) (*machine, *talker) {
	m := recorded(t, drbdtest.File(drbdtest.DRBD9, "06-mounted", drbdtest.Alfa))
	k := newTalker(block(t, drbdtest.DRBD9, "06-mounted", eventsNow))
	m.commands[polled] = k.run
	return m, k
}

func TestAChangeIsDeliveredAsSoonAsItIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, k := follow9(t)
		f := m.begin(feed.FollowOptions{})
		assert.Equal(t, healthy, f.after(time.Millisecond)[0], "at once")
		f.after(time.Second)
		k.says <- cut
		assert.Equal(t, []string{waiting}, f.after(100*time.Millisecond), "one change, not three")
		m.says(statusJSON, 0, block(t, drbdtest.DRBD9, "08-link-cut", statusJSON))
		f.after(time.Minute)
		assert.Equal(t, 1, k.started())
		assert.Equal(t, waiting, short(f.views[len(f.views)-1].Host))
		f.stop()
	})
}

// row S18: a stream that says nothing while samples change is started again, and no other is.
func TestRowS18AStreamThatFellSilentIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, k := follow9(t)
		f := m.begin(feed.FollowOptions{})
		f.after(35 * time.Second)
		require.Equal(t, 1, k.started(), "a stream that has nothing to say is not silent")
		m.says(statusJSON, 0, block(t, drbdtest.DRBD9, "08-link-cut", statusJSON))
		k.dump = block(t, drbdtest.DRBD9, "08-link-cut", eventsNow)
		assert.Equal(t, []string{waiting}, f.after(10 * time.Second)[:1], "the sample is delivered")
		f.after(5 * time.Second)
		assert.Equal(t, 2, k.started())
		f.after(time.Minute)
		assert.Equal(t, 2, k.started())
		f.stop()
	})
}

// A stream that is only behind the sample, and catches up, goes on.
func TestAStreamThatIsLateIsNotSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, k := follow9(t)
		f := m.begin(feed.FollowOptions{})
		f.after(9 * time.Second)
		m.says(statusJSON, 0, block(t, drbdtest.DRBD9, "08-link-cut", statusJSON))
		f.after(1500 * time.Millisecond)
		k.says <- cut
		f.after(time.Minute)
		assert.Equal(t, 1, k.started())
		f.stop()
	})
}

func TestAStreamThatEndsIsStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, k := follow9(t)
		f := m.begin(feed.FollowOptions{})
		f.after(time.Second)
		k.ends <- 1
		m.says(statusJSON, 0, block(t, drbdtest.DRBD9, "08-link-cut", statusJSON))
		k.dump = block(t, drbdtest.DRBD9, "08-link-cut", eventsNow)
		assert.Contains(t, f.after(2*time.Second), waiting)
		assert.Equal(t, 2, k.started())
		f.stop()
	})
}

// Older utilities of 9 know no --poll; then the stream goes without, and counters of a resync come from samples.
func TestUtilitiesThatCannotBeAskedAreNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := recorded(t, drbdtest.File(drbdtest.DRBD9, "10-resync", drbdtest.Alfa))
		k := newTalker(block(t, drbdtest.DRBD9, "10-resync", eventsNow))
		m.commands[polled] = runtest.Complains(20, "events2: unrecognized option '--poll'\n")
		m.commands[stream] = k.run
		f := m.begin(feed.FollowOptions{})
		f.after(time.Second)
		delivered := len(f.after(9 * time.Second))
		assert.Equal(t, 1, k.started())
		assert.GreaterOrEqual(t, delivered, 4, "every two seconds, because a stall is of interest too")
		asked := 0
		for _, line := range m.script.Lines() {
			if line == polled {
				asked++
			}
		}
		assert.Equal(t, 1, asked)
		f.stop()
	})
}

func TestSamplesAreTakenWhereThereIsNoStream(t *testing.T) {
	for name, proc := range map[string]string{
		"8.3 has none":              version("8.3.11"),
		"8.4 whose utilities fail":  version("8.4.3"),
		"8.4 without its utilities": version("8.4.3"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t)
				m.proc(proc + row("0", "Primary/Secondary", "UpToDate/UpToDate"))
				fault := runtest.Complains(20, "USAGE\n")
				if strings.Contains(name, "without") {
					fault = runtest.Fails(run.ErrNotFound)
				}
				if !strings.HasPrefix(name, "8.3") {
					m.commands[eventsNow], m.commands[stream] = fault, fault
				}
				f := m.begin(feed.FollowOptions{})
				f.after(3 * time.Second)
				m.proc(proc + row("0", "Secondary/Primary", "UpToDate/UpToDate"))
				assert.Equal(t, []string{" Secondary UpToDate, Connected, Established UpToDate"}, f.after(2*time.Second))
				f.after(50 * time.Second)
				streams := 0
				for _, line := range m.script.Lines() {
					if line == stream {
						streams++
					}
				}
				assert.LessOrEqual(t, streams, 1, "what cannot be had is not tried all the time")
				f.stop()
			})
		})
	}
}

// With 8.4 the stream tells of changes and the kernel's file has the counters, without another command.
func TestCountersOf84ComeFromTheKernelsFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		resync := drbdtest.File(drbdtest.DRBD84, "10-resync", drbdtest.Alfa)
		m := recorded(t, resync)
		k := newTalker(block(t, drbdtest.DRBD84, "10-resync", eventsNow))
		m.commands[stream] = k.run
		f := m.begin(feed.FollowOptions{Watchdog: time.Hour})
		f.after(time.Second)
		first := f.views[len(f.views)-1].Host.Resource("r0").Peers[0].Volumes[0]
		assert.EqualValues(t, 24348, first.OutOfSyncKiB)
		m.proc(resync.Proc()[1])
		f.after(2 * time.Second)
		last := f.views[len(f.views)-1].Host.Resource("r0").Peers[0].Volumes[0]
		assert.EqualValues(t, 22296, last.OutOfSyncKiB)
		assert.Equal(t, 28.6, last.Progress.Percent)
		assert.Equal(t, []string{eventsNow, stream}, m.script.Lines())
		assert.GreaterOrEqual(t, len(f.after(10*time.Second)), 4, "a resync that does not move is delivered as well")
		f.stop()
	})
}

func TestAModuleThatComesAndGoesIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t)
		f := m.begin(feed.FollowOptions{})
		f.after(10 * time.Second)
		require.Len(t, f.views, 1)
		require.False(t, f.views[0].Host.Loaded)
		require.Empty(t, m.script.Calls(), "nothing is run without the module")

		_, k := follow9(t)
		m.commands[polled], m.commands[statusJSON] = k.run, runtest.Says(0, block(t, drbdtest.DRBD9, "06-mounted", statusJSON))
		m.proc(version("9.2.14"))
		assert.Contains(t, f.after(3*time.Second), healthy)
		require.NoError(t, os.Remove(m.Proc))
		f.after(15 * time.Second)
		assert.False(t, f.views[len(f.views)-1].Host.Loaded)
		calls := len(m.script.Calls())
		f.after(time.Minute)
		assert.Len(t, m.script.Calls(), calls)
		f.stop()
	})
}

func TestAMachineThatGivesNoAnswerIsDeliveredAsSuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := follow9(t)
		m.commands[statusJSON] = runtest.Complains(20, "no netlink\n")
		f := m.begin(feed.FollowOptions{})
		f.after(time.Second)
		require.Len(t, f.views, 1)
		assert.Equal(t, []string{"drbdsetup status --json: exit 20: no netlink"}, f.views[0].Host.Problems)
		f.after(10 * time.Second)
		assert.Len(t, f.views, 1, "once")
		f.stop()
	})
}

func TestAReceiverThatHasEnoughEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, k := follow9(t)
		enough := errors.New("enough")
		delivered := 0
		ended := make(chan error, 1)
		go func() {
			ended <- m.Follow(t.Context(), feed.FollowOptions{}, func(v feed.View) error {
				if delivered++; short(v.Host) == waiting {
					return enough
				}
				return nil
			})
		}()
		time.Sleep(time.Second)
		k.says <- cut
		require.ErrorIs(t, <-ended, enough)
	})
}

// Rubbish on the stream, and lines that never end, change nothing but that the stream is begun anew.
func TestRubbishOnAStreamIsSurvived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, k := follow9(t)
		f := m.begin(feed.FollowOptions{})
		f.after(time.Second)
		k.says <- "\x00\xff\n\nchange what is this\nexists\n"
		assert.Empty(t, f.after(500*time.Millisecond))
		k.says <- strings.Repeat("x", 1<<17)
		f.after(5 * time.Second)
		assert.Equal(t, 2, k.started())
		k.says <- cut
		assert.Equal(t, []string{waiting}, f.after(100*time.Millisecond))
		f.stop()
	})
}

// A stream of 9 is asked for its counters through its input, and what it answers is delivered. In real time: the pipe
// is one of the kernel's.
func TestAStreamIsAskedForItsCounters(t *testing.T) {
	m := recorded(t, drbdtest.File(drbdtest.DRBD9, "10-resync", drbdtest.Alfa))
	m.commands[polled] = func(ctx context.Context, c run.Cmd) (run.Result, error) {
		_, _ = io.WriteString(c.Output, block(t, drbdtest.DRBD9, "10-resync", eventsNow))
		questions := bufio.NewReader(c.Input)
		for {
			question, err := questions.ReadString('\n')
			if err != nil {
				return run.Result{Code: 0}, nil
			}
			assert.Equal(t, "n\n", question)
			_, _ = io.WriteString(c.Output, "change peer-device name:r0 peer-node-id:1 conn-name:bravo volume:0 out-of-sync:77\n")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	seen := errors.New("seen")
	err := m.Follow(ctx, feed.FollowOptions{Statistics: 10 * time.Millisecond}, func(v feed.View) error {
		if v.Host.Resources[0].Peers[0].Volumes[0].OutOfSyncKiB == 77 {
			return seen
		}
		return nil
	})
	require.ErrorIs(t, err, seen)
}
