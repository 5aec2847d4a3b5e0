package netif

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Registers of nf_tables, of 4 bytes each. A value of 16 bytes takes four:
// results have room for one, constants for half of one.
const (
	firstRegister    = unix.NFT_REG32_00
	constantRegister = unix.NFT_REG32_08
	resultRegister   = unix.NFT_REG32_12
)

// The verdicts, NF_DROP and NF_ACCEPT.
const (
	dropPacket   = 0
	acceptPacket = 1
)

// An expression is one step of a rule, encoded. A rule's steps run until one
// does not match.
type expression []byte

func express(name string, attributes ...[]byte) expression {
	return nest(unix.NFTA_LIST_ELEM, text(unix.NFTA_EXPR_NAME, name), nest(unix.NFTA_EXPR_DATA, attributes...))
}

// loadMeta puts a fact about the packet (NFT_META_...) in the result register.
func loadMeta(key int) expression {
	return express("meta", number(unix.NFTA_META_KEY, key), number(unix.NFTA_META_DREG, resultRegister))
}

// isValue and isNotValue compare what was loaded last.
func isValue(value []byte) expression    { return compare(unix.NFT_CMP_EQ, value) }
func isNotValue(value []byte) expression { return compare(unix.NFT_CMP_NEQ, value) }

func compare(operation int, value []byte) expression {
	return express("cmp", number(unix.NFTA_CMP_SREG, resultRegister), number(unix.NFTA_CMP_OP, operation),
		nest(unix.NFTA_CMP_DATA, attr(unix.NFTA_DATA_VALUE, value)))
}

// A span is a part of a packet, counted from the begin of a header
// (NFT_PAYLOAD_..._HEADER).
type span struct{ header, offset, length int }

func (s span) load(register int) expression {
	return express("payload", number(unix.NFTA_PAYLOAD_DREG, register), number(unix.NFTA_PAYLOAD_BASE, s.header),
		number(unix.NFTA_PAYLOAD_OFFSET, s.offset), number(unix.NFTA_PAYLOAD_LEN, s.length))
}

// is matches packets whose span has the value.
func (s span) is(value []byte) []expression {
	return []expression{s.load(resultRegister), isValue(value)}
}

// write puts a value in the packet, and keeps the checksum at the offset
// behind the same header right; -1 is none.
func (s span) write(value []byte, checksum int) []expression {
	kind := unix.NFT_PAYLOAD_CSUM_NONE
	if checksum >= 0 {
		kind = unix.NFT_PAYLOAD_CSUM_INET
	}
	return []expression{
		constant(value),
		express("payload", number(unix.NFTA_PAYLOAD_SREG, constantRegister), number(unix.NFTA_PAYLOAD_BASE, s.header),
			number(unix.NFTA_PAYLOAD_OFFSET, s.offset), number(unix.NFTA_PAYLOAD_LEN, s.length),
			number(unix.NFTA_PAYLOAD_CSUM_TYPE, kind), number(unix.NFTA_PAYLOAD_CSUM_OFFSET, max(checksum, 0))),
	}
}

// constant puts up to eight bytes in the registers for them.
func constant(value []byte) expression {
	return express("immediate", number(unix.NFTA_IMMEDIATE_DREG, constantRegister),
		nest(unix.NFTA_IMMEDIATE_DATA, attr(unix.NFTA_DATA_VALUE, value)))
}

// toThisHost makes the kernel take a packet for one sent to this host alone:
// the protocols above refuse others.
func toThisHost() []expression {
	return []expression{
		constant([]byte{unix.PACKET_HOST}),
		express("meta", number(unix.NFTA_META_KEY, unix.NFT_META_PKTTYPE),
			number(unix.NFTA_META_SREG, constantRegister)),
	}
}

// end is the verdict on packets that came so far (dropPacket, acceptPacket).
func end(verdict int) expression {
	return express("immediate", number(unix.NFTA_IMMEDIATE_DREG, unix.NFT_REG_VERDICT),
		nest(unix.NFTA_IMMEDIATE_DATA, nest(unix.NFTA_DATA_VERDICT, number(unix.NFTA_VERDICT_CODE, verdict))))
}

// bucketOf computes the bucket, from 1 to total, of the bytes that were loaded
// from the first register on.
func bucketOf(length, total int, seed uint32) expression {
	return express("hash", number(unix.NFTA_HASH_SREG, firstRegister), number(unix.NFTA_HASH_DREG, resultRegister),
		number(unix.NFTA_HASH_LEN, length), number(unix.NFTA_HASH_MODULUS, total),
		number(unix.NFTA_HASH_SEED, seed), number(unix.NFTA_HASH_OFFSET, 1))
}

// native is a number as nf_tables keeps it in a register.
func native(value int) []byte { return binary.NativeEndian.AppendUint32(nil, uint32(value)) }
