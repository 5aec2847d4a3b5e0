package drbdvm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/drbdtest"
)

// The captures tell when a situation is there: when /proc/drbd says what it said for the capture.

// captured is the capture of a situation on a host; false when there is none.
func captured(situation, host string) (drbdtest.Capture, bool) {
	for _, c := range drbdtest.Captures(drbdtest.DRBD84) {
		if c.Situation == situation && c.Host == host {
			return c, true
		}
	}
	return drbdtest.Capture{}, false
}

// firstRows are what /proc/drbd said first for a capture; without the module there is nothing.
func firstRows(c drbdtest.Capture) []string {
	first, _ := c.Find("cat /proc/drbd")
	return deviceRows(first.Stdout)
}

// deviceRows are the lines of /proc/drbd that tell a device's state.
func deviceRows(proc string) []string {
	rows := []string{}
	for line := range strings.Lines(proc) {
		if strings.Contains(line, ": cs:") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	return rows
}

// await waits until the situation is there.
func (s situation) await(r *rig) {
	r.t.Helper()
	for _, g := range r.Guests() {
		capture, there := captured(s.name, g.Name)
		if !there {
			// Such a guest has no power, or nothing was configured on it.
			continue
		}
		want := firstRows(capture)
		r.await(fmt.Sprintf("%s of %s is %q", s.name, g.Name, want), func(ctx context.Context) string {
			text, err := r.proc(ctx, g)
			if err != nil {
				return err.Error()
			}
			if got := deviceRows(text); strings.Join(got, "\n") != strings.Join(want, "\n") {
				return text
			}
			return ""
		})
	}
	if s.also != nil {
		r.awaitRows(r.Alfa, s.also...)
	}
}

func TestTheStoriesTellEverySituation(t *testing.T) {
	var told, all []string
	for _, story := range stories() {
		for _, situation := range story.scene {
			told = append(told, situation.name)
		}
	}
	for _, c := range drbdtest.Captures(drbdtest.DRBD84) {
		if !slices.Contains(all, c.Situation) {
			all = append(all, c.Situation)
		}
	}
	require.Contains(t, told, backingRead)
	require.Equal(t, all, slices.DeleteFunc(told, func(name string) bool { return name == backingRead }))
}
