package drbdvm

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answering is a guest whose agent does as told with each connection.
func answering(t *testing.T, answer func(conn net.Conn)) *Guest {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			answer(conn)
			conn.Close()
		}
	}()
	return &Guest{Name: "alfa", port: listener.Addr().(*net.TCPAddr).Port}
}

// nextFrame reads what send writes.
func nextFrame(t *testing.T, r io.Reader) (kind byte, data string) {
	head := make([]byte, 5)
	_, err := io.ReadFull(r, head)
	assert.NoError(t, err)
	text := make([]byte, binary.BigEndian.Uint32(head[1:]))
	_, err = io.ReadFull(r, text)
	assert.NoError(t, err)
	return head[0], string(text)
}

func TestACommandInAGuestIsAResult(t *testing.T) {
	g := answering(t, func(conn net.Conn) {
		_, asked := nextFrame(t, conn)
		assert.JSONEq(t, `{"argv":["false","x"],"stdin":false}`, asked)
		assert.NoError(t, errors.Join(send(conn, 'o', []byte("out")), send(conn, 'e', []byte("err")),
			send(conn, 'o', []byte("put")), send(conn, 'x', []byte(`{"rc":3}`))))
	})
	result, err := g.Run(t.Context(), "false", "x")
	require.NoError(t, err)
	require.Equal(t, Result{"output", "err", 3}, result)
}

func TestWhatACommandSaysIsFollowedUntilItsGuestGoesAway(t *testing.T) {
	g := answering(t, func(conn net.Conn) {
		nextFrame(t, conn)
		assert.NoError(t, errors.Join(send(conn, 'o', []byte("1\n")), send(conn, 'e', []byte("err")), send(conn, 'o', []byte("2\n"))))
	})
	var said bytes.Buffer
	result, err := g.Follow(t.Context(), &said, "writer")
	require.ErrorContains(t, err, "alfa went away")
	require.Equal(t, "1\n2\n", said.String())
	require.Equal(t, Result{Stderr: "err"}, result)
}

func TestAFileIsPushedInPieces(t *testing.T) {
	content := make([]byte, 600<<10)
	var got int
	g := answering(t, func(conn net.Conn) {
		nextFrame(t, conn)
		for {
			kind, data := nextFrame(t, conn)
			if kind == 'I' {
				break
			}
			got += len(data)
		}
		assert.NoError(t, send(conn, 'x', []byte(`{"rc":0}`)))
	})
	require.NoError(t, g.Push(t.Context(), "/x", content, "0755"))
	require.Equal(t, len(content), got)
}

func TestAGuestThatGoesAwayIsAnErrorAndNoResult(t *testing.T) {
	g := answering(t, func(conn net.Conn) {
		nextFrame(t, conn)
		assert.NoError(t, send(conn, 'o', []byte("half")))
	})
	_, err := g.Run(t.Context(), "true")
	require.ErrorContains(t, err, "alfa went away")
}

func TestACommandThatDoesNotEndIsNamed(t *testing.T) {
	g := answering(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("not within 50ms"))
	defer cancel()
	_, err := g.Run(ctx, "sleep", "9")
	require.ErrorContains(t, err, `alfa: ["sleep" "9"] has not ended: not within 50ms`)
}

func TestAFileThatIsNotThereIsAnError(t *testing.T) {
	g := answering(t, func(conn net.Conn) {
		_, asked := nextFrame(t, conn)
		assert.JSONEq(t, `{"read":"/proc/drbd","stdin":false}`, asked)
		assert.NoError(t, errors.Join(send(conn, 'e', []byte("No such file\n")), send(conn, 'x', []byte(`{"rc":1}`))))
	})
	_, err := g.Read(t.Context(), "/proc/drbd")
	require.EqualError(t, err, "alfa: No such file")
}
