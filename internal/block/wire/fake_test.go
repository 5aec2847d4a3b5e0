package wire

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
)

// disk is a device in memory.
type disk struct {
	mu      sync.Mutex
	content []byte
	broken  block.Ranges
	// holes are told as such, and not read.
	holes block.Ranges
	// slow is how long a read takes.
	slow time.Duration
}

func (d *disk) ReadAt(p []byte, offset int64) (int, error) {
	time.Sleep(d.slow)
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.broken.Within(block.Range{Offset: offset, Length: int64(len(p))})) > 0 {
		return 0, errors.New("input/output error")
	}
	return copy(p, d.content[offset:]), nil
}

func (d *disk) Size() int64    { return int64(len(d.content)) }
func (d *disk) IsDirect() bool { return true }
func (d *disk) NextData(from, end int64) (block.Range, error) {
	return append(d.holes.Gaps(block.Between(from, end)), block.Range{Offset: end})[0], nil
}

// twins are two disks of one content.
func twins(size int) (a, b *disk) {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size), 2}).Read(content)
	return &disk{content: content}, &disk{content: append([]byte(nil), content...)}
}

// serverOf serves a disk under the name "disk".
func serverOf(d *disk) *Server {
	return &Server{Software: "test", Host: "bravo", Open: func(r OpenRequest) (Served, error) {
		if r.Path != "disk" {
			return Served{}, &Refusal{Code: CodeProtocol, Text: r.Path + " may not be read", Hint: "allow it"}
		}
		return Served{
			DeviceInfo: DeviceInfo{Identity: block.Identity{Path: "disk", Size: d.Size(), ID: "d"}, Effective: d.Size()},
			Reader:     d,
			State: func(context.Context) verify.State {
				return verify.State{Connected: true, Quiet: true, Epoch: "e"}
			},
		}, nil
	}}
}

// A stream is one direction of a line. What is written arrives after the line's delay.
type stream struct {
	delay time.Duration
	queue chan piece
	rest  []byte
	gone  chan struct{}
	once  sync.Once
}

type piece struct {
	bytes []byte
	at    time.Time
}

func newStream(delay time.Duration) *stream {
	return &stream{delay: delay, queue: make(chan piece, 1<<16), gone: make(chan struct{})}
}

func (s *stream) Write(p []byte) (int, error) {
	select {
	case <-s.gone:
		return 0, io.ErrClosedPipe
	case s.queue <- piece{append([]byte(nil), p...), time.Now().Add(s.delay)}:
		return len(p), nil
	}
}

func (s *stream) Read(p []byte) (int, error) {
	if len(s.rest) == 0 {
		select {
		case next := <-s.queue:
			time.Sleep(time.Until(next.at))
			s.rest = next.bytes
		default:
			select {
			case next := <-s.queue:
				time.Sleep(time.Until(next.at))
				s.rest = next.bytes
			case <-s.gone:
				return 0, io.EOF
			}
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func (s *stream) Close() error { s.once.Do(func() { close(s.gone) }); return nil }

// A line is a helper in this process, and the two streams to it.
type line struct {
	to, from *stream
	// complaint is what the helper has said when it ended by itself.
	complaint error
}

func (l *line) Read(p []byte) (int, error)  { return l.from.Read(p) }
func (l *line) Write(p []byte) (int, error) { return l.to.Write(p) }
func (l *line) Close() error                { l.to.Close(); return l.from.Close() }
func (l *line) Ended() error                { return l.complaint }

// dialled starts a server on a line. change may put something between the server and its answers.
func dialled(t *testing.T, s *Server, delay time.Duration, change func(io.Writer, *line) io.Writer) *line {
	t.Helper()
	l := &line{to: newStream(delay), from: newStream(delay)}
	var answers io.Writer = l.from
	if change != nil {
		answers = change(answers, l)
	}
	go func() {
		_ = s.Serve(context.Background(), l.to, answers)
		l.from.Close()
	}()
	return l
}

// options reach a server.
func options(t *testing.T, s *Server) LinkOptions {
	return LinkOptions{
		Host: "bravo", Software: "test", Open: OpenRequest{Path: "disk"},
		Dial: func(context.Context) (Conn, error) { return dialled(t, s, 0, nil), nil },
	}
}

// linked is a link to a server, set up with a seed.
func linked(t *testing.T, o LinkOptions) *Link {
	t.Helper()
	l, err := Connect(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(l.Close)
	require.NoError(t, l.Setup(t.Context(), SetupRequest{Hash: block.XXH64, Seed: [16]byte{7}}))
	return l
}

// verified is the result of comparing a disk here with a link, and why the run ended.
func verified(t *testing.T, a *disk, l *Link, change func(*verify.Options)) (verify.Result, error) {
	t.Helper()
	near, err := verify.NewNear(a, a.Size(), block.XXH64, [16]byte{7}, 0)
	require.NoError(t, err)
	defer near.Close()
	pair, err := verify.NewDistant(near, l, block.XXH64, [16]byte{7})
	require.NoError(t, err)
	o := verify.Options{Size: max(a.Size(), l.Device().Effective), Depth: verify.Window, Confirmation: verify.Offline()}
	if change != nil {
		change(&o)
	}
	return verify.Run(t.Context(), pair, o)
}
