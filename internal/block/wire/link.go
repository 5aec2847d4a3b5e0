package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
)

// LinkOptions say how another host is reached, and what is read there.
type LinkOptions struct {
	// Host is its name, for messages. Dial starts a helper there.
	Host string
	Dial func(context.Context) (Conn, error)
	// Software is this program's version.
	Software string
	Open     OpenRequest
	// Stall is how long a helper may show no sign of life; 0 is 30 s.
	Stall time.Duration
	// Outage is for how long a helper that was lost is tried to be had again; 0 is not at all.
	Outage time.Duration
	// Warn is told what the user should know; nil is nobody.
	Warn func(error)
}

// A PeerError is that another host could not be reached, or was lost for good.
type PeerError struct {
	Host string
	Err  error
}

// Error names the host and the cause.
func (e *PeerError) Error() string { return fmt.Sprintf("%s: %v", e.Host, e.Err) }

// Unwrap is the cause.
func (e *PeerError) Unwrap() error { return e.Err }

// ErrReplaced is returned when the device is another one than before the helper was lost.
var ErrReplaced = errors.New("the device is not the one that was compared so far")

const (
	// stallTime is LinkOptions.Stall where none is given.
	stallTime = 30 * time.Second
	// firstRetry and lastRetry bound the pauses between attempts, which double.
	firstRetry, lastRetry = time.Second, 30 * time.Second
	// fruitless is how many helpers in a row may be lost before they have answered anything.
	fruitless = 5
)

// A Link is an end on another host. What was asked of a helper that was lost is asked of the next one: nothing there
// remembers anything.
type Link struct {
	o      LinkOptions
	device DeviceInfo
	peer   Greeting
	setup  *SetupRequest
	known  knownData
	// turn holds the session while nobody makes a new one.
	turn chan *session
	// barren counts the sessions in a row that have answered nothing.
	barren int
	// end is why no session can be had any more.
	end error
}

var _ verify.End = (*Link)(nil)

// Connect starts a helper and has it open a device. The first attempt is the only one. Errors are *PeerError; one
// that is a *Refusal as well is the helper's word.
func Connect(ctx context.Context, o LinkOptions) (*Link, error) {
	if o.Stall <= 0 {
		o.Stall = stallTime
	}
	l := &Link{o: o, turn: make(chan *session, 1), known: knownData{now: time.Now}}
	s, device, err := l.begin(ctx)
	if err != nil {
		return nil, l.failed(err)
	}
	l.device = device
	l.turn <- s
	return l, nil
}

// Device is what was opened. Its size is the data's.
func (l *Link) Device() DeviceInfo { return l.device }

// Peer is what the helper has said of itself.
func (l *Link) Peer() Greeting { return l.peer }

// begin makes a session with the device open, and set up if the link is.
func (l *Link) begin(ctx context.Context) (*session, DeviceInfo, error) {
	// A helper must greet and open before it could be taken for dead.
	ctx, cancel := context.WithTimeoutCause(ctx, l.o.Stall, fmt.Errorf("no greeting from the helper in %v", l.o.Stall))
	defer cancel()
	conn, err := l.o.Dial(ctx)
	if err != nil {
		return nil, DeviceInfo{}, err
	}
	s, peer, err := begin(ctx, conn, greeting(l.o.Software, ""), l.o.Stall)
	if err != nil {
		_ = conn.Close()
		return nil, DeviceInfo{}, err
	}
	l.peer = peer
	device, err := l.prepare(ctx, s)
	if err != nil {
		s.end(err)
		return nil, device, err
	}
	return s, device, nil
}

// prepare has the device opened, and set up.
func (l *Link) prepare(ctx context.Context, s *session) (device DeviceInfo, err error) {
	text, err := s.ask(ctx, Open, encode(l.o.Open), Device)
	if err != nil {
		return device, err
	}
	if err := decode(text, &device); err != nil {
		return device, err
	}
	if device.Effective < 0 || device.Effective > device.Identity.Size {
		return device, fmt.Errorf("%w: %d bytes of data on a device of %d", ErrFrame, device.Effective, device.Identity.Size)
	}
	if l.setup != nil {
		_, err = s.ask(ctx, Setup, encode(l.setup), Ready)
	}
	s.answered.Store(0)
	return device, err
}

// Setup says how digests are computed. It comes before all questions.
func (l *Link) Setup(ctx context.Context, r SetupRequest) error {
	if _, err := l.ask(ctx, Setup, encode(r), Ready); err != nil {
		return err
	}
	l.setup = &r
	return nil
}

// ask asks the helper, and the next one if it is lost.
func (l *Link) ask(ctx context.Context, kind Kind, payload []byte, want Kind) ([]byte, error) {
	for {
		s, err := l.session(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := s.ask(ctx, kind, payload, want)
		var gone *lost
		switch {
		case err == nil:
			return answer, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case !errors.As(err, &gone):
			return nil, l.failed(err)
		}
	}
}

// session is the helper that is there, or a new one.
func (l *Link) session(ctx context.Context) (*session, error) {
	var s *session
	select {
	case s = <-l.turn:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { l.turn <- s }()
	if l.end != nil {
		return nil, l.end
	}
	select {
	case <-s.done:
	default:
		return s, nil
	}
	next, err := l.again(ctx, s)
	if err != nil {
		return nil, err
	}
	s = next
	return s, nil
}

// again makes a session in place of one that was lost, for as long as an outage may last.
func (l *Link) again(ctx context.Context, before *session) (*session, error) {
	why := before.why
	if l.barren++; before.answered.Load() > 0 {
		l.barren = 0
	}
	var gone *lost
	if l.o.Outage <= 0 || l.barren >= fruitless || !errors.As(why, &gone) {
		return nil, l.giveUp(why)
	}
	l.warn(fmt.Errorf("%w; trying again for %v", why, l.o.Outage))
	deadline := time.Now().Add(l.o.Outage)
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		if err := wait(ctx, pause); err != nil {
			return nil, err
		}
		s, device, err := l.begin(ctx)
		var refused *Refusal
		switch {
		case err == nil && device.Identity != l.device.Identity || err == nil && device.Effective != l.device.Effective:
			s.end(ErrReplaced)
			return nil, l.giveUp(ErrReplaced)
		case err == nil:
			l.warn(errors.New("connected again"))
			return s, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.As(err, &refused), time.Now().After(deadline):
			return nil, l.giveUp(err)
		}
	}
}

// wait waits, or says why ctx has ended.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (l *Link) giveUp(err error) error {
	l.end = l.failed(err)
	return l.end
}

func (l *Link) failed(err error) error { return &PeerError{l.o.Host, err} }

func (l *Link) warn(err error) {
	if l.o.Warn != nil {
		l.o.Warn(l.failed(err))
	}
}

// NextData is what the helper's map of the device tells.
func (l *Link) NextData(ctx context.Context, from, end int64) (block.Range, error) {
	return l.known.next(from, end, func(asked block.Range) (dataMap, error) {
		answer, err := l.ask(ctx, Map, appendRange(nil, asked), Data)
		if err != nil {
			return dataMap{}, err
		}
		m, err := readMap(answer, asked)
		if err != nil {
			return m, l.failed(err)
		}
		return m, nil
	})
}

// Sums asks the helper.
func (l *Link) Sums(ctx context.Context, r block.Range, leaf int) (verify.Sums, error) {
	request := hashRequest{r, leaf}
	answer, err := l.ask(ctx, Hash, request.encode(), Digests)
	if err != nil {
		return verify.Sums{}, err
	}
	sums, err := readSums(answer, request)
	if err != nil {
		return sums, l.failed(err)
	}
	return sums, nil
}

// State is what the replication says there. It is lost while the helper is.
func (l *Link) State(ctx context.Context) (state verify.State, err error) {
	answer, err := l.ask(ctx, State, nil, State)
	if err != nil {
		return state, err
	}
	return state, decode(answer, &state)
}

// Close says goodbye and ends the helper.
func (l *Link) Close() {
	s := <-l.turn
	defer func() { l.turn <- s }()
	select {
	case <-s.done:
	default:
		_ = s.send(Frame{Kind: Bye})
		s.end(errors.New("closed"))
	}
	l.end = l.failed(errors.New("closed"))
}
