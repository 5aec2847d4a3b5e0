package ipaddr2

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// addAddrLabel installs the label that keeps the address from being a source address, and returns what
// undoes it. Failing to is only logged: the address works without.
func (s *session) addAddrLabel(at place) (undo func()) {
	label := s.addrLabelEntry()
	err := s.net.AddAddrLabel(label)
	if errors.Is(err, unix.EEXIST) {
		return func() {}
	}
	if err != nil {
		s.call.Log.Warn("label %s: %v", label.Prefix, err)
		return func() {}
	}
	kept := s.newRecord(at)
	kept.AddrLabel = &label
	if err := s.saveRecord(kept); err != nil {
		s.call.Log.Warn("no record of the address label: %v", err)
	}
	return func() {
		if err := s.net.DeleteAddrLabel(label); err != nil {
			s.call.Log.Warn("take back the label of %s: %v", label.Prefix, err)
		}
	}
}

func (s *session) addrLabelEntry() netif.AddrLabel {
	value, _ := ocf.Decimal(s.labelValue)
	return netif.AddrLabel{Prefix: netip.PrefixFrom(s.ip, 128), Value: uint32(value)}
}

// removeAddrLabel removes the label of this start, or the one that a shell agent's start has left.
func (s *session) removeAddrLabel(kept record) {
	label := s.addrLabelEntry()
	switch {
	case kept.AddrLabel != nil:
		label = *kept.AddrLabel
	case !s.addrLabel:
		return
	}
	if err := s.net.DeleteAddrLabel(label); err != nil && !errors.Is(err, unix.ESRCH) {
		s.call.Log.Warn("remove the label of %s: %v", label.Prefix, err)
	}
}
