package wire

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
)

func TestDifferencesToAnotherHostAreFoundToTheBlock(t *testing.T) {
	a, b := twins(9<<20 + 777)
	var want block.Ranges
	for _, at := range []int64{0, 1<<20 - 1, 1 << 20, 3<<20 + 12345, 9<<20 + 776} {
		b.content[at] ^= 1
		from := at / verify.Leaf * verify.Leaf
		want.Add(block.Between(from, min(from+verify.Leaf, a.Size())))
	}
	r, err := verified(t, a, linked(t, options(t, serverOf(b))), nil)
	require.NoError(t, err)
	require.Equal(t, verify.ExitDifferent, r.Code())
	require.Equal(t, want, r.Ranges)
	require.Equal(t, a.Size(), r.Compared)

	r, err = verified(t, a, linked(t, options(t, serverOf(b))), func(o *verify.Options) { o.Fine = 512 })
	require.NoError(t, err)
	require.Equal(t, block.Range{Offset: 0, Length: 512}, r.Ranges[0])

	r, err = verified(t, a, linked(t, options(t, serverOf(&disk{content: a.content}))), nil)
	require.NoError(t, err)
	require.Equal(t, verify.ExitSame, r.Code())
}

func TestABlockThatTheOtherHostCannotReadIsNamed(t *testing.T) {
	a, b := twins(4 << 20)
	broken := block.Range{Offset: 1<<20 + 5*verify.Leaf, Length: verify.Leaf}
	b.broken.Add(broken)
	b.content[1<<20+4*verify.Leaf] ^= 1
	r, err := verified(t, a, linked(t, options(t, serverOf(b))), nil)
	require.NoError(t, err)
	require.Equal(t, verify.ExitReadError, r.Code())
	require.Equal(t, []verify.ReadError{{Range: broken, Side: verify.B, Error: "input/output error"}}, r.Errors)
	require.Equal(t, block.Ranges{{Offset: 1<<20 + 4*verify.Leaf, Length: verify.Leaf}}, r.Ranges)
}

func TestHolesOfAnotherHostAreNotReadThere(t *testing.T) {
	a, b := twins(64 << 20)
	hole := block.Between(1<<20, 63<<20)
	for _, d := range []*disk{a, b} {
		clear(d.content[hole.Offset:hole.End()])
		d.holes.Add(hole)
	}
	r, err := verified(t, a, linked(t, options(t, serverOf(b))), nil)
	require.NoError(t, err)
	require.Equal(t, verify.ExitSame, r.Code())
	require.Equal(t, hole.Length, r.Holes)
	require.Equal(t, int64(4<<20), r.Read)
	// One side has written zeros, the other has not written at all.
	b.holes = nil
	r, err = verified(t, a, linked(t, options(t, serverOf(b))), nil)
	require.NoError(t, err)
	require.Equal(t, verify.ExitSame, r.Code())
	b.content[40<<20] = 1
	r, err = verified(t, a, linked(t, options(t, serverOf(b))), nil)
	require.NoError(t, err)
	require.Equal(t, block.Ranges{{Offset: 40 << 20, Length: verify.Leaf}}, r.Ranges)
}

// cutting ends, spoils or stops a helper's answers after so many writes.
type cutting struct {
	io.Writer
	left atomic.Int64
	then func(io.Writer, []byte) (int, error)
}

func (c *cutting) Write(p []byte) (int, error) {
	if c.left.Add(-1) < 0 {
		return c.then(c.Writer, p)
	}
	return c.Writer.Write(p)
}

// faults are what may happen to a helper in the middle of a run.
func faults(l *line) map[string]func(io.Writer, []byte) (int, error) {
	spoil := func(change func([]byte)) func(io.Writer, []byte) (int, error) {
		return func(w io.Writer, p []byte) (int, error) {
			p = append([]byte(nil), p...)
			change(p)
			return w.Write(p)
		}
	}
	return map[string]func(io.Writer, []byte) (int, error){
		"the helper is killed": func(io.Writer, []byte) (int, error) { l.from.Close(); return 0, io.ErrClosedPipe },
		"the network stalls":   func(_ io.Writer, p []byte) (int, error) { return len(p), nil },
		"rubbish on the line":  func(w io.Writer, _ []byte) (int, error) { return w.Write([]byte("Connection reset by bravo\r\n")) },
		"a wrong checksum":     spoil(func(p []byte) { p[len(p)-1] ^= 1 }),
		"a frame too big":      spoil(func(p []byte) { p[3] = 0xff }),
		"an answer to nobody":  spoil(func(p []byte) { copy(p, Append(nil, Frame{Kind: Digests, Tag: 1 << 30})) }),
		"half a frame, and end": func(w io.Writer, p []byte) (int, error) {
			_, _ = w.Write(p[:len(p)/2])
			l.from.Close()
			return 0, io.EOF
		},
	}
}

func TestRowV18AHelperThatIsLostIsHadAgainAndNothingIsLost(t *testing.T) {
	for name := range faults(nil) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := twins(32 << 20)
				b.content[5<<20] ^= 1
				b.content[30<<20] ^= 1
				o := options(t, serverOf(b))
				o.Outage = time.Minute
				var warned []string
				o.Warn = func(err error) { warned = append(warned, err.Error()) }
				dials := 0
				o.Dial = func(context.Context) (Conn, error) {
					dials++
					if dials == 2 {
						return nil, errors.New("no route to host")
					}
					return dialled(t, serverOf(b), time.Millisecond, func(w io.Writer, l *line) io.Writer {
						if dials > 1 {
							return w
						}
						c := &cutting{Writer: w, then: faults(l)[name]}
						c.left.Store(10)
						return c
					}), nil
				}
				l := linked(t, o)
				r, err := verified(t, a, l, nil)
				require.NoError(t, err)
				require.Equal(t, 3, dials)
				require.Equal(t, block.Ranges{{Offset: 5 << 20, Length: verify.Leaf}, {Offset: 30 << 20, Length: verify.Leaf}}, r.Ranges)
				require.True(t, r.Complete)
				require.Len(t, warned, 2)
				require.Contains(t, warned[0], "bravo: ")
				require.Contains(t, warned[0], "trying again for 1m0s")
				require.Equal(t, "bravo: connected again", warned[1])
				l.Close()
				time.Sleep(5 * time.Minute)
			})
		})
	}
}

func TestRowV18AHelperThatStaysAwayEndsTheRun(t *testing.T) {
	for name := range faults(nil) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := twins(8 << 20)
				o := options(t, serverOf(b))
				o.Outage = time.Minute
				dials := 0
				o.Dial = func(context.Context) (Conn, error) {
					if dials++; dials > 1 {
						return nil, errors.New("no route to host")
					}
					return dialled(t, serverOf(b), 0, func(w io.Writer, l *line) io.Writer {
						c := &cutting{Writer: w, then: faults(l)[name]}
						c.left.Store(6)
						return c
					}), nil
				}
				began := time.Now()
				l := linked(t, o)
				r, err := verified(t, a, l, nil)
				var peer *PeerError
				require.ErrorAs(t, err, &peer)
				require.EqualError(t, err, "bravo: no route to host")
				require.False(t, r.Complete)
				require.Greater(t, time.Since(began), time.Minute)
				require.Less(t, time.Since(began), 3*time.Minute)
				_, err = l.Sums(t.Context(), block.Range{Length: 4096}, 4096)
				require.ErrorAs(t, err, &peer, "and it stays so")
				l.Close()
				time.Sleep(5 * time.Minute)
			})
		})
	}
}

func TestAHelperThatIsLostBeforeItAnswersIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(8 << 20)
		o := options(t, serverOf(b))
		o.Outage = time.Hour
		dials := 0
		o.Dial = func(context.Context) (Conn, error) {
			dials++
			return dialled(t, serverOf(b), 0, func(w io.Writer, l *line) io.Writer {
				// The greeting, the device and the set-up come through.
				c := &cutting{Writer: w, then: faults(l)["rubbish on the line"]}
				c.left.Store(3)
				return c
			}), nil
		}
		l := linked(t, o)
		_, err := verified(t, a, l, nil)
		require.ErrorIs(t, err, ErrFrame)
		require.ErrorContains(t, err, `"Conn" claims`)
		require.Equal(t, 1+fruitless, dials, "the first helper has answered the set-up")
		time.Sleep(5 * time.Minute)
	})
}

func TestADeviceThatWasReplacedMeanwhileIsNotComparedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := twins(8 << 20)
		_, other := twins(9 << 20)
		o := options(t, serverOf(b))
		o.Outage = time.Hour
		dials := 0
		o.Dial = func(context.Context) (Conn, error) {
			if dials++; dials > 1 {
				return dialled(t, serverOf(other), 0, nil), nil
			}
			return dialled(t, serverOf(b), 0, func(w io.Writer, l *line) io.Writer {
				c := &cutting{Writer: w, then: faults(l)["the helper is killed"]}
				c.left.Store(4)
				return c
			}), nil
		}
		l := linked(t, o)
		_, err := verified(t, a, l, nil)
		require.ErrorIs(t, err, ErrReplaced)
		time.Sleep(5 * time.Minute)
	})
}

// Row V18: what a helper or ssh has complained of is what the user reads.
func TestAHelperThatDoesNotGreetIsToldAsItEnded(t *testing.T) {
	dial := func(say string, complaint error) LinkOptions {
		return LinkOptions{Host: "bravo", Stall: 100 * time.Millisecond, Dial: func(context.Context) (Conn, error) {
			l := &line{to: newStream(0), from: newStream(0), complaint: complaint}
			_, _ = l.from.Write([]byte(say))
			if say != "" || complaint != nil {
				l.from.Close()
			}
			return l, nil
		}}
	}
	for want, o := range map[string]LinkOptions{
		"bravo: ssh has ended with exit code 255: Permission denied":      dial("", errors.New("ssh has ended with exit code 255: Permission denied")),
		`bravo: no frame of the protocol: "Welc" claims 1668048215 bytes`: dial("Welcome to bravo\n", nil),
		"bravo: the helper has ended":                                     dial("\x10\x00", nil),
		"bravo: no greeting from the helper in 100ms":                     dial("", nil),
	} {
		_, err := Connect(t.Context(), o)
		var peer *PeerError
		require.ErrorAs(t, err, &peer, want)
		require.EqualError(t, err, want)
	}
}

func TestRowV19AHelperOpensWhatItMayAndWritesNothing(t *testing.T) {
	_, b := twins(1 << 20)
	o := options(t, serverOf(b))
	o.Open.Path = "/etc/shadow"
	_, err := Connect(t.Context(), o)
	var refused *Refusal
	require.ErrorAs(t, err, &refused)
	require.Equal(t, Refusal{CodeProtocol, "/etc/shadow may not be read", "allow it"}, *refused)

	l := linked(t, options(t, serverOf(b)))
	for _, kind := range []Kind{Write, Flush} {
		before := append([]byte(nil), b.content...)
		_, err = l.ask(t.Context(), kind, make([]byte, 4096), Ready)
		require.ErrorAs(t, err, &refused)
		require.Equal(t, CodeRefused, refused.Code)
		require.Equal(t, before, b.content)
		l = linked(t, options(t, serverOf(b)))
	}
}

// greets is a helper that greets as told, and says nothing more.
func greets(g Greeting) LinkOptions {
	return LinkOptions{Host: "bravo", Stall: 100 * time.Millisecond, Dial: func(context.Context) (Conn, error) {
		l := &line{to: newStream(0), from: newStream(0)}
		_, err := l.from.Write(Append(nil, g.frame()))
		return l, err
	}}
}

func TestRowV20TwoVersionsAgreeOrSayThatTheyCannot(t *testing.T) {
	_, err := Connect(t.Context(), greets(Greeting{Protocol: 9, Oldest: 3, Software: "7.0"}))
	require.EqualError(t, err, "bravo: it speaks versions 3 to 9 of the protocol (ocfbox 7.0), this side 1 to 1")
	// A later version that still speaks ours is no reason, nor are words that ours does not know.
	_, err = Connect(t.Context(), greets(Greeting{Protocol: 9, Oldest: 1}))
	require.NotContains(t, err.Error(), "versions", "it was greeted, and asked for the device")
	g, err := readGreeting(Frame{Kind: Hello, Payload: []byte(magic + `{"protocol":2,"oldest":1,"colour":"blue"}`)})
	require.NoError(t, err)
	require.Equal(t, 2, g.Protocol)

	// The helper refuses a caller that is too new in its turn.
	_, b := twins(1 << 20)
	to, from := newStream(0), newStream(0)
	_, err = to.Write(Append(nil, Greeting{Protocol: 9, Oldest: 3}.frame()))
	require.NoError(t, err)
	var refused *Refusal
	require.ErrorAs(t, serverOf(b).Serve(t.Context(), to, from), &refused)

	l, err := Connect(t.Context(), options(t, serverOf(b)))
	require.NoError(t, err)
	defer l.Close()
	err = l.Setup(t.Context(), SetupRequest{Hash: "md4"})
	require.ErrorAs(t, err, &refused)
	require.Equal(t, Refusal{Code: CodeUsage, Text: `no digest is called "md4"`}, *refused)
}

func TestRowV24AFarHostIsComparedAsFastAsANearOne(t *testing.T) {
	var took [2]time.Duration
	for i, delay := range []time.Duration{0, 50 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			a, b := twins(256 << 20)
			// 400 MiB a second, four extents at a time.
			a.slow, b.slow = 10*time.Millisecond, 10*time.Millisecond
			o := options(t, serverOf(b))
			o.Dial = func(context.Context) (Conn, error) { return dialled(t, serverOf(b), delay, nil), nil }
			l := linked(t, o)
			began := time.Now()
			r, err := verified(t, a, l, nil)
			took[i] = time.Since(began)
			require.NoError(t, err)
			require.Equal(t, verify.ExitSame, r.Code())
			l.Close()
			time.Sleep(5 * time.Minute)
		})
	}
	// The first answer comes late, whatever is done.
	const round = 300 * time.Millisecond
	require.LessOrEqual(t, took[1]-round, took[0]*10/9, "%v", took)
}

func TestAHelperEndsWhenNobodySpeaksToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, b := twins(1 << 20)
		to, from := newStream(0), newStream(0)
		began := time.Now()
		require.ErrorContains(t, serverOf(b).Serve(t.Context(), to, from), "has said nothing for 2m0s")
		require.Equal(t, 2*time.Minute, time.Since(began))
		to.Close()
	})
}

func TestTheStateOfTheOtherHostIsAsked(t *testing.T) {
	_, b := twins(1 << 20)
	state, err := linked(t, options(t, serverOf(b))).State(t.Context())
	require.NoError(t, err)
	require.Equal(t, verify.State{Connected: true, Quiet: true, Epoch: "e"}, state)
}
