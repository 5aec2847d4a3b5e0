package ipaddr2

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// A record is what start keeps for the calls that follow, written before anything is changed, so that
// whatever moment start is killed at, stop knows what to look for.
type record struct {
	IP     netip.Addr
	Prefix int
	Index  int
	// Wish is the configuration that the place was selected for.
	Wish string
	// Loopback are the entries that lvs_support took from loopback interfaces.
	Loopback []netif.Address
	// AddrLabel is the IPv6 address label that start added.
	AddrLabel *netif.AddrLabel
	// Hardware is the shared hardware address of a load-sharing clone.
	Hardware net.HardwareAddr
	// Lost is what stop restores after the deletion.
	Lost *lostCompany
}

// A lostCompany is what the kernel deletes along with the address, and when that was noted.
type lostCompany struct {
	netif.Company
	Noted time.Time
}

// lostAge is how long the note of a killed stop is good for. The next stop or start follows within
// seconds; after that, what is missing may be missing on purpose.
const lostAge = time.Minute

func (l *lostCompany) fresh(now time.Time) bool {
	age := now.Sub(l.Noted)
	return age >= 0 && age < lostAge
}

// wish is the part of the configuration that selects a place, as one word.
func (a *config) wish() string {
	return fmt.Sprintf("%s/%d,%s,%d", a.ip, a.prefix(), a.nic, a.proto)
}

// suffix keeps equal addresses of two network namespaces apart.
func (a *config) suffix() string {
	if a.namespace == "" {
		return ""
	}
	return "@" + a.namespace
}

func (a *config) recordName(c *ocf.Call) string {
	return "IPaddr2-" + c.Instance + a.suffix() + ".state"
}

func (a *config) lockName() string { return "IPaddr2-" + a.ip.String() + a.suffix() }

func (s *session) saveRecord(r record) error {
	facts := map[string]string{
		"ip":      r.IP.String(),
		"prefix":  strconv.Itoa(r.Prefix),
		"ifindex": strconv.Itoa(r.Index),
		"wish":    r.Wish,
	}
	for key, value := range map[string]any{"loopback": r.Loopback, "addrlabel": r.AddrLabel, "lost": r.Lost, "mac": r.Hardware} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if string(text) != "null" {
			facts[key] = string(text)
		}
	}
	return s.call.State.Save(s.recordName(s.call), facts)
}

// loadRecord is what start kept. The error is ocf.ErrNoState when there is nothing to go by, a damaged
// record included.
func (s *session) loadRecord() (record, error) {
	facts, err := s.call.State.Load(s.recordName(s.call))
	if err != nil {
		return record{}, err
	}
	r := record{Wish: facts["wish"]}
	var errs [3]error
	r.IP, errs[0] = netip.ParseAddr(facts["ip"])
	r.Prefix, errs[1] = strconv.Atoi(facts["prefix"])
	r.Index, errs[2] = strconv.Atoi(facts["ifindex"])
	for _, err := range errs {
		if err != nil {
			return record{}, ocf.ErrNoState
		}
	}
	for key, value := range map[string]any{"loopback": &r.Loopback, "addrlabel": &r.AddrLabel, "lost": &r.Lost, "mac": &r.Hardware} {
		if facts[key] != "" && json.Unmarshal([]byte(facts[key]), value) != nil {
			return record{}, ocf.ErrNoState
		}
	}
	return r, nil
}
