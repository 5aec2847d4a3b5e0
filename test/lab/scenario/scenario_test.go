package scenario

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestABrokenPartMustTurnAScenarioRed(t *testing.T) {
	red := Scenario{Red: "was up twice"}
	require.NoError(t, red.judge(errors.New("192.0.2.1 was up twice: on a and b")))
	require.ErrorContains(t, red.judge(nil), "should have failed")
	require.ErrorContains(t, red.judge(errors.New("no node answers")), "no node answers")
	require.NoError(t, Scenario{}.judge(nil))
}

func TestRecoveryCountsFromTheFailure(t *testing.T) {
	address := netip.MustParseAddr("192.0.2.50")
	s := Stage{broke: time.Unix(10, 0)}
	s.client.probe(address)
	s.client.note(time.Unix(5, 0), address, true)
	require.Zero(t, s.recovery(), "it was never away")
	s.client.note(time.Unix(11, 0), address, false)
	s.client.note(time.Unix(14, 5e8), address, true)
	s.client.note(time.Unix(20, 0), address, false)
	s.client.note(time.Unix(21, 0), address, true)
	require.Equal(t, 4500*time.Millisecond, s.recovery())
}
