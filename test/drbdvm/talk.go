package drbdvm

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// A Result is what a command in a guest has said, and its exit status.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// A request is what the guest's agent is asked for: to run a command, or to read a file, which starts none.
type request struct {
	Argv  []string `json:"argv,omitempty"`
	Stdin bool     `json:"stdin"`
	Read  string   `json:"read,omitempty"`
}

// Run runs a command in the guest. A guest that does not answer or goes away is an error; a command that
// fails is not.
func (g *Guest) Run(ctx context.Context, argv ...string) (Result, error) {
	return g.ask(ctx, request{Argv: argv}, nil)
}

// Follow runs a command in the guest and passes on what it says while it runs; of the result that is left out.
func (g *Guest) Follow(ctx context.Context, stdout io.Writer, argv ...string) (Result, error) {
	return g.converse(ctx, request{Argv: argv}, nil, stdout)
}

// Sh runs a script with bash.
func (g *Guest) Sh(ctx context.Context, script string) (Result, error) {
	return g.Run(ctx, "bash", "-c", script)
}

// Read returns a file of the guest. It must be smaller than 1 MiB.
func (g *Guest) Read(ctx context.Context, path string) (string, error) {
	result, err := g.ask(ctx, request{Read: path}, nil)
	if err == nil && result.Code != 0 {
		err = fmt.Errorf("%s: %s", g.Name, strings.TrimSpace(result.Stderr))
	}
	return result.Stdout, err
}

// Push writes a file of the guest, executable or not.
func (g *Guest) Push(ctx context.Context, path string, content []byte, mode string) error {
	const script = `mkdir -p "$(dirname "$1")" && cat >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"`
	result, err := g.ask(ctx, request{Argv: []string{"sh", "-c", script, "sh", path, mode}, Stdin: true}, content)
	if err == nil && result.Code != 0 {
		err = fmt.Errorf("%s: write %s: %s", g.Name, path, result.Stderr)
	}
	return err
}

func (g *Guest) ask(ctx context.Context, r request, input []byte) (Result, error) {
	var stdout bytes.Buffer
	result, err := g.converse(ctx, r, input, &stdout)
	result.Stdout = stdout.String()
	return result, err
}

func (g *Guest) converse(ctx context.Context, r request, input []byte, stdout io.Writer) (Result, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", g.port))
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", g.Name, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	question, err := json.Marshal(r)
	if err != nil {
		return Result{}, err
	}
	if err := send(conn, 'r', question); err != nil {
		return Result{}, fmt.Errorf("%s: %w", g.Name, err)
	}
	if r.Stdin {
		if err := sendInput(conn, input); err != nil {
			return Result{}, fmt.Errorf("%s: %w", g.Name, err)
		}
	}
	result, err := receive(conn, stdout)
	switch {
	case err != nil && ctx.Err() != nil:
		return result, fmt.Errorf("%s: %q has not ended: %w", g.Name, r.Argv, context.Cause(ctx))
	case err != nil:
		return result, fmt.Errorf("%s went away: %w", g.Name, err)
	}
	return result, nil
}

// send writes a frame: kind, length, data.
func send(w io.Writer, kind byte, data []byte) error {
	frame := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(data)))
	_, err := w.Write(append(frame, data...))
	return err
}

// sendInput sends what the command reads from its standard input.
func sendInput(w io.Writer, input []byte) error {
	const part = 256 << 10
	for len(input) > 0 {
		n := min(part, len(input))
		if err := send(w, 'i', input[:n]); err != nil {
			return err
		}
		input = input[n:]
	}
	return send(w, 'I', nil)
}

// receive reads frames up to the exit status.
func receive(r io.Reader, stdout io.Writer) (Result, error) {
	var stderr bytes.Buffer
	for {
		head := make([]byte, 5)
		if _, err := io.ReadFull(r, head); err != nil {
			return Result{Stderr: stderr.String()}, err
		}
		data := make([]byte, binary.BigEndian.Uint32(head[1:]))
		if _, err := io.ReadFull(r, data); err != nil {
			return Result{Stderr: stderr.String()}, err
		}
		switch head[0] {
		case 'o':
			if _, err := stdout.Write(data); err != nil {
				return Result{Stderr: stderr.String()}, err
			}
		case 'e':
			stderr.Write(data)
		case 'x':
			var end struct{ RC int }
			err := json.Unmarshal(data, &end)
			return Result{Stderr: stderr.String(), Code: end.RC}, err
		}
	}
}
