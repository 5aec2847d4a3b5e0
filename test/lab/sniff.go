package lab

import (
	"encoding/binary"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A Captured is a frame as it came in on a wire.
type Captured struct {
	At      time.Time // when the kernel received it
	To      net.HardwareAddr
	From    net.HardwareAddr
	Type    uint16 // 0x0806 ARP, 0x86dd IPv6
	Payload []byte // behind the Ethernet header
}

// ARP reports whether the frame is an ARP packet.
func (c Captured) ARP() bool { return c.Type == unix.ETH_P_ARP }

// Advertisement reports whether the frame is a neighbour advertisement, the
// next header of whose IPv6 packet is ICMPv6 of type 136.
func (c Captured) Advertisement() bool {
	return c.Type == unix.ETH_P_IPV6 && len(c.Payload) > 40 && c.Payload[6] == unix.IPPROTO_ICMPV6 && c.Payload[40] == 136
}

// A Sniffer collects the ARP packets and neighbour advertisements that come in
// at the peer of a Veth.
type Sniffer struct {
	t      testing.TB
	mu     sync.Mutex
	frames []Captured
	more   chan struct{}
}

// Sniff starts a sniffer, which ends with the test.
func (v *Veth) Sniff() *Sniffer {
	v.t.Helper()
	s := &Sniffer{t: v.t, more: make(chan struct{}, 1)}
	var file *os.File
	v.Peer(func() { file = openSniffer(v.t) })
	conn, err := file.SyscallConn()
	require.NoError(v.t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		conn.Read(func(fd uintptr) bool { return s.read(int(fd)) })
	}()
	v.t.Cleanup(func() {
		file.Close()
		<-ended
	})
	return s
}

func openSniffer(t testing.TB) *os.File {
	var network [2]byte
	binary.BigEndian.PutUint16(network[:], unix.ETH_P_ALL)
	protocol := int(binary.NativeEndian.Uint16(network[:]))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	require.NoError(t, err)
	require.NoError(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1))
	return os.NewFile(uintptr(fd), "sniffer")
}

// read takes what there is; it is false to be called again for more.
func (s *Sniffer) read(fd int) bool {
	buf, control := make([]byte, 2048), make([]byte, 128)
	for {
		size, used, _, from, err := unix.Recvmsg(fd, buf, control, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err != unix.EAGAIN
		}
		link, ok := from.(*unix.SockaddrLinklayer)
		if !ok || link.Pkttype == unix.PACKET_OUTGOING || size < 14 {
			continue
		}
		frame := append([]byte(nil), buf[:size]...)
		s.add(Captured{
			At:      timestamp(control[:used]),
			To:      frame[:6],
			From:    frame[6:12],
			Type:    binary.BigEndian.Uint16(frame[12:]),
			Payload: frame[14:],
		})
	}
}

func timestamp(control []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(messages) == 0 || len(messages[0].Data) < 16 {
		return time.Now()
	}
	data := messages[0].Data
	return time.Unix(int64(binary.NativeEndian.Uint64(data)), int64(binary.NativeEndian.Uint64(data[8:])))
}

func (s *Sniffer) add(c Captured) {
	if !c.ARP() && !c.Advertisement() {
		return
	}
	s.mu.Lock()
	s.frames = append(s.frames, c)
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// Frames returns the frames so far that match.
func (s *Sniffer) Frames(match func(Captured) bool) []Captured {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Captured
	for _, c := range s.frames {
		if match(c) {
			list = append(list, c)
		}
	}
	return list
}

// Wait waits until at least count frames match, and returns them. It fails the
// test when they have not come within the time.
func (s *Sniffer) Wait(count int, within time.Duration, match func(Captured) bool) []Captured {
	s.t.Helper()
	end := time.After(within)
	for {
		list := s.Frames(match)
		if len(list) >= count {
			return list
		}
		select {
		case <-s.more:
		case <-end:
			require.FailNow(s.t, "frames missing", "%d of %d within %v: %v", len(list), count, within, list)
		}
	}
}
