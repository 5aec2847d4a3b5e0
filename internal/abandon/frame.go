package abandon

import (
	"encoding/binary"
	"errors"
	"io"
)

// errFrame says that what came through the pipe is no message.
var errFrame = errors.New("malformed message")

// maxFrame bounds a message in bytes and in words: paths and options are far below, and a damaged length must not
// take the node's memory.
const maxFrame = 1 << 20

// writeWords writes a message: its length, and each word after a length of its own. Words are any bytes.
func writeWords(w io.Writer, words []string) error {
	message := make([]byte, 4, 256)
	for _, word := range words {
		message = binary.NativeEndian.AppendUint32(message, uint32(len(word)))
		message = append(message, word...)
	}
	if len(message)-4 > maxFrame {
		return errFrame
	}
	binary.NativeEndian.PutUint32(message, uint32(len(message)-4))
	_, err := w.Write(message)
	return err
}

// readWords reads a message. The error is io.EOF when there are no more.
func readWords(r io.Reader) ([]string, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	length := binary.NativeEndian.Uint32(head[:])
	if length > maxFrame {
		return nil, errFrame
	}
	message := make([]byte, length)
	if _, err := io.ReadFull(r, message); err != nil {
		return nil, errors.Join(errFrame, err)
	}
	var words []string
	for len(message) > 0 {
		if len(message) < 4 {
			return nil, errFrame
		}
		n := binary.NativeEndian.Uint32(message)
		message = message[4:]
		if uint64(n) > uint64(len(message)) {
			return nil, errFrame
		}
		words = append(words, string(message[:n]))
		message = message[n:]
	}
	return words, nil
}
