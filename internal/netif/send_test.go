package netif_test

import (
	"context"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// announced returns the ARP packets among the frames, with their times.
func announced(t *testing.T, frames []lab.Captured) ([]netif.ARP, []time.Time) {
	t.Helper()
	var packets []netif.ARP
	var times []time.Time
	for _, f := range frames {
		require.Equal(t, "ff:ff:ff:ff:ff:ff", f.To.String())
		var p netif.ARP
		require.NoError(t, p.UnmarshalBinary(f.Payload))
		packets, times = append(packets, p), append(times, f.At)
	}
	return packets, times
}

// Row 71: ten frames, in pairs, 100 ms apart.
func TestGratuitousARPReachesThePeer(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.Address("192.168.144.2/24")
		sniffer := wire.Sniff()
		eth0 := k.link("eth0")
		frames := netif.Announcement{Link: eth0, IP: ip("192.168.144.2"), Count: 5, Interval: 200 * time.Millisecond}.Frames()
		require.NoError(t, k.Send(t.Context(), eth0, frames))

		packets, times := announced(t, sniffer.Wait(10, 5*time.Second, lab.Captured.ARP))
		require.Len(t, packets, 10)
		own := eth0.Address
		for i, p := range packets {
			want := netif.ARP{
				Type: netif.Ethernet, Op: netif.ARPRequest,
				Sender: own, SenderIP: ip("192.168.144.2"), Target: make(net.HardwareAddr, 6), TargetIP: ip("192.168.144.2"),
			}
			if i%2 == 1 {
				want.Op, want.Target = netif.ARPReply, own
			}
			require.Equal(t, want, p, "frame %d", i)
		}
		require.Less(t, times[9].Sub(times[0]), 5*time.Second)
		for i := 1; i < len(times); i++ {
			require.Greater(t, times[i].Sub(times[i-1]), 90*time.Millisecond, "frame %d", i)
		}
	})
}

// Row 72.
func TestAdvertisementsReachThePeer(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.Address("2001:db8:1234::2/64")
		sniffer := wire.Sniff()
		eth0 := k.link("eth0")
		frames := netif.Announcement{Link: eth0, IP: ip("2001:db8:1234::2"), Count: 3, Interval: 50 * time.Millisecond}.Frames()
		require.NoError(t, k.Send(t.Context(), eth0, frames))

		ours := func(c lab.Captured) bool {
			return c.Advertisement() && string(c.Payload[8:24]) == string(ip("2001:db8:1234::2").AsSlice())
		}
		got := sniffer.Wait(3, 5*time.Second, ours)
		require.Len(t, got, 3)
		for _, f := range got {
			require.Equal(t, "33:33:00:00:00:01", f.To.String())
			require.Equal(t, eth0.Address, f.From)
			require.Len(t, f.Payload, 72, "a frame of 86 bytes")
			require.Equal(t, ip("ff02::1").AsSlice(), f.Payload[24:40])
			require.Equal(t, byte(255), f.Payload[7], "hop limit")
			require.NotEqual(t, []byte{0, 0}, f.Payload[42:44], "the kernel makes the checksum")
			require.Equal(t, []byte{0x20, 0, 0, 0}, f.Payload[44:48], "override only")
			require.Equal(t, ip("2001:db8:1234::2").AsSlice(), f.Payload[48:64])
			require.Equal(t, append([]byte{2, 1}, eth0.Address...), f.Payload[64:72])
		}
		require.Greater(t, got[2].At.Sub(got[0].At), 90*time.Millisecond)
	})
}

// While its duplicate detection lasts, an address cannot be a source.
func TestATentativeAddressIsAnnouncedFromALinkLocalOne(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.Address("fe80::77/64")
		setting(t, "ipv6/conf/eth0/dad_transmits", "100")
		sniffer := wire.Sniff()
		eth0 := k.link("eth0")
		require.NoError(t, k.Add(netif.Address{Index: eth0.Index, IP: ip("2001:db8:1234::2"), Prefix: 64}))
		require.True(t, k.entry("eth0", "2001:db8:1234::2").Flags.Tentative())
		frames := netif.Announcement{Link: eth0, IP: ip("2001:db8:1234::2"), Count: 1}.Frames()
		require.NoError(t, k.Send(t.Context(), eth0, frames))
		got := sniffer.Wait(1, 5*time.Second, func(c lab.Captured) bool {
			return c.Advertisement() && string(c.Payload[48:64]) == string(ip("2001:db8:1234::2").AsSlice())
		})
		require.Equal(t, []byte{0xfe, 0x80}, got[0].Payload[8:10])
	})
}

func TestSendStopsWhenTheAddressIsGone(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		for _, vip := range []string{"192.168.144.2/24", "2001:db8:1234::2/64"} {
			wire.Address(vip)
			eth0 := k.link("eth0")
			frames := netif.Announcement{Link: eth0, IP: prefix(vip).Addr(), Count: 1000, Interval: 10 * time.Millisecond}.Frames()
			require.NoError(t, k.Send(t.Context(), eth0, frames[:2]))
			require.NoError(t, k.Delete(k.entry("eth0", prefix(vip).Addr().String())))
			require.ErrorIs(t, k.Send(t.Context(), eth0, frames[2:]), netif.ErrAddressGone)
		}
	})
}

func TestSendEndsWithTheContext(t *testing.T) {
	inside(t, func(k *kernel) {
		wire := lab.NewVeth(t, "eth0")
		wire.Address("192.168.144.2/24")
		eth0 := k.link("eth0")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		frames := netif.Announcement{Link: eth0, IP: ip("192.168.144.2"), Count: 2, Interval: time.Hour}.Frames()
		require.ErrorIs(t, k.Send(ctx, eth0, frames), context.DeadlineExceeded)
	})
}

// InfiniBand's addresses of 20 bytes do not fit in Go's structure for packet
// sockets. There is no such hardware here, but a tun device can pretend to
// be of a type whose addresses have 16, and then refuses shorter ones.
func TestARPToLongHardwareAddresses(t *testing.T) {
	inside(t, func(k *kernel) {
		tun := longAddressed(t, "ib0")
		defer tun.Close()
		ib0 := k.link("ib0")
		require.NoError(t, k.SetUp(ib0.Index))
		require.NoError(t, k.Add(netif.Address{Index: ib0.Index, IP: ip("192.168.144.2"), Prefix: 24}))
		ib0.Up, ib0.NoARP = true, false
		require.Len(t, ib0.Address, 16)
		frames := netif.Announcement{Link: ib0, IP: ip("192.168.144.2"), Count: 1}.Frames()
		require.Len(t, frames, 2)
		require.NoError(t, k.Send(t.Context(), ib0, frames[:1]))
		require.Equal(t, netif.ARP{
			Type: ib0.Type, Op: netif.ARPRequest,
			Sender: ib0.Address, SenderIP: ip("192.168.144.2"), Target: make(net.HardwareAddr, 16), TargetIP: ip("192.168.144.2"),
		}, readARP(t, tun))

		ib0.Broadcast = ib0.Broadcast[:8]
		require.ErrorIs(t, k.Send(t.Context(), ib0, frames[:1]), unix.EINVAL)
	})
}

// longAddressed makes a tun device with hardware addresses of 16 bytes.
func longAddressed(t *testing.T, name string) *os.File {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		lab.Missing(t, "this test needs /dev/net/tun: "+err.Error())
	}
	ifr, err := unix.NewIfreq(name)
	require.NoError(t, err)
	ifr.SetUint16(unix.IFF_TUN)
	require.NoError(t, unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr))
	require.NoError(t, unix.IoctlSetInt(fd, unix.TUNSETLINK, unix.ARPHRD_TUNNEL6))
	return os.NewFile(uintptr(fd), "tun")
}

// readARP returns the next ARP packet that goes out: behind two flag bytes and
// the protocol.
func readARP(t *testing.T, tun *os.File) netif.ARP {
	t.Helper()
	require.NoError(t, tun.SetReadDeadline(time.Now().Add(5*time.Second)))
	buf := make([]byte, 2048)
	for {
		size, err := tun.Read(buf)
		require.NoError(t, err)
		var p netif.ARP
		if buf[2] == 8 && buf[3] == 6 && p.UnmarshalBinary(buf[4:size]) == nil {
			return p
		}
	}
}
