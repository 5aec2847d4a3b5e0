package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A Kind says what a frame holds.
type Kind uint8

// The kinds. Ask and answer have one tag. Write and Flush are repair's: a helper that may not write refuses them.
const (
	Hello Kind = iota + 1
	Open
	Device
	Setup
	Ready
	Hash
	Digests
	Map
	Data
	State
	Ping
	Pong
	Write
	Flush
	Bye
	Error
)

// A Frame is what is sent in one piece: the length of what follows, kind, tag, payload, and their CRC-32C. Integers
// are little endian.
type Frame struct {
	Kind Kind
	// Tag belongs to a question and to its answer.
	Tag     uint32
	Payload []byte
}

const (
	// MaxFrame bounds what follows the length of a frame, in bytes.
	MaxFrame = 4 << 20
	// around is what a frame has beside its payload.
	around = 1 + 4 + 4
)

// ErrFrame is returned for what is no frame: the streams can be trusted no more.
var ErrFrame = errors.New("no frame of the protocol")

// castagnoli is made at the first frame, not when the program starts.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// Append adds a frame to b as it is sent.
func Append(b []byte, f Frame) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(around+len(f.Payload)))
	from := len(b)
	b = append(b, byte(f.Kind))
	b = binary.LittleEndian.AppendUint32(b, f.Tag)
	b = append(b, f.Payload...)
	return binary.LittleEndian.AppendUint32(b, checksum(b[from:]))
}

// Read reads a frame. The end of the stream between two frames is io.EOF, inside of one io.ErrUnexpectedEOF; what is
// no frame is [ErrFrame].
func Read(from io.Reader) (Frame, error) {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return Frame{}, err
	}
	length := binary.LittleEndian.Uint32(head[:])
	if length < around || length > MaxFrame {
		return Frame{}, fmt.Errorf("%w: %q claims %d bytes", ErrFrame, head[:], length)
	}
	rest := make([]byte, length)
	if _, err := io.ReadFull(from, rest); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, err
	}
	body := rest[:length-4]
	if sum := binary.LittleEndian.Uint32(rest[length-4:]); sum != checksum(body) {
		return Frame{}, fmt.Errorf("%w: wrong checksum", ErrFrame)
	}
	return Frame{Kind: Kind(body[0]), Tag: binary.LittleEndian.Uint32(body[1:]), Payload: body[5:]}, nil
}
