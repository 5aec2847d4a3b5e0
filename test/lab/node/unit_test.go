package node

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Wait statuses as the kernel encodes them: the exit code in the second byte, or the signal in the first.
func exited(code int) unix.WaitStatus             { return unix.WaitStatus(code << 8) }
func killedBy(signal unix.Signal) unix.WaitStatus { return unix.WaitStatus(signal) }

func TestTheEndOfAUnit(t *testing.T) {
	pacemaker := &Unit{RestartAfter: time.Second, Success: []int{100}}
	tests := []struct {
		name     string
		unit     *Unit
		status   unix.WaitStatus
		stopping bool
		active   string
		again    bool
	}{
		{"a clean end is no failure", pacemaker, exited(0), false, Inactive, false},
		{"nor is one that the unit calls a success", pacemaker, exited(100), false, Inactive, false},
		{"nor is SIGTERM from anybody", pacemaker, killedBy(unix.SIGTERM), false, Inactive, false},
		{"SIGKILL is, and it is started again", pacemaker, killedBy(unix.SIGKILL), false, Failed, true},
		{"an exit code is", pacemaker, exited(1), false, Failed, true},
		{"not when somebody stopped it", pacemaker, killedBy(unix.SIGKILL), true, Inactive, false},
		{"a unit without Restart stays down", &Unit{}, killedBy(unix.SIGKILL), false, Failed, false},
		{"a OneShot that ended well is active", &Unit{OneShot: true}, exited(0), false, Active, false},
		{"one that did not has failed", &Unit{OneShot: true}, exited(1), false, Failed, false},
		{"a plain service is never started again", nil, exited(1), false, Failed, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := &unitState{Service: Service{Unit: tt.unit}, active: Active, pid: 7, stopping: tt.stopping, ended: make(chan struct{})}
			require.Equal(t, tt.again, u.finish(tt.status))
			require.Equal(t, tt.active, u.active)
			require.Zero(t, u.pid)
			<-u.ended
		})
	}
}

func TestTheSixthStartIsRefusedForAWhile(t *testing.T) {
	u := &unitState{Service: Service{Unit: &Unit{Burst: 5, Interval: 25 * time.Second}}}
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for range 5 {
		require.True(t, u.mayStart(at))
		at = at.Add(time.Second)
	}
	require.False(t, u.mayStart(at))
	require.Equal(t, "start-limit-hit", u.result)
	require.True(t, u.mayStart(at.Add(25*time.Second)))
}
