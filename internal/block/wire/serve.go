package wire

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"ocfbox/internal/block/verify"
)

// A Served device is open for reading.
type Served struct {
	DeviceInfo
	Reader verify.Reader
	// State asks the replication of the device, nil where there is none.
	State func(context.Context) verify.State
	// Close gives the device back.
	Close func()
}

// A Server is the helper that reads a device for another host. It changes nothing.
type Server struct {
	Software, Host, Boot string
	// Open opens a device that is allowed; a *Refusal says why it does not.
	Open func(OpenRequest) (Served, error)
	// Gentle lowers the priority of the process, nil where that cannot be done.
	Gentle func()
	// Idle is how long the other side may say nothing; 0 is two minutes. It asks for a sign of life far more often.
	Idle time.Duration
}

const (
	// maxOpen is how many questions may be open at a time.
	maxOpen = 256
	// idle is Server.Idle where none is given.
	idle = 2 * time.Minute
)

// serving is one connection.
type serving struct {
	*Server
	// device and near are set by Open and Setup.
	device Served
	near   *verify.Near
	asked  chan Frame
	// sending is held while a frame is written.
	sending sync.Mutex
	to      io.Writer
}

// Serve answers until the other side says goodbye or its stream ends, which are no errors. It returns when all that
// it has begun to read is read.
func (s *Server) Serve(ctx context.Context, from io.Reader, to io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &serving{Server: s, asked: make(chan Frame, maxOpen), to: to}
	defer c.close()
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(c.asked)
	for range verify.Window {
		workers.Go(func() {
			for f := range c.asked {
				c.answer(ctx, f)
			}
		})
	}
	defer cancel()
	if err := c.send(greeting(s.Software, s.Host).with(s.Boot).frame()); err != nil {
		return err
	}
	frames := listen(ctx, from)
	patience := s.Idle
	if patience <= 0 {
		patience = idle
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case heard := <-frames:
			timer.Reset(patience)
			if errors.Is(heard.err, io.EOF) || heard.frame.Kind == Bye && heard.err == nil {
				return nil
			}
			err := heard.err
			if err == nil {
				err = c.take(heard.frame)
			}
			if err != nil {
				c.refuse(heard.frame.Tag, err)
				return err
			}
		case <-timer.C:
			return fmt.Errorf("the other side has said nothing for %v", patience)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (g Greeting) with(boot string) Greeting {
	g.Boot = boot
	return g
}

// heard is a frame, or why there are no more.
type heard struct {
	frame Frame
	err   error
}

// listen reads frames until one cannot be read. A reader that is stuck ends with the process.
func listen(ctx context.Context, from io.Reader) <-chan heard {
	frames := make(chan heard)
	go func() {
		buffered := bufio.NewReaderSize(from, 64<<10)
		for {
			f, err := Read(buffered)
			select {
			case frames <- heard{f, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return frames
}

func (c *serving) close() {
	if c.near != nil {
		c.near.Close()
	}
	if c.device.Close != nil {
		c.device.Close()
	}
}

func (c *serving) send(f Frame) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	_, err := c.to.Write(Append(nil, f))
	return err
}

// refuse tells why a question is not answered. What cannot be told is not: the stream is gone.
func (c *serving) refuse(tag uint32, err error) {
	refusal := &Refusal{Code: CodeProtocol, Text: err.Error()}
	errors.As(err, &refusal)
	_ = c.send(Frame{Kind: Error, Tag: tag, Payload: encode(refusal)})
}

// take carries out what is done at once, and hands the rest to the workers. An error ends the connection.
func (c *serving) take(f Frame) error {
	switch f.Kind {
	case Hello:
		_, err := readGreeting(f)
		return err
	case Open:
		return c.open(f)
	case Setup:
		return c.setup(f)
	case Ping:
		return c.send(Frame{Kind: Pong, Tag: f.Tag})
	case Hash, Map, State:
		if c.near == nil {
			return fmt.Errorf("%w: a question before the device is open", ErrFrame)
		}
		select {
		case c.asked <- f:
			return nil
		default:
			return fmt.Errorf("%w: more than %d questions at a time", ErrFrame, maxOpen)
		}
	case Write, Flush:
		return &Refusal{Code: CodeRefused, Text: "this helper reads only", Hint: "it writes nothing, whatever it is asked"}
	}
	return fmt.Errorf("%w: kind %d", ErrFrame, f.Kind)
}

func (c *serving) open(f Frame) error {
	var request OpenRequest
	if err := decode(f.Payload, &request); err != nil {
		return err
	}
	if c.device.Reader != nil {
		return fmt.Errorf("%w: a second device", ErrFrame)
	}
	device, err := c.Open(request)
	if err != nil {
		return err
	}
	device.Replicated = device.State != nil
	c.device = device
	return c.send(Frame{Kind: Device, Tag: f.Tag, Payload: encode(device.DeviceInfo)})
}

func (c *serving) setup(f Frame) error {
	var request SetupRequest
	if err := decode(f.Payload, &request); err != nil {
		return err
	}
	if c.device.Reader == nil || c.near != nil {
		return fmt.Errorf("%w: set up without a device, or twice", ErrFrame)
	}
	near, err := verify.NewNear(c.device.Reader, c.device.Effective, request.Hash, request.Seed, min(request.Depth, verify.Window))
	if err != nil {
		return &Refusal{Code: CodeUsage, Text: err.Error()}
	}
	c.near = near
	if request.Gentle && c.Gentle != nil {
		c.Gentle()
	}
	return c.send(Frame{Kind: Ready, Tag: f.Tag})
}

// answer answers one question. What cannot be answered because the connection ends is not told.
func (c *serving) answer(ctx context.Context, f Frame) {
	kind, payload, err := c.result(ctx, f)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		c.refuse(f.Tag, err)
	default:
		_ = c.send(Frame{Kind: kind, Tag: f.Tag, Payload: payload})
	}
}

func (c *serving) result(ctx context.Context, f Frame) (Kind, []byte, error) {
	switch f.Kind {
	case Hash:
		request, err := readHashRequest(f.Payload)
		if err != nil {
			return 0, nil, err
		}
		sums, err := c.near.Sums(ctx, request.Range, request.leaf)
		return Digests, appendSums(nil, sums), err
	case Map:
		asked, err := readMapRequest(f.Payload)
		if err != nil {
			return 0, nil, err
		}
		m, err := gather(ctx, c.near.NextData, asked.Offset, asked.End())
		return Data, m.encode(), err
	}
	state := verify.State{OutOfSync: -1}
	if c.device.State != nil {
		state = c.device.State(ctx)
	}
	return State, encode(state), nil
}
