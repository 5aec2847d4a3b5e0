package ipaddr2

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// An announcement is what the background worker is told: what to send, and how much of it has been
// sent already.
type announcement struct {
	Link     int
	IP       netip.Addr
	Count    int
	Interval time.Duration
	Style    netif.Style
	Options  netif.SendOptions
	Skip     int
	PIDFile  string
	Hardware net.HardwareAddr
}

// announce tells the neighbours of the new address: the first announcement at once, the rest in the
// background where that is wanted. A failed announcement never fails the start.
func (s *session) announce(ctx context.Context, at place) {
	s.send(ctx, at, s.count, s.call.Log.Info)
}

// announceAgain renews the announcement from a monitor.
func (s *session) announceAgain(ctx context.Context, at place) {
	if s.shares(at.link) {
		complete, err := s.locate(true)
		if err != nil {
			s.call.Log.Warn("%s is not announced again: %v", s.ip, err)
			return
		}
		at = complete
		at.hardware = s.sharing(at).Hardware
	}
	s.send(ctx, at, s.refresh, s.call.Log.Debug)
}

func (s *session) send(ctx context.Context, at place, count int, say func(string, ...any)) {
	if why := at.link.Mute(); why != "" {
		say("not announced: %s", why)
		return
	}
	options, _ := netif.ParseSendOptions(s.sendOptions)
	plan := announcement{
		Link: at.link.Index, IP: s.ip, Count: count, Interval: s.interval, Style: s.style, Options: options,
		PIDFile: s.pidFile(), Hardware: at.hardware,
	}
	frames, err := plan.frames(s.net)
	if err != nil {
		s.call.Log.Warn("%s is not announced: %v", s.ip, err)
		return
	}
	now := len(frames)
	if s.inBackground() {
		now = min(plan.first(), len(frames))
		// The first pair leaves as one: nobody waits between its halves.
		for i := range frames[:now] {
			frames[i].Delay = 0
		}
	}
	say("announce %s on %s: %d packets", s.ip, at.link.Name, len(frames))
	if err := s.net.Send(ctx, at.link, frames[:now]); err != nil {
		s.call.Log.Warn("announce %s on %s: %v", s.ip, at.link.Name, err)
	}
	if plan.Skip = now; now < len(frames) {
		s.startAnnouncer(plan)
	}
}

// inBackground reports whether announcements go on after the action has ended. Without a word in
// arp_bg they do.
func (s *session) inBackground() bool { return s.background == "" || ocf.True(s.background) }

// first is the number of frames that make the first announcement.
func (p announcement) first() int {
	if p.IP.Is4() && p.Style == netif.SendARP && !p.Options.Replies && !p.Options.Requests {
		return 2
	}
	return 1
}

// frames are the packets of the announcement on the interface as it is now.
func (p announcement) frames(net *netif.Net) ([]netif.Frame, error) {
	link, err := net.LinkByIndex(p.Link)
	if err != nil {
		return nil, err
	}
	router := false
	if p.IP.Is6() {
		// An interface whose sysctl cannot be read is no router's.
		router, _ = net.Forwards6(link.Name)
	}
	return netif.Announcement{
		Link: link, IP: p.IP, Count: p.Count, Interval: p.Interval, Style: p.Style, Options: p.Options, Router: router,
		Hardware: p.Hardware,
	}.Frames(), nil
}

// startAnnouncer hands the rest of the announcement to a worker, and notes its process id before the
// action ends: the stop that follows must find it, however long the worker takes to begin.
func (s *session) startAnnouncer(plan announcement) {
	s.stopAnnouncer()
	text, err := json.Marshal(plan)
	if err != nil {
		s.call.Log.Warn("announce %s in the background: %v", s.ip, err)
		return
	}
	pid, err := run.DetachSelf(AnnouncerName, string(text))
	if err != nil {
		s.call.Log.Warn("announce %s in the background: %v", s.ip, err)
		return
	}
	if err := os.WriteFile(plan.PIDFile, []byte(strconv.Itoa(pid)+"\n"), 0o644); err != nil {
		// A stop cannot end the worker then; it ends by itself when the address is gone.
		s.call.Log.Debug("no note of announcer %d: %v", pid, err)
	}
}
