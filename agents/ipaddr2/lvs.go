package ipaddr2

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
)

// takeFromLoopback takes the address from every loopback interface that holds it as a host address, so
// that an LVS director answers for it (ipaddr2.md 8). What was there is kept exactly, and, in the file
// of the shell agents, so that they can give it back too.
func (s *session) takeFromLoopback(at place) (undo func(), err error) {
	kept := s.newRecord(at)
	undo = func() {
		if err := s.giveToLoopback(kept); err != nil {
			s.call.Log.Err("give %s back to the loopback interface: %v", s.ip, err)
		}
	}
	all, err := s.net.AllAddresses(netif.IPv4)
	if err != nil {
		return undo, err
	}
	for _, entry := range all {
		if entry.IP != s.ip || entry.Prefix != 32 {
			continue
		}
		link, err := s.net.LinkByIndex(entry.Index)
		if err == nil && strings.HasPrefix(link.Name, "lo") {
			kept.Loopback = append(kept.Loopback, entry)
		}
	}
	if len(kept.Loopback) == 0 {
		return undo, nil
	}
	if err := s.saveRecord(kept); err != nil {
		return undo, fmt.Errorf("keep the loopback entry: %w", err)
	}
	line := fmt.Sprintf("%s 32 255.255.255.255 lo\n", s.ip)
	if err := os.WriteFile(s.loopbackFile(), []byte(line), 0o600); err != nil {
		return undo, err
	}
	for _, entry := range kept.Loopback {
		s.call.Log.Info("take %s/32 from interface %d", s.ip, entry.Index)
		if err := s.net.Delete(entry); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
			return undo, err
		}
	}
	return undo, nil
}

// giveToLoopback gives the address back to where it was taken from: exactly as it was when that is
// known, else as the shell agents would.
func (s *session) giveToLoopback(kept record) error {
	entries := kept.Loopback
	if len(entries) == 0 {
		var err error
		if entries, err = s.loopbackFromFile(); err != nil {
			return err
		}
	}
	for _, entry := range entries {
		s.call.Log.Info("give %s/32 back to interface %d", s.ip, entry.Index)
		if err := s.net.Add(entry); err != nil && !errors.Is(err, unix.EEXIST) {
			return err
		}
		if err := s.net.SetUp(entry.Index); err != nil {
			return err
		}
	}
	if err := os.Remove(s.loopbackFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.call.Log.Warn("the note of the loopback entry stays: %v", err)
	}
	return nil
}

// loopbackFromFile is the entry that a shell agent's start took away.
func (s *session) loopbackFromFile() ([]netif.Address, error) {
	text, err := os.ReadFile(s.loopbackFile())
	if err != nil || len(text) == 0 {
		return nil, nil
	}
	link, err := s.net.LinkByName("lo")
	if err != nil {
		return nil, err
	}
	return []netif.Address{{
		Index: link.Index, IP: s.ip, Prefix: 32, Broadcast: netip.AddrFrom4([4]byte{255, 255, 255, 255}),
		ValidLft: netif.Forever, PreferredLft: netif.Forever,
	}}, nil
}

func (s *session) loopbackFile() string {
	return filepath.Join(s.call.State.Dir, s.ip.String()+s.suffix())
}
