package drbd_test

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

// captured are the hosts that a capture's texts give, the first and the last with statistics at the ends.
func captured(t *testing.T, c drbdtest.Capture) []drbd.Host {
	var all []drbd.Host
	add := func(h drbd.Host, err error) {
		require.NoError(t, err, c.Name())
		h.Name = c.Host
		all = append(all, h)
	}
	if proc, _ := c.Find("cat /proc/drbd"); proc.Code != 0 {
		add(drbd.Host{}, nil)
	}
	if c.Folder == drbdtest.DRBD9 {
		nine(c, add)
		return all
	}
	events, asked := c.Find("drbdsetup events2 --now --statistics")
	polled, err := drbd.ParseEvents([]byte(events.Stdout), drbd.Version{Generation: drbd.Gen84})
	texts := c.Proc()
	for i, text := range texts {
		if i > 0 && asked {
			add(polled, err)
		}
		h, err := drbd.ParseProc([]byte(text), drbd.Strict)
		add(h.Named(volumeNames(polled)), err)
	}
	return all
}

// nine are the answers of 9: its /proc/drbd has no devices.
func nine(c drbdtest.Capture, add func(drbd.Host, error)) {
	for _, b := range c.Blocks {
		switch {
		case b.Command == "drbdsetup status r0 --verbose --statistics" && b.Code == 0 && !strings.Contains(c.Situation, "two-res"):
			h, err := drbd.ParseStatusText([]byte(b.Stdout))
			h.Version = drbd.Version{Generation: drbd.Gen9}
			add(h, err)
		case b.Command == "drbdsetup status --json" && b.Code == 0:
			add(drbd.ParseStatusJSON([]byte(b.Stdout)))
		case b.Command == "drbdsetup events2 --now --statistics":
			add(drbd.ParseEvents([]byte(b.Stdout), drbd.Version{Generation: drbd.Gen9}))
		}
	}
}

// volumeNames are the names of the minors of a host.
func volumeNames(h drbd.Host) []drbd.DeviceName {
	var all []drbd.DeviceName
	for _, r := range h.Resources {
		for _, v := range r.Volumes {
			all = append(all, drbd.DeviceName{Minor: v.Minor, Resource: r.Name, Volume: v.Number})
		}
	}
	return all
}

// recorded are the captures of a folder, read once.
var recorded = map[string]func() []drbdtest.Capture{
	drbdtest.DRBD84:  sync.OnceValue(func() []drbdtest.Capture { return drbdtest.Captures(drbdtest.DRBD84) }),
	drbdtest.DRBD9:   sync.OnceValue(func() []drbdtest.Capture { return drbdtest.Captures(drbdtest.DRBD9) }),
	drbdtest.Cluster: sync.OnceValue(func() []drbdtest.Capture { return drbdtest.Captures(drbdtest.Cluster) }),
}

// history is the kernel's log of a host from the first situation to this one.
func history(folder, situation, host string) []drbd.LogEvent {
	var text strings.Builder
	for _, c := range recorded[folder]() {
		if c.Host == host && c.Situation <= situation {
			text.WriteString(c.Log() + "\n")
		}
	}
	return drbd.ParseKernelLog([]byte(text.String()), drbd.LogClock{})
}

// blocks are the hosts that an expectation is about.
func blocks(t *testing.T, e drbdtest.Expectation, host string) []drbd.Host {
	all := captured(t, drbdtest.File(e.Folder, e.Situation, host))
	require.NotEmpty(t, all, e.Name())
	switch e.Block {
	case "first":
		return all[:1]
	case "last":
		return all[len(all)-1:]
	}
	require.Equal(t, "all", e.Block)
	return all
}

// observations are what an expectation has to be judged from.
func observations(t *testing.T, e drbdtest.Expectation) []drbd.Observation {
	now := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	host := e.Host
	if host == drbdtest.Both {
		host = drbdtest.Alfa
	}
	var all []drbd.Observation
	for _, h := range blocks(t, e, host) {
		all = append(all, drbd.Observation{Local: h})
	}
	if e.Host == drbdtest.Both {
		theirs := blocks(t, e, drbdtest.Bravo)
		all = []drbd.Observation{all[0], all[len(all)-1]}
		all[0].Remote, all[1].Remote = &theirs[0], &theirs[len(theirs)-1]
	}
	for i := range all {
		o := &all[i]
		if e.With == "settle" {
			before := o.Local
			before.At, o.Local.At = now, now.Add(2*time.Second)
			o.Before, o.Options.Settle = &before, 2*time.Second
		}
		if e.With == "log" {
			o.Log = history(e.Folder, e.Situation, host)
		}
	}
	return all
}

// verdictOf is the verdict on one minor of a report, or the worst.
func verdictOf(t *testing.T, r drbd.Report, minor string) drbd.Verdict {
	if minor == "*" {
		return r.Verdict
	}
	number, err := strconv.Atoi(minor)
	require.NoError(t, err)
	for _, resource := range r.Resources {
		for _, v := range resource.Volumes {
			if v.Minor == number {
				return v.Verdict
			}
		}
	}
	require.Fail(t, "no such minor", minor)
	return drbd.Verdict{}
}

// Row S6, S7, S20 and all that a real pair showed: every capture has the class that people gave it.
func TestEveryCaptureIsWorthWhatPeopleSayItIs(t *testing.T) {
	t.Parallel()
	rows := drbdtest.Expectations()
	for _, e := range rows {
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			for i, o := range observations(t, e) {
				got := verdictOf(t, drbd.Classify(o), e.Minor)
				assert.Equal(t, e.Class+" "+e.Reason, got.Class.String()+" "+string(got.Reason), "block %d: %s", i, got.Text)
			}
		})
	}
}

// The kernel's log of hours before changes nothing, but where the table says so: a split brain that was solved is over.
func TestWhatTheLogToldBeforeIsOver(t *testing.T) {
	t.Parallel()
	rows := drbdtest.Expectations()
	for _, e := range rows {
		told := e
		told.With = "log"
		hasRow := slices.ContainsFunc(rows, func(o drbdtest.Expectation) bool { return o.Name() == told.Name() })
		if e.With != "-" || e.Folder == drbdtest.Cluster || hasRow {
			continue
		}
		for _, o := range observations(t, told) {
			got := verdictOf(t, drbd.Classify(o), e.Minor)
			assert.Equal(t, e.Class+" "+e.Reason, got.Class.String()+" "+string(got.Reason), "%s: %s", e.Name(), got.Text)
		}
	}
}

func TestTheTableHasEveryCapture(t *testing.T) {
	t.Parallel()
	type key struct{ folder, situation, host string }
	blocks := map[key][]string{}
	for _, e := range drbdtest.Expectations() {
		if e.With == "-" && e.Minor == "*" {
			k := key{e.Folder, e.Situation, e.Host}
			blocks[k] = append(blocks[k], e.Block)
		}
	}
	files := map[key]bool{}
	for _, folder := range drbdtest.Folders() {
		for _, c := range drbdtest.Captures(folder) {
			k := key{folder, c.Situation, c.Host}
			files[k] = true
			assert.NotEmpty(t, blocks[k], "%s is not in the table", c.Name())
			if files[key{folder, c.Situation, drbdtest.Alfa}] && c.Host == drbdtest.Bravo {
				both := key{folder, c.Situation, drbdtest.Both}
				files[both] = true
				// Rows for single minors do where nothing is to be said of all.
				_, told := blocks[both]
				assert.True(t, told || strings.HasPrefix(c.Situation, "42-"), "%s: both sides together are not in the table", c.Name())
			}
		}
	}
	for k := range blocks {
		assert.True(t, files[k], "the table has %v, and no capture does", k)
	}
}
