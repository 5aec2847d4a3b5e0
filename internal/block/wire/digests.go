package wire

import (
	"encoding/binary"
	"fmt"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
)

// hashRequest is what digests are asked of, in blocks of leaf bytes.
type hashRequest struct {
	block.Range
	leaf int
}

func (h hashRequest) encode() []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(h.Offset))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.Length))
	return binary.LittleEndian.AppendUint32(b, uint32(h.leaf))
}

func readHashRequest(payload []byte) (h hashRequest, err error) {
	if len(payload) != 16 {
		return h, fmt.Errorf("%w: a question for digests of %d bytes", ErrFrame, len(payload))
	}
	h.Offset = int64(binary.LittleEndian.Uint64(payload))
	h.Length = int64(binary.LittleEndian.Uint32(payload[8:]))
	h.leaf = int(binary.LittleEndian.Uint32(payload[12:]))
	if h.Offset < 0 || h.End() < 0 || h.Length == 0 || h.Length > verify.Extent || h.leaf < 512 || h.leaf > verify.Extent {
		return h, fmt.Errorf("%w: a question for digests of %d bytes at %d in blocks of %d", ErrFrame, h.Length, h.Offset, h.leaf)
	}
	return h, nil
}

// blocks is how many digests answer the question.
func (h hashRequest) blocks() int { return int((h.Length + int64(h.leaf) - 1) / int64(h.leaf)) }

// maxText bounds the text of a read error.
const maxText = 1 << 10

// appendSums is the answer: how much was read, how many digests and failed parts there are, and those.
func appendSums(b []byte, s verify.Sums) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(s.Read))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.Sums)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s.Failed)))
	for i := range s.Sums {
		b = append(b, s.Sums[i][:]...)
	}
	for _, one := range s.Failed {
		text := one.Error[:min(len(one.Error), maxText)]
		b = binary.LittleEndian.AppendUint64(b, uint64(one.Offset))
		b = binary.LittleEndian.AppendUint32(b, uint32(one.Length))
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
		b = append(b, text...)
	}
	return b
}

// readSums reads the answer to a question: it must have as many digests as the question has blocks.
func readSums(b []byte, h hashRequest) (s verify.Sums, err error) {
	wrong := fmt.Errorf("%w: digests that do not answer the question", ErrFrame)
	if len(b) < 16 {
		return s, wrong
	}
	s.Read = int64(binary.LittleEndian.Uint64(b))
	sums, failed := int(binary.LittleEndian.Uint32(b[8:])), int(binary.LittleEndian.Uint32(b[12:]))
	b = b[16:]
	if sums != h.blocks() || len(b) < sums*len(block.Sum{}) || s.Read < 0 || s.Read > h.Length {
		return s, wrong
	}
	s.Sums = make([]block.Sum, sums)
	for i := range s.Sums {
		b = b[copy(s.Sums[i][:], b):]
	}
	for range failed {
		if len(b) < 14 {
			return s, wrong
		}
		one := verify.ReadError{Range: block.Range{
			Offset: int64(binary.LittleEndian.Uint64(b)), Length: int64(binary.LittleEndian.Uint32(b[8:])),
		}}
		text := int(binary.LittleEndian.Uint16(b[12:]))
		b = b[14:]
		if len(b) < text || one.Offset < h.Offset || one.Length <= 0 || one.End() > h.End() {
			return s, wrong
		}
		one.Error = string(b[:text])
		b = b[text:]
		s.Failed = append(s.Failed, one)
	}
	if len(b) > 0 {
		return s, wrong
	}
	return s, nil
}
