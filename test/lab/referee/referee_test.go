package referee

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTwice(t *testing.T) {
	address := netip.MustParseAddr("192.0.2.50")
	at := func(seconds float64) time.Time {
		return time.Unix(1000, 0).Add(time.Duration(seconds * float64(time.Second)))
	}
	type change struct {
		second float64
		node   string
		up     bool
	}
	tests := []struct {
		name    string
		changes []change
		want    string
	}{
		{name: "one node", changes: []change{{1, "a", true}}},
		{name: "a clean move", changes: []change{{1, "a", true}, {2, "a", false}, {3, "b", true}}},
		{name: "a move back", changes: []change{{1, "a", true}, {2, "a", false}, {3, "b", true}, {4, "b", false}, {5, "a", true}}},
		{name: "a repeated message", changes: []change{{1, "a", true}, {2, "a", true}, {3, "a", false}, {4, "b", true}}},
		{name: "messages that crossed on their way", changes: []change{{1, "a", true}, {2, "b", true}, {2.01, "a", false}}},
		{name: "two at once", changes: []change{{1, "a", true}, {2, "b", true}, {4, "a", false}}, want: "for 2s"},
		{name: "two at once until now", changes: []change{{1, "a", true}, {2, "b", true}}, want: "for 8s"},
		{name: "two at once, the second within the first", changes: []change{{1, "a", true}, {2, "b", true}, {3, "b", false}}, want: "for 1s"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r Referee
			for _, c := range tt.changes {
				r.note(at(c.second), c.node, address, c.up)
			}
			err := r.Twice(address, at(10))
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}

func TestAPowerLossEndsEverySpan(t *testing.T) {
	var r Referee
	address := netip.MustParseAddr("2001:db8::50")
	r.note(time.Unix(1, 0), "a", address, true)
	r.note(time.Unix(1, 0), "b", address, true)
	r.Off(time.Unix(2, 0), "a")
	require.Equal(t, []string{"b"}, r.Holders(address))
}

// The kernel has the last word: what it says is true at once, what it reports is read when there is time.
func TestAMessageThatIsReadLate(t *testing.T) {
	address := netip.MustParseAddr("192.0.2.50")
	for _, tt := range []struct {
		name  string
		holds bool
		want  string
	}{
		{"the address had gone before the other came", false, ""},
		{"the address was still there", true, "was up twice: on a and b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r Referee
			var asked []netip.Addr
			r.setKernel("a", func(address netip.Addr) bool {
				asked = append(asked, address)
				return tt.holds
			})
			r.note(time.Unix(1, 0), "a", address, true)
			r.note(time.Unix(2, 0), "b", address, true)
			r.note(time.Unix(3, 0), "a", address, false)
			require.Equal(t, []netip.Addr{address}, asked)
			err := r.Twice(address, time.Unix(10, 0))
			if tt.want == "" {
				require.NoError(t, err)
				require.Equal(t, []string{"b"}, r.Holders(address))
				return
			}
			require.ErrorContains(t, err, tt.want)
		})
	}
}
