package fuse

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// An opcode is what the kernel asks for (linux/fuse.h).
type opcode uint32

const (
	opLookup      opcode = 1
	opForget      opcode = 2
	opGetattr     opcode = 3
	opSetattr     opcode = 4
	opMkdir       opcode = 9
	opUnlink      opcode = 10
	opRmdir       opcode = 11
	opRename      opcode = 12
	opOpen        opcode = 14
	opRead        opcode = 15
	opWrite       opcode = 16
	opStatfs      opcode = 17
	opRelease     opcode = 18
	opFsync       opcode = 20
	opInit        opcode = 26
	opOpendir     opcode = 27
	opReaddir     opcode = 28
	opReleasedir  opcode = 29
	opFsyncdir    opcode = 30
	opAccess      opcode = 34
	opCreate      opcode = 35
	opInterrupt   opcode = 36
	opDestroy     opcode = 38
	opBatchForget opcode = 42
)

const (
	headerSize = 40
	answerSize = 16
	// largestWrite is what one request may write; a request is a little larger.
	largestWrite = 128 << 10
	requestSize  = largestWrite + 8<<10
	// direct, in the flags of an open file, keeps the kernel from caching it.
	direct = 1
)

// A request is one question of the kernel.
type request struct {
	Op     opcode
	Unique uint64
	Node   uint64
	body   []byte
}

// parse reads a request.
func parse(message []byte) (request, error) {
	if len(message) < headerSize {
		return request{}, fmt.Errorf("a request of %d bytes", len(message))
	}
	order := binary.NativeEndian
	return request{
		Op: opcode(order.Uint32(message[4:])), Unique: order.Uint64(message[8:]), Node: order.Uint64(message[16:]),
		body: message[headerSize:],
	}, nil
}

// u32 and u64 are numbers of the body at an offset, 0 beyond its end.
func (r request) u32(at int) uint32 {
	if len(r.body) < at+4 {
		return 0
	}
	return binary.NativeEndian.Uint32(r.body[at:])
}

func (r request) u64(at int) uint64 {
	if len(r.body) < at+8 {
		return 0
	}
	return binary.NativeEndian.Uint64(r.body[at:])
}

// rest is the body from an offset on.
func (r request) rest(at int) []byte { return r.body[min(at, len(r.body)):] }

// names are the zero-ended texts from an offset on; there are n.
func (r request) names(at, n int) ([]string, error) {
	parts := bytes.Split(r.rest(at), []byte{0})
	if len(parts) <= n {
		return nil, unix.EINVAL
	}
	names := make([]string, n)
	for i := range names {
		names[i] = string(parts[i])
	}
	return names, nil
}

// An answer is numbers one after the other, in the order and sizes of the kernel's structures.
type answer []byte

func (a answer) u16(values ...uint16) answer {
	for _, v := range values {
		a = binary.NativeEndian.AppendUint16(a, v)
	}
	return a
}

func (a answer) u32(values ...uint32) answer {
	for _, v := range values {
		a = binary.NativeEndian.AppendUint32(a, v)
	}
	return a
}

func (a answer) u64(values ...uint64) answer {
	for _, v := range values {
		a = binary.NativeEndian.AppendUint64(a, v)
	}
	return a
}

// attributes is struct fuse_attr.
func (a answer) attributes(s *unix.Stat_t) answer {
	a = a.u64(s.Ino, uint64(s.Size), uint64(s.Blocks), uint64(s.Atim.Sec), uint64(s.Mtim.Sec), uint64(s.Ctim.Sec))
	a = a.u32(uint32(s.Atim.Nsec), uint32(s.Mtim.Nsec), uint32(s.Ctim.Nsec), s.Mode, uint32(s.Nlink), s.Uid, s.Gid)
	return a.u32(uint32(s.Rdev), uint32(s.Blksize), 0)
}

// entry is struct fuse_entry_out. The kernel may keep nothing of it: it asks again each time.
func (a answer) entry(node uint64, s *unix.Stat_t) answer {
	return a.u64(node, 0, 0, 0).u32(0, 0).attributes(s)
}

// padded adds zeros up to a multiple of 8 bytes.
func (a answer) padded() answer {
	return append(a, make([]byte, (8-len(a)%8)%8)...)
}

// agreement answers the kernel's first request: our version of the protocol.
func agreement() answer {
	a := answer(nil).u32(7, 31, 128<<10, 0).u16(12, 9).u32(largestWrite, 1).u16(0, 0)
	return append(a, make([]byte, 64-len(a))...)
}

// reply sends an answer, or an error in its place.
func reply(fd int, to request, body []byte, err error) error {
	errno := syscall.Errno(0)
	if err != nil && !errors.As(err, &errno) {
		errno = unix.EIO
	}
	if errno != 0 {
		body = nil
	}
	message := answer(make([]byte, 0, answerSize+len(body))).u32(uint32(answerSize+len(body)), uint32(-int32(errno))).u64(to.Unique)
	_, err = unix.Write(fd, append(message, body...))
	// Whoever asked may have been killed meanwhile.
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return os.NewSyscallError("write", err)
}
