package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)).Round(time.Microsecond))
}

func spans(ends ...float64) (list []Span) {
	for i := 0; i < len(ends); i += 2 {
		list = append(list, Span{at(ends[i]), at(ends[i+1])})
	}
	return list
}

// op is an operation of the database, with the times of SAP's tools.
func op(node, action string, from, to float64, code int, sap ...float64) Operation {
	o := Operation{Node: node, Resource: "hana", Action: action, Began: at(from), Ended: at(to), Code: code, SAP: spans(sap...)}
	if action == "monitor" {
		o.Interval, o.Expected = 10*time.Second, 8
	}
	return o
}

// address is a start of the address.
func address(node string, from, to float64, code int) Operation {
	o := op(node, "start", from, to, code)
	o.Resource = "vip"
	return o
}

func TestATakeoverIsDivided(t *testing.T) {
	failure := Failure{At: at(0), Resource: "hana", Address: "vip"}
	fenced := failure
	fenced.Fenced = at(5)
	usual := []Operation{
		op("a", "monitor", -11, -10, 7), op("a", "monitor", -1, -0.5, 8),
		op("a", "monitor", 10, 12, 7, 10.5, 11.5), op("a", "stop", 13, 15, 0, 13, 15),
		op("b", "promote", 16, 20, 0, 17, 19), address("b", 21, 22, 0),
	}
	probe := op("b", "monitor", 1, 2, 7)
	probe.Interval = 0
	killed := op("a", "monitor", 10, 12, 0)
	killed.Signal = 9
	tools := op("b", "promote", 16, 20, 0)
	tools.Tools = spans(18, 21)
	for _, c := range []struct {
		name                        string
		ops                         []Operation
		failure                     Failure
		seen, promoted, addressUp   float64
		sap, agent, pacemaker, tool float64
	}{
		{"the window is from the monitor to the promote", usual, failure, 12, 20, 22, 5, 3, 2, 0},
		{"a monitor that ran when it happened may see it", append([]Operation{op("a", "monitor", -0.2, 1, 7)}, usual...),
			failure, 1, 20, 22, 5, 4.2, 11, 0},
		{"a probe sees nothing", append([]Operation{probe}, usual...), failure, 12, 20, 22, 5, 3, 2, 0},
		{"a monitor that was killed sees it", []Operation{killed, op("b", "promote", 16, 20, 0)}, failure, 12, 20, -1, 0, 6, 4, 0},
		{"a lost node is seen by nobody", usual, fenced, -1, 20, 22, 5, 3, 7, 0},
		{"a promote that failed is not the one", append([]Operation{op("b", "promote", 12, 13, 1)}, usual...),
			failure, 12, 20, 22, 5, 4, 1, 0},
		{"a start of the address beside the promote is the one",
			append([]Operation{address("a", 12.5, 13, 0), address("b", 13, 13.5, 1), address("b", 14, 15, 0)}, usual...),
			failure, 12, 20, 15, 5, 3, 2, 0},
		{"where two are busy, an agent without a tool counts", []Operation{
			op("a", "monitor", 10, 12, 7, 10, 12), op("b", "monitor", 11, 13, 8), op("b", "promote", 13, 14, 0, 13, 14),
		}, failure, 12, 14, -1, 2, 2, 0, 0},
		{"what runs elsewhere beside the promote keeps nobody waiting", append([]Operation{op("a", "start", 15.5, 22, 7)}, usual...),
			failure, 12, 20, 22, 5, 3.5, 1.5, 0},
		{"the cluster's tools are the agent's time", []Operation{op("a", "monitor", 10, 12, 9), tools}, failure, 12, 20, -1, 0, 6, 4, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Split(c.ops, c.failure)
			require.NoError(t, err)
			ended := func(o *Operation) float64 {
				if o == nil {
					return -1
				}
				return o.Ended.Sub(start).Seconds()
			}
			require.Equal(t, []float64{c.seen, c.promoted, c.addressUp},
				[]float64{ended(got.Seen), ended(got.Promote), ended(got.Address)})
			require.InDeltaSlice(t, []float64{c.sap, c.agent, c.pacemaker, c.tool},
				[]float64{got.SAP.Seconds(), got.Agent.Seconds(), got.Pacemaker.Seconds(), got.Tools.Seconds()}, 1e-6)
			require.Equal(t, got.Window.To.Sub(got.Window.From), got.SAP+got.Agent+got.Pacemaker)
		})
	}
}

func TestATakeoverThatLacksSomethingIsNamed(t *testing.T) {
	failure := Failure{At: at(0), Resource: "hana", Address: "vip"}
	_, err := Split([]Operation{op("a", "monitor", 1, 2, 8)}, failure)
	require.ErrorIs(t, err, ErrUnseen)
	got, err := Split([]Operation{op("a", "monitor", 1, 2, 7), op("b", "promote", 3, 4, 1)}, failure)
	require.ErrorIs(t, err, ErrUnpromoted)
	require.Equal(t, at(2), got.Seen.Ended)
}

func TestSpans(t *testing.T) {
	require.Equal(t, spans(0, 3, 4, 6), union(spans(4, 5, 0, 2, 1, 3, 5, 6, 1, 2)))
	require.Equal(t, spans(0, 1, 2, 3, 5, 6), without(spans(0, 4, 5, 6), spans(1, 2, 3, 5)))
	require.Empty(t, without(spans(1, 2), spans(0, 3)))
	require.Equal(t, spans(1, 2), clip(spans(0, 2, 4, 5), Span{at(1), at(3)}))
}
