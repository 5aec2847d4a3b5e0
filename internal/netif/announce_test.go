package netif_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
)

var mac = net.HardwareAddr{2, 0, 0, 0, 0, 1}

// described returns frames as lines: delay in ms, operation, whose target.
func described(t *testing.T, frames []netif.Frame) []string {
	t.Helper()
	var lines []string
	for _, f := range frames {
		var p netif.ARP
		require.NoError(t, p.UnmarshalBinary(f.Payload))
		require.Equal(t, p.SenderIP, f.IP)
		require.Equal(t, p.TargetIP, f.IP)
		op := map[uint16]string{netif.ARPRequest: "request", netif.ARPReply: "reply"}[p.Op]
		target := map[string]string{
			"00:00:00:00:00:00": "nobody", "ff:ff:ff:ff:ff:ff": "everybody", p.Sender.String(): "itself",
		}[p.Target.String()]
		lines = append(lines, f.Delay.String()+" "+op+" to "+target)
	}
	return lines
}

func TestFrames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give netif.Announcement
		want []string
	}{
		{"send_arp sends pairs", netif.Announcement{Count: 2}, []string{
			"0s request to nobody", "100ms reply to itself", "100ms request to nobody", "100ms reply to itself"}},
		{"send_arp -A sends replies", netif.Announcement{Count: 2, Options: netif.SendOptions{Replies: true}}, []string{
			"0s reply to itself", "200ms reply to itself"}},
		{"send_arp -U sends requests", netif.Announcement{Count: 2, Options: netif.SendOptions{Requests: true}}, []string{
			"0s request to nobody", "200ms request to nobody"}},
		{"send_arp -c 1 -i 50", netif.Announcement{Count: 5, Options: netif.SendOptions{Count: 1, Interval: 50 * time.Millisecond}}, []string{
			"0s request to nobody", "25ms reply to itself"}},
		{"iputils_arping sends requests a second apart", netif.Announcement{Count: 2, Style: netif.IPUtilsStyle}, []string{
			"0s request to everybody", "1s request to everybody"}},
		{"iputils_arping -A sends replies", netif.Announcement{Count: 1, Style: netif.IPUtilsStyle, Options: netif.SendOptions{Replies: true}}, []string{
			"0s reply to itself"}},
		{"iputils_arping -i 300", netif.Announcement{Count: 2, Style: netif.IPUtilsStyle, Options: netif.SendOptions{Interval: 300 * time.Millisecond}}, []string{
			"0s request to everybody", "300ms request to everybody"}},
		{"libnet_arping sends requests a second apart", netif.Announcement{Count: 2, Style: netif.LibnetStyle}, []string{
			"0s request to everybody", "1s request to everybody"}},
		{"a cluster's hardware address", netif.Announcement{Count: 1, Hardware: net.HardwareAddr{0x51, 0x1b, 0x55, 0x97, 0x4e, 0x28}}, []string{
			"0s request to nobody", "100ms reply to itself"}},
		{"nothing to announce", netif.Announcement{Count: 0}, nil},
		{"a mute link", netif.Announcement{Count: 5, Link: netif.Link{Name: "wg0", NoARP: true, Up: true, Address: mac}}, nil},
	}
	for _, tt := range tests {
		tt.give.IP, tt.give.Interval = ip("192.168.144.2"), 200*time.Millisecond
		if tt.give.Link.Name == "" {
			tt.give.Link = netif.Link{Name: "eth0", Up: true, Type: netif.Ethernet, Address: mac}
		}
		frames := tt.give.Frames()
		require.Equal(t, tt.want, described(t, frames), tt.name)
		if len(frames) > 0 && tt.give.Hardware != nil {
			require.Contains(t, string(frames[0].Payload), string(tt.give.Hardware), tt.name)
		}
	}
}

// The default of arp_count and arp_interval: nine tenths of a second.
func TestDefaultAnnouncementTakesNineTenthsOfASecond(t *testing.T) {
	t.Parallel()
	var total time.Duration
	frames := netif.Announcement{
		Link: netif.Link{Up: true, Type: netif.Ethernet, Address: mac},
		IP:   ip("192.168.144.2"), Count: 5, Interval: 200 * time.Millisecond,
	}.Frames()
	for _, f := range frames {
		total += f.Delay
	}
	require.Len(t, frames, 10)
	require.Equal(t, 900*time.Millisecond, total)
}

func TestFramesOfIPv6AreAdvertisementsAnIntervalApart(t *testing.T) {
	t.Parallel()
	for _, router := range []bool{false, true} {
		frames := netif.Announcement{
			Link: netif.Link{Up: true, Type: netif.Ethernet, Address: mac}, Router: router,
			IP: ip("fe80::2%eth0"), Count: 3, Interval: 200 * time.Millisecond, Style: netif.IPUtilsStyle,
		}.Frames()
		require.Len(t, frames, 3)
		want, err := netif.Advertisement{Target: ip("fe80::2"), Hardware: mac, Router: router}.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, want, frames[0].Payload)
		require.Zero(t, frames[0].Delay)
		require.Equal(t, 200*time.Millisecond, frames[2].Delay)
	}
}

func TestParseStyle(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]netif.Style{
		"": netif.SendARP, "send_arp": netif.SendARP, "iputils_arping": netif.IPUtilsStyle,
		"ipoibarping": netif.IPUtilsStyle, "libnet_arping": netif.LibnetStyle,
	} {
		got, err := netif.ParseStyle(name)
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
	_, err := netif.ParseStyle("foo")
	require.ErrorContains(t, err, `"foo"`)
}

func TestParseSendOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		give    string
		want    netif.SendOptions
		ignored []string
	}{
		{"", netif.SendOptions{}, nil},
		{"-A", netif.SendOptions{Replies: true}, nil},
		{"-U", netif.SendOptions{Requests: true}, nil},
		{"-A -U", netif.SendOptions{Requests: true}, nil},
		{" -b  -c 3\t-i 500 ", netif.SendOptions{Count: 3, Interval: 500 * time.Millisecond}, nil},
		{"-c", netif.SendOptions{}, []string{"-c"}},
		{"-c -A", netif.SendOptions{Replies: true}, []string{"-c"}},
		{"-c abc -A", netif.SendOptions{Replies: true}, []string{"-c", "abc"}},
		{"-c 0", netif.SendOptions{}, []string{"-c", "0"}},
		{"-c -5", netif.SendOptions{}, []string{"-c", "-5"}},
		{"-i 99999999999999999999", netif.SendOptions{}, []string{"-i", "99999999999999999999"}},
		{"-c 1000001", netif.SendOptions{}, []string{"-c", "1000001"}},
		{"-p /run/pid --foo x", netif.SendOptions{}, []string{"-p", "/run/pid", "--foo", "x"}},
	}
	for _, tt := range tests {
		got, ignored := netif.ParseSendOptions(tt.give)
		require.Equal(t, tt.want, got, "%q", tt.give)
		require.Equal(t, tt.ignored, ignored, "%q", tt.give)
	}
}

func FuzzSendArpOpts(f *testing.F) {
	for _, seed := range []string{"", "-A", "-U -c 3", "-i 500 -b", "-c", "-c abc", "-c -A", "--", "-c\x00 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, ignored := netif.ParseSendOptions(s)
		require.False(t, o.Replies && o.Requests)
		require.GreaterOrEqual(t, o.Count, 0)
		require.GreaterOrEqual(t, o.Interval, time.Duration(0))
		require.LessOrEqual(t, o.Interval, 1000*time.Second)
		for _, word := range ignored {
			require.Contains(t, s, word)
			require.NotEqual(t, "-A", word)
		}
	})
}
