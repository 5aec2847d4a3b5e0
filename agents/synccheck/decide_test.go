package synccheck

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// The states and links that a node may have published, with none.
func states() []State {
	return []State{"", StatePrimary, StateSync, StateWait, StateFail, StateSplit, StateUnknown, "rubbish"}
}

// someViews are what DRBD may say, with one peer and with two.
func someViews() []View {
	var all []View
	for _, peer := range somePeers() {
		for _, role := range []bool{false, true} {
			for _, current := range []bool{false, true} {
				v := View{Resource: "r0", Known: true, Up: true, Primary: role, Current: current, Class: peer.Class, Peers: []PeerView{peer}}
				v.OutOfSync = peer.OutOfSync
				v.Target = !current && peer.Connected && peer.Class == drbd.Syncing
				all = append(all, v)
				v.Peers = append([]PeerView{{Name: "suse03", Connected: true, Current: true, Harmless: true, Class: drbd.OK}}, peer)
				all = append(all, v)
				v.Class = drbd.SplitBrain
				all = append(all, v)
			}
		}
	}
	return append(all,
		View{Resource: "r0", Class: drbd.Unknown, Reason: drbd.ReasonNoData},
		View{Resource: "r0", Known: true, Class: drbd.Unknown, Reason: drbd.ReasonNoModule},
		View{Resource: "r0", Known: true, Class: drbd.Degraded, Reason: drbd.ReasonNotUp})
}

func somePeers() []PeerView {
	return []PeerView{
		{Connected: true, Current: true, Harmless: true, Class: drbd.OK},
		{Connected: true, Current: true, Harmless: true, Primary: true, Class: drbd.OK},
		{Connected: true, Source: true, Harmless: true, OutOfSync: 4, Class: drbd.Syncing},
		{Connected: true, OutOfSync: 4, Class: drbd.Syncing},
		{Connected: true, OutOfSync: 12, Class: drbd.Degraded},
		{Connected: true, Current: true, Class: drbd.Unknown},
		{Class: drbd.Degraded}, {Class: drbd.Degraded, OutOfSync: 4}, {Class: drbd.Unknown},
	}
}

// every calls f with all combinations of what matters to Decide.
func every(f func(o Observation)) {
	memories := []Memory{{}, {Lost: noon.Unix() - 5, Pending: true, Blind: 1}, {Lost: noon.Unix() - 100, Pending: true, Sole: true}}
	n := 0
	for _, view := range someViews() {
		for _, own := range states() {
			for _, other := range states()[:7] {
				for _, link := range []Link{LinkUp, LinkDown} {
					for _, member := range []bool{true, false} {
						for _, memory := range memories {
							n++
							f(Observation{
								Now: noon, Node: "suse01", Mode: ModeStatus, Prefix: defaultPrefix, Grace: 30 * time.Second,
								Dampen: 5 * time.Second, Refresh: n%3 == 0,
								Subjects: []Subject{{
									View: view, Own: Said{Node: "suse01", Member: true, State: own, Link: LinkUp}, Memory: memory,
									Others: []Said{{Node: "suse02", Member: member, State: other, Link: link}},
								}},
							})
						}
					}
				}
			}
		}
	}
}

// What holds whatever was observed.
func TestInvariantsOfDecide(t *testing.T) {
	n := 0
	every(func(o Observation) {
		n++
		v := Decide(o)
		s := o.Subjects[0]
		own, _ := stateOf(o, v, "suse01")
		other, wrote := stateOf(o, v, "suse02")
		invariantOwn(t, o, s, own)
		if wrote {
			invariantOther(t, s, other)
		}
		for _, w := range v.Writes {
			require.NotContains(t, w.Value, " ")
			require.True(t, !w.Guard || w.Value != string(StateSync) && w.Value != string(StatePrimary), "nobody is guarded from good data")
		}
		if n%16 == 0 {
			require.Equal(t, v, Decide(o), "the same again")
		}
		if !o.Refresh && v.Rest {
			require.Empty(t, v.Writes)
		}
	})
	require.Greater(t, n, 50000)
}

// stateOf is the state that a node has after the verdict, and whether it was written.
func stateOf(o Observation, v Verdict, node string) (State, bool) {
	for _, w := range v.Writes {
		if w.Attribute.Name == defaultPrefix+"r0" && w.Attribute.Node == node {
			return State(w.Value), true
		}
	}
	if node == o.Node {
		return o.Subjects[0].Own.State, false
	}
	return o.Subjects[0].Others[0].State, false
}

func invariantOwn(t *testing.T, o Observation, s Subject, own State) {
	v := s.View
	require.Contains(t, []State{StatePrimary, StateSync, StateWait, StateFail, StateSplit, StateUnknown}, trusted(own, s), "%+v", o)
	switch {
	case !v.Known:
		require.True(t, !own.usable() || own == s.Own.State, "without an answer nothing becomes good")
		require.True(t, s.Own.State != StatePrimary || own == StatePrimary, "without an answer a primary keeps its service")
		return
	case own == StatePrimary:
		require.True(t, v.Primary && v.Current, "only a primary with good data is PRIM")
	case own == StateSync:
		require.True(t, v.Up && v.Current && !v.Target && v.Class != drbd.SplitBrain, "only good data are SOK: %+v", o)
		_, informed := v.authority()
		require.True(t, informed || s.Own.State.usable() || s.Own.State == StateUnknown && s.Memory.Pending, "without a connection nothing becomes good: %+v", o)
		require.True(t, informed || s.Others[0].State != StatePrimary || !s.Others[0].Member, "without a connection nothing is good beside a primary")
		raised := s.Own.State != StateSync
		require.False(t, raised && informed && s.Others[0].State == StatePrimary && s.Others[0].Member, "nobody raises himself beside a primary")
	}
	if v.Primary && v.Current && v.Class != drbd.SplitBrain {
		require.Equal(t, StatePrimary, own, "a healthy primary never loses its service")
	}
}

// trusted is the state, or what replaces it while DRBD gives no answer and something odd was published.
func trusted(own State, s Subject) State {
	if !s.View.Known && own == s.Own.State {
		return StateUnknown
	}
	return own
}

func invariantOther(t *testing.T, s Subject, state State) {
	node, v := s.Others[0], s.View
	require.True(t, node.Member, "nothing is written for a node that has left")
	require.True(t, v.Known && v.Up, "who sees nothing says nothing of others")
	switch state {
	case StateSync:
		require.True(t, v.Primary && v.Current, "only a primary raises another node")
		require.Equal(t, StateWait, node.State, "and only when it is asked to")
		require.Len(t, v.Peers, 1, "and only when it is certain whose copy it is")
		require.True(t, v.Peers[0].Connected && v.Peers[0].Current)
	case StateFail, StateWait, StateSplit:
	default:
		t.Errorf("%s is not a state to write for another node", state)
	}
}

// A primary that has lost its peer takes the good state from it at once, if it has one or may get one.
func TestAPrimaryWithoutItsPeerTakesTheGoodStateFromIt(t *testing.T) {
	every(func(o Observation) {
		s := o.Subjects[0]
		v := Decide(o)
		other, _ := stateOf(o, v, "suse02")
		if s.View.Primary && len(s.View.Peers) == 1 && !s.View.Peers[0].Connected && s.Others[0].Member {
			require.NotEqual(t, StateSync, other, "%+v", o)
			require.NotEqual(t, StateUnknown, other)
			require.NotEmpty(t, other)
			require.True(t, other != StatePrimary || !s.Memory.Sole)
		}
	})
}

// The same observation again and again comes to rest: then nothing is written any more.
func TestDecideComesToRest(t *testing.T) {
	every(func(o Observation) {
		if o.Refresh {
			return
		}
		for range blindness + 2 {
			o = after(o, Decide(o))
		}
		require.Empty(t, Decide(o).Writes, "%+v", o)
		require.Equal(t, o.Subjects[0].Memory, Decide(o).Memories["r0"])
	})
}

// after is the observation once the verdict was carried out.
func after(o Observation, v Verdict) Observation {
	s := o.Subjects[0]
	s.Memory = v.Memories["r0"]
	s.Others = append([]Said(nil), s.Others...)
	for _, w := range v.Writes {
		to := &s.Own
		if w.Attribute.Node != o.Node {
			to = &s.Others[0]
		}
		switch w.Attribute.Name {
		case defaultPrefix + "r0":
			to.State = State(w.Value)
		case defaultPrefix + "r0-link":
			to.Link = Link(w.Value)
		case defaultPrefix + "r0-oos":
			to.OutOfSync = w.Value
		case defaultPrefix + "r0-since":
			to.Since = w.Value
		}
	}
	o.Subjects = []Subject{s}
	return o
}

// Whatever wave was reached when the agent was killed, this node is known to be primary before it speaks of others, and
// nothing is called good before all else is written.
func TestTheWavesHaveTheirOrder(t *testing.T) {
	every(func(o Observation) {
		last, n, ordered := -1, 0, true
		v := Decide(o)
		for _, wave := range v.Waves(o.Node) {
			rank := wave[0].rank(o.Node)
			ordered = ordered && rank > last
			for _, w := range wave {
				ordered = ordered && w.rank(o.Node) == rank
				n++
			}
			last = rank
		}
		require.True(t, ordered && n == len(v.Writes), "%+v", v)
	})
}

func TestTheNamesOfTheAttributes(t *testing.T) {
	t.Parallel()
	for resource, want := range map[string]string{"r0": "ocfbox-drbd-r0", "data.main": "ocfbox-drbd-data_main", "größe": "ocfbox-drbd-gr__e", "A_b-1": "ocfbox-drbd-A_b-1"} {
		require.Equal(t, want, attributes(defaultPrefix, resource).state)
		require.Equal(t, want+"-since", attributes(defaultPrefix, resource).since)
	}
}

func TestWhoseCopyItIs(t *testing.T) {
	t.Parallel()
	a, b := Said{Node: "suse02.example", State: StateSync}, Said{Node: "suse03", Link: LinkUp}
	quiet, other := Said{Node: "quiet"}, Said{Node: "other"}
	for name, row := range map[string]struct {
		others  []Said
		peer    string
		want    []Said
		certain bool
	}{
		"the connection's name is the node's":                     {[]Said{a, b}, "suse03", []Said{b}, true},
		"one of the names has its domain":                         {[]Said{a, b}, "SUSE02", []Said{a}, true},
		"a lone peer of another domain is the one that publishes": {[]Said{a, quiet}, "suse02.elsewhere", []Said{a}, true},
		"no name, and one node publishes":                         {[]Said{quiet, b}, "", []Said{b}, true},
		"8.4's word for a name, and two publish":                  {[]Said{a, b}, "peer", []Said{a, b}, false},
		"nobody publishes, and there is one other node":           {[]Said{quiet}, "peer", []Said{quiet}, true},
		"nobody publishes, and there are two other nodes":         {[]Said{quiet, other}, "peer", nil, false},
		"nobody else is there":                                    {nil, "peer", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			peer := PeerView{Name: row.peer}
			nodes, certain := Subject{View: View{Peers: []PeerView{peer}}, Others: row.others}.nodesOf(peer)
			require.Equal(t, row.want, nodes)
			require.Equal(t, row.certain, certain)
		})
	}
}

// Mode link says nothing of the data, and of no other node.
func TestModeLinkWritesOnlyTheLink(t *testing.T) {
	every(func(o Observation) {
		o.Mode = ModeLink
		for _, w := range Decide(o).Writes {
			require.Contains(t, []string{defaultPrefix + "r0-link", defaultPrefix + "r0-since"}, w.Attribute.Name)
			require.Equal(t, "suse01", w.Attribute.Node)
		}
	})
}
