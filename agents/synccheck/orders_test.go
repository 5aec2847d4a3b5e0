package synccheck

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
)

// A pair is two nodes with a replicated disk, a cluster and our agent, of which only the order of events matters. Data
// are numbers: the newest write that a copy has.
type pair struct {
	now   time.Time
	cut   bool
	nodes [2]*half
	// promised is the newest write that a client was told to be safe. told is the newest one for which the primary
	// has since begun and ended a monitor: from then on no older copy may be called good.
	promised, told int
	trace          []string
}

type half struct {
	name          string
	alive, member bool
	primary       bool
	data, missing int
	// connected and peerPrimary are what the kernel believes; syncing tells that a resync runs, whose target is the
	// one with whole not set.
	connected, peerPrimary, syncing, whole bool

	said   Said
	memory Memory
	// looked is what a monitor has read and not yet acted on.
	looked   *Observation
	promised int
	// left tells that the node was demoted and its agent has not looked since: for one interval it is still called
	// primary, which the manual page admits.
	left bool
}

func newPair() *pair {
	p := &pair{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	for i, name := range []string{"alfa", "bravo"} {
		p.nodes[i] = &half{name: name, alive: true, member: true, connected: true, whole: true, said: Said{Node: name}}
	}
	for range 3 {
		p.monitor(0)
		p.monitor(1)
	}
	return p
}

func (p *pair) other(i int) *half { return p.nodes[1-i] }

// view is what the kernel of a node says.
func (h *half) view() View {
	v := View{Resource: "r0", Known: true, Up: true, Primary: h.primary, Current: h.whole, Target: h.connected && h.syncing && !h.whole,
		Class: drbd.OK, OutOfSync: int64(h.missing)}
	peer := PeerView{Connected: h.connected, Primary: h.connected && h.peerPrimary, Class: drbd.OK, OutOfSync: v.OutOfSync}
	switch {
	case !h.connected:
		v.Class, peer.Class = drbd.Degraded, drbd.Degraded
	case h.syncing:
		v.Class, peer.Class = drbd.Syncing, drbd.Syncing
		peer.Source, peer.Harmless = h.whole, h.whole
	default:
		peer.Current, peer.Harmless = true, true
	}
	v.Peers = []PeerView{peer}
	return v
}

func (p *pair) observe(i int) *Observation {
	h, other := p.nodes[i], p.other(i)
	own, peer := h.said, other.said
	own.Member, peer.Member = h.member, other.member
	return &Observation{Now: p.now, Node: h.name, Mode: ModeStatus, Prefix: "x-", Grace: 30 * time.Second, Dampen: 5 * time.Second,
		Subjects: []Subject{{View: h.view(), Own: own, Others: []Said{peer}, Memory: h.memory}}}
}

// begin is a monitor up to what it reads, end what it makes of that.
func (p *pair) begin(i int) {
	p.nodes[i].looked = p.observe(i)
	p.nodes[i].left = false
	p.nodes[i].promised = 0
	if p.nodes[i].primary {
		p.nodes[i].promised = p.promised
	}
}

func (p *pair) end(i int) {
	h := p.nodes[i]
	for range 2 {
		v := Decide(*h.looked)
		h.memory = v.Memories["r0"]
		for _, wave := range v.Waves(h.name) {
			for _, write := range wave {
				p.write(write)
			}
		}
		if len(v.Raised) == 0 {
			break
		}
		h.looked = p.observe(i)
		h.looked.Subjects[0].Doubt = v.Raised["r0"]
	}
	h.looked = nil
	p.told = max(p.told, h.promised)
}

func (p *pair) write(w Write) {
	for _, h := range p.nodes {
		if h.name != w.Attribute.Node || !h.member {
			continue
		}
		switch strings.TrimPrefix(w.Attribute.Name, "x-r0") {
		case "":
			h.said.State = State(w.Value)
		case "-link":
			h.said.Link = Link(w.Value)
		case "-since":
			h.said.Since = w.Value
		case "-oos":
			h.said.OutOfSync = w.Value
		}
	}
}

func (p *pair) monitor(i int) {
	p.begin(i)
	p.end(i)
}

// linked reports whether a write comes to the other node.
func (p *pair) linked() bool {
	a, b := p.nodes[0], p.nodes[1]
	return !p.cut && a.alive && b.alive && a.connected && b.connected
}

// An event happens to one of the nodes if it can.
type event struct {
	name string
	can  func(p *pair, h, other *half) bool
	do   func(p *pair, i int, h, other *half)
}

func events() []event {
	return []event{
		{"monitor", func(p *pair, h, _ *half) bool { return h.alive && h.looked == nil },
			func(p *pair, i int, _, _ *half) { p.monitor(i) }},
		{"begin-monitor", func(p *pair, h, _ *half) bool { return h.alive && h.looked == nil },
			func(p *pair, i int, _, _ *half) { p.begin(i) }},
		{"end-monitor", func(p *pair, h, _ *half) bool { return h.alive && h.looked != nil },
			func(p *pair, i int, _, _ *half) { p.end(i) }},
		{"cut", func(p *pair, _, _ *half) bool { return !p.cut },
			func(p *pair, _ int, _, _ *half) { p.cut = true }},
		{"heal", func(p *pair, _, _ *half) bool { return p.cut },
			func(p *pair, _ int, _, _ *half) { p.cut = false }},
		{"notice", func(p *pair, h, other *half) bool {
			return h.alive && h.connected && (p.cut || !other.alive || !other.connected)
		}, func(_ *pair, _ int, h, _ *half) { h.connected, h.syncing = false, false }},
		{"connect", func(p *pair, h, other *half) bool {
			return !p.cut && h.alive && other.alive && !h.connected && !other.connected
		}, func(_ *pair, _ int, h, other *half) { connect(h, other) }},
		{"synced", func(p *pair, h, _ *half) bool { return p.linked() && h.syncing && !h.whole },
			func(_ *pair, _ int, h, other *half) {
				h.data, h.whole, h.missing, other.missing = other.data, true, 0, 0
				h.syncing, other.syncing = false, false
			}},
		{"write", func(p *pair, h, _ *half) bool { return h.alive && h.primary && (p.linked() || !h.connected) },
			func(p *pair, _ int, h, other *half) {
				p.promised++
				h.data = p.promised
				switch {
				case !p.linked():
					h.missing++
				case !other.syncing:
					other.data = p.promised
				}
			}},
		{"demote", func(_ *pair, h, _ *half) bool { return h.alive && h.primary },
			func(p *pair, _ int, h, other *half) {
				h.primary, h.left = false, true
				if p.linked() {
					other.peerPrimary = false
				}
			}},
		{"promote", func(_ *pair, h, other *half) bool {
			rival := other.primary || other.member && !other.alive
			return h.alive && h.member && !h.primary && h.whole && !rival && h.said.State.usable()
		}, promote},
		{"die", func(_ *pair, h, other *half) bool { return h.alive && h.member && other.alive },
			func(_ *pair, _ int, h, _ *half) {
				h.alive, h.primary, h.connected, h.syncing, h.looked = false, false, false, false, nil
			}},
		// The cluster notices a death after seconds: no monitor takes so long between its reading and its writing.
		{"leave", func(_ *pair, h, other *half) bool { return !h.alive && h.member && other.looked == nil },
			func(_ *pair, _ int, h, _ *half) { h.member, h.said = false, Said{Node: h.name} }},
		// A boot takes longer than DRBD's pings.
		{"boot", func(_ *pair, h, other *half) bool { return !h.alive && !h.member && !other.connected },
			func(_ *pair, _ int, h, _ *half) {
				h.alive, h.member, h.memory, h.peerPrimary = true, true, Memory{}, false
			}},
		// An agent that is stopped tells nothing: nobody stops one in the seconds in which a kernel is mistaken.
		{"restart-agent", func(p *pair, h, other *half) bool {
			return h.alive && h.looked == nil && h.connected == p.linked() && (!other.alive || other.connected == p.linked())
		},
			func(_ *pair, _ int, h, _ *half) {
				kept := State("")
				if h.primary && h.said.State == StatePrimary {
					kept = StatePrimary
				}
				h.memory, h.said = Memory{}, Said{Node: h.name, State: kept}
			}},
		{"time", func(*pair, *half, *half) bool { return true },
			func(p *pair, _ int, _, _ *half) { p.now = p.now.Add(5 * time.Second) }},
	}
}

// connect is the handshake: the copy with less becomes the target.
func connect(h, other *half) {
	h.connected, other.connected = true, true
	h.peerPrimary, other.peerPrimary = other.primary, h.primary
	if h.data == other.data && h.whole && other.whole && h.missing == 0 && other.missing == 0 {
		return
	}
	source, target := h, other
	if h.data < other.data || !h.whole || h.data == other.data && other.primary {
		source, target = other, h
	}
	h.syncing, other.syncing = true, true
	source.whole, target.whole = true, false
}

// promote makes a node primary. What only the other node had is lost from here on.
func promote(p *pair, _ int, h, other *half) {
	h.primary = true
	if p.linked() {
		other.peerPrimary = true
	}
	if h.data < p.promised {
		other.data = h.data
		p.promised, p.told, other.promised = h.data, min(p.told, h.data), min(other.promised, h.data)
	}
}

// stale is a node that is called good and lacks a write of which the primary lived to tell.
func (p *pair) stale() *half {
	for _, h := range p.nodes {
		if h.alive && h.said.State.usable() && !h.primary && !h.left && h.data < p.told && h.looked == nil && p.quiet() {
			return h
		}
	}
	return nil
}

// quiet tells that no monitor is between its reading and its writing.
func (p *pair) quiet() bool { return p.nodes[0].looked == nil && p.nodes[1].looked == nil }

func (p *pair) String() string {
	var text strings.Builder
	for _, h := range p.nodes {
		fmt.Fprintf(&text, "%s: %+v\n", h.name, *h)
	}
	return fmt.Sprintf("%spromised %d, told %d; events: %s", text.String(), p.promised, p.told, strings.Join(p.trace, ", "))
}

// step lets a random event happen that can.
func (p *pair) step(random *rand.Rand, all []event) string {
	for {
		e, i := all[random.IntN(len(all))], random.IntN(2)
		if e.can(p, p.nodes[i], p.other(i)) {
			p.trace = append(p.trace, e.name+" "+p.nodes[i].name)
			e.do(p, i, p.nodes[i], p.other(i))
			return e.name
		}
	}
}

// No order of events leaves SOK on a node whose data are older than a write of which the primary lived to tell (C4, C5).
func TestNoOrderOfEventsLeavesAStaleCopyGood(t *testing.T) {
	all, seen := events(), map[string]int{}
	for seed := range uint64(12000) {
		random := rand.New(rand.NewPCG(seed, 6))
		p := newPair()
		for range 80 {
			seen[p.step(random, all)]++
			if h := p.stale(); h != nil {
				t.Fatalf("seed %d: the copy of %s is stale and is called %s\n%v", seed, h.name, h.said.State, p)
			}
		}
	}
	for _, e := range all {
		require.Greater(t, seen[e.name], 100, "%s hardly ever happened", e.name)
	}
}

// The test above must be able to fail: without the primary's word on the other node, some order does harm.
func TestWithoutThePrimarysWordSomeOrderDoesHarm(t *testing.T) {
	all := slices.DeleteFunc(events(), func(e event) bool { return e.name == "restart-agent" })
	harm := 0
	for seed := range uint64(4000) {
		random := rand.New(rand.NewPCG(seed, 6))
		p := newPair()
		for range 80 {
			before := [2]Said{p.nodes[0].said, p.nodes[1].said}
			trace := len(p.trace)
			p.step(random, all)
			actor := p.trace[trace]
			for i, h := range p.nodes {
				if strings.Contains(actor, "monitor") && !strings.HasSuffix(actor, h.name) {
					h.said.State = before[i].State
				}
			}
			if p.stale() != nil {
				harm++
				break
			}
		}
	}
	require.Positive(t, harm)
}

// The ordinary failover: the primary dies, and in whatever order DRBD, the cluster and the monitors notice, the other
// node is good in the end (row C4).
func TestAfterEveryOrdinaryDeathTheOtherNodeIsGood(t *testing.T) {
	names := []string{"notice bravo", "leave alfa", "monitor bravo", "monitor bravo", "monitor bravo"}
	orders := 0
	for _, order := range permutations(names) {
		for _, gap := range []time.Duration{time.Second, 5 * time.Second} {
			p := newPair()
			act := actor(t, p)
			act("promote alfa")
			act("monitor alfa")
			act("monitor bravo")
			act("write alfa")
			act("die alfa")
			for _, name := range order {
				p.now = p.now.Add(gap)
				act(name)
			}
			p.now = p.now.Add(10 * time.Second)
			act("monitor bravo")
			require.Equal(t, StateSync, p.nodes[1].said.State, "%v", p)
			orders++
		}
	}
	require.Greater(t, orders, 30)
}

// actor makes events happen by name; one that cannot happen is a mistake in the test.
func actor(t *testing.T, p *pair) func(string) {
	return func(what string) {
		name, node, _ := strings.Cut(what, " ")
		for _, e := range events() {
			i := slices.IndexFunc(p.nodes[:], func(h *half) bool { return h.name == node })
			if e.name == name {
				require.True(t, e.can(p, p.nodes[i], p.other(i)), "%s cannot happen\n%v", what, p)
				p.trace = append(p.trace, what)
				e.do(p, i, p.nodes[i], p.other(i))
				return
			}
		}
		t.Fatalf("there is no event %q", what)
	}
}

// permutations are the different orders of the words.
func permutations(words []string) map[string][]string {
	all := map[string][]string{}
	if len(words) == 0 {
		return map[string][]string{"": nil}
	}
	for i, word := range words {
		rest := slices.Delete(slices.Clone(words), i, i+1)
		for order := range maps.Values(permutations(rest)) {
			line := append([]string{word}, order...)
			all[strings.Join(line, ",")] = line
		}
	}
	return all
}
