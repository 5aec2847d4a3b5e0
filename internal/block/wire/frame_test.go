package wire

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
)

func TestAFrameComesBackAsItWas(t *testing.T) {
	var all []byte
	frames := []Frame{{Hash, 1, []byte("abc")}, {Bye, 1<<32 - 1, []byte{}}, {Digests, 0, make([]byte, MaxFrame-around)}}
	for _, f := range frames {
		all = Append(all, f)
	}
	from := bytes.NewReader(all)
	for _, want := range frames {
		got, err := Read(from)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := Read(from)
	require.ErrorIs(t, err, io.EOF)
	// As other machines send it: the length, the kind, the tag, the payload, and the checksum of the last three.
	require.Equal(t, []byte("\x0c\x00\x00\x00\x06\x01\x00\x00\x00abc\xac\x7a\x61\x01"), Append(nil, frames[0]))
}

func FuzzRead(f *testing.F) {
	f.Add(Append(Append(nil, greeting("1", "h").frame()), Frame{Kind: Ping, Tag: 2}))
	f.Add([]byte("Welcome to bravo\n"))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, text []byte) {
		from := bytes.NewReader(text)
		for {
			before := len(text) - from.Len()
			frame, err := Read(from)
			if err != nil {
				return
			}
			require.Equal(t, text[before:len(text)-from.Len()], Append(nil, frame))
		}
	})
}

func FuzzReadSums(f *testing.F) {
	h := hashRequest{block.Range{Offset: 1 << 20, Length: 3 * verify.Leaf}, verify.Leaf}
	f.Add(appendSums(nil, verify.Sums{Sums: make([]block.Sum, 3), Read: 100, Failed: []verify.ReadError{
		{Range: block.Range{Offset: 1 << 20, Length: verify.Leaf}, Error: "input/output error"},
	}}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := readSums(text, h)
		if err != nil {
			require.ErrorIs(t, err, ErrFrame)
			return
		}
		require.Len(t, s.Sums, h.blocks())
		require.LessOrEqual(t, s.Read, h.Length)
		if len(text) < 4*maxText {
			require.Equal(t, text, appendSums(nil, s))
		}
	})
}

func FuzzReadMap(f *testing.F) {
	asked := block.Between(1<<20, 1<<30)
	f.Add(dataMap{covered: asked, data: block.Ranges{block.Between(2<<20, 3<<20)}}.encode())
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := readMap(text, asked)
		if err != nil {
			require.ErrorIs(t, err, ErrFrame)
			return
		}
		require.True(t, m.data.IsOrdered())
		for _, r := range m.data {
			require.GreaterOrEqual(t, r.Offset, asked.Offset)
			require.LessOrEqual(t, r.End(), m.covered.End())
		}
	})
}

// Whatever a helper is sent, it ends with an error or answers; it does not fall over.
func FuzzServe(f *testing.F) {
	hello := greeting("1", "h").frame()
	ask := func(frames ...Frame) (all []byte) {
		for _, one := range append([]Frame{hello}, frames...) {
			all = Append(all, one)
		}
		return all
	}
	set := Frame{Setup, 2, encode(SetupRequest{Hash: block.XXH64})}
	opened := Frame{Open, 1, encode(OpenRequest{Path: "disk"})}
	f.Add(ask())
	f.Add(ask(opened, set, Frame{Hash, 3, hashRequest{block.Range{Length: 1 << 20}, 4096}.encode()}))
	f.Add(ask(opened, set, Frame{Map, 3, appendRange(nil, block.Range{Length: 1 << 40})}, Frame{State, 4, nil}))
	f.Add(ask(set))
	f.Add(ask(Frame{Hash, 3, nil}))
	_, b := twins(1 << 20)
	f.Fuzz(func(t *testing.T, text []byte) {
		var answers bytes.Buffer
		_ = serverOf(b).Serve(t.Context(), bytes.NewReader(text), &answers)
		from := bytes.NewReader(answers.Bytes())
		first, err := Read(from)
		require.NoError(t, err)
		require.Equal(t, Hello, first.Kind)
		for from.Len() > 0 {
			_, err := Read(from)
			require.NoError(t, err, "what it says are frames")
		}
	})
}
