package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// A Conn is the two streams of a helper that was started. Close ends the helper.
type Conn interface {
	io.ReadWriteCloser
	// Ended says how the helper ended by itself and what it complained of, nil where that is not known. It is asked
	// once the streams have ended, and may wait a moment.
	Ended() error
}

// A session is one helper, spoken to by many.
type session struct {
	conn   Conn
	stall  time.Duration
	cancel context.CancelFunc
	// done is closed when the session is lost; why says why.
	done chan struct{}
	once sync.Once
	why  error
	// heard is when the last frame came, in nanoseconds of the clock.
	heard atomic.Int64
	// answered counts the questions that were.
	answered atomic.Int64

	sending sync.Mutex

	mu      sync.Mutex
	tag     uint32
	waiting map[uint32]chan Frame
}

// lost is why a session is over: its questions may be asked again in another one.
type lost struct{ err error }

// Error is what happened.
func (l *lost) Error() string { return l.err.Error() }

// Unwrap is the cause.
func (l *lost) Unwrap() error { return l.err }

// begin speaks to a helper that was just started, which has to greet before ctx ends. The session outlives ctx.
func begin(ctx context.Context, conn Conn, own Greeting, stall time.Duration) (*session, Greeting, error) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &session{conn: conn, stall: stall, cancel: cancel, done: make(chan struct{}), waiting: map[uint32]chan Frame{}}
	s.heard.Store(time.Now().UnixNano())
	first := make(chan Frame, 1)
	s.waiting[0] = first
	go s.listen()
	if err := s.send(own.frame()); err != nil {
		s.end(err)
	}
	select {
	case f := <-first:
		g, err := readGreeting(f)
		if err != nil {
			s.end(err)
			return nil, g, err
		}
		go s.attend(life)
		return s, g, nil
	case <-s.done:
		return nil, Greeting{}, s.why
	case <-ctx.Done():
		s.end(context.Cause(ctx))
		return nil, Greeting{}, context.Cause(ctx)
	}
}

// listen hands out what the helper says, until it says something that is no frame or nothing more.
func (s *session) listen() {
	from := bufio.NewReaderSize(s.conn, 64<<10)
	for {
		f, err := Read(from)
		if err != nil {
			s.end(s.explain(err))
			return
		}
		s.heard.Store(time.Now().UnixNano())
		if f.Kind == Pong {
			continue
		}
		s.mu.Lock()
		waits := s.waiting[f.Tag]
		delete(s.waiting, f.Tag)
		s.mu.Unlock()
		if waits == nil {
			s.end(unasked(f))
			return
		}
		waits <- f
	}
}

// unasked is what an answer to no question means: the helper's last word, or rubbish.
func unasked(f Frame) error {
	refusal := new(Refusal)
	if f.Kind == Error && decode(f.Payload, refusal) == nil {
		return refusal
	}
	return &lost{fmt.Errorf("%w: an answer to no question", ErrFrame)}
}

// explain is what the end of the stream means: what the helper complained of says more than that it ended.
func (s *session) explain(err error) error {
	if errors.Is(err, ErrFrame) {
		return &lost{err}
	}
	if ended := s.conn.Ended(); ended != nil {
		return &lost{ended}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the helper has ended")
	}
	return &lost{err}
}

// attend asks for signs of life, and gives a session up that shows none.
func (s *session) attend(ctx context.Context) {
	every := time.NewTicker(s.stall / 4)
	defer every.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-ctx.Done():
			return
		case now := <-every.C:
			if silent := now.Sub(time.Unix(0, s.heard.Load())); silent > s.stall {
				s.end(&lost{fmt.Errorf("the helper has said nothing for %v", silent.Round(time.Second))})
				return
			}
			// Writing may take as long as the line is stuck.
			go func() { _ = s.send(Frame{Kind: Ping}) }()
		}
	}
}

// end gives the session up. All who wait learn why.
func (s *session) end(why error) {
	s.once.Do(func() {
		s.why = why
		close(s.done)
		s.cancel()
		_ = s.conn.Close()
	})
}

func (s *session) send(f Frame) error {
	s.sending.Lock()
	defer s.sending.Unlock()
	if _, err := s.conn.Write(Append(nil, f)); err != nil {
		return &lost{err}
	}
	return nil
}

// ask sends a question and waits for its answer. A lost session is a *lost, a question that is refused a *Refusal.
func (s *session) ask(ctx context.Context, kind Kind, payload []byte, want Kind) ([]byte, error) {
	answer := make(chan Frame, 1)
	s.mu.Lock()
	s.tag++
	tag := s.tag
	s.waiting[tag] = answer
	s.mu.Unlock()
	if err := s.send(Frame{kind, tag, payload}); err != nil {
		// The end of the other stream tells why.
		select {
		case <-s.done:
		case <-time.After(time.Second):
			s.end(err)
		}
		return nil, s.why
	}
	select {
	case f := <-answer:
		switch {
		case f.Kind == want:
			s.answered.Add(1)
			return f.Payload, nil
		case f.Kind == Error:
			refusal := new(Refusal)
			if err := decode(f.Payload, refusal); err != nil {
				return nil, err
			}
			return nil, refusal
		}
		err := &lost{fmt.Errorf("%w: an answer of kind %d in place of %d", ErrFrame, f.Kind, want)}
		s.end(err)
		return nil, err
	case <-s.done:
		return nil, s.why
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
