package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/test/drbdsim/core"
)

// File is where drbdadm looks.
const File = "/etc/drbd.conf"

// Read reads a configuration as a host sees it: the resources that this host has part in, in their order.
func Read(path, host string) ([]core.Settings, error) {
	all, err := readFile(path, 0)
	if err != nil {
		return nil, err
	}
	var common statement
	for _, s := range all {
		if s.word(0) == "common" && s.section {
			common = s
		}
	}
	var list []core.Settings
	for _, s := range all {
		if s.word(0) != "resource" || !s.section {
			continue
		}
		settings, has, err := resource(s, common, host)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: resource %s: %w", s.file, s.line, s.word(1), err)
		}
		if has {
			list = append(list, settings)
		}
	}
	return list, nil
}

// resource is one resource; has tells whether the host is one of its hosts.
func resource(s, common statement, host string) (r core.Settings, has bool, err error) {
	r = core.Settings{Name: s.word(1), Source: fmt.Sprintf("%s:%d", s.file, s.line)}
	hosts := s.all("on", true)
	me := slices.IndexFunc(hosts, func(h statement) bool { return h.word(1) == host })
	if me < 0 {
		return r, false, nil
	}
	r.NodeID = nodeID(hosts[me], me)
	if r.Volumes, err = volumes(s, hosts[me]); err != nil {
		return r, true, err
	}
	local, err := address(hosts[me])
	if err != nil {
		return r, true, err
	}
	for i, h := range hosts {
		if i == me {
			continue
		}
		remote, err := address(h)
		if err != nil {
			return r, true, err
		}
		r.Peers = append(r.Peers, core.PeerSettings{Name: h.word(1), NodeID: nodeID(h, i), Local: local, Remote: remote})
	}
	return r, true, options(&r, common, s)
}

func nodeID(host statement, i int) int {
	if id, err := strconv.Atoi(host.value("node-id")); err == nil {
		return id
	}
	return i
}

func address(host statement) (netip.AddrPort, error) {
	for _, a := range host.all("address", false) {
		text := a.words[len(a.words)-1]
		return netip.ParseAddrPort(text)
	}
	return netip.AddrPort{}, fmt.Errorf("host %s has no address", host.word(1))
}

// volumes are those of sections volume, or the one that is not in a section.
func volumes(s, host statement) ([]core.VolumeSettings, error) {
	var list []core.VolumeSettings
	for _, where := range []statement{s, host} {
		for _, v := range where.all("volume", true) {
			number, err := strconv.Atoi(v.word(1))
			if err != nil {
				return nil, fmt.Errorf("volume %q is no number", v.word(1))
			}
			i := slices.IndexFunc(list, func(known core.VolumeSettings) bool { return known.Number == number })
			if i < 0 {
				i = len(list)
				list = append(list, core.VolumeSettings{Number: number, Minor: -1})
			}
			fill(&list[i], v)
		}
	}
	if len(list) == 0 {
		v := core.VolumeSettings{Minor: -1}
		fill(&v, s)
		fill(&v, host)
		list = append(list, v)
	}
	for _, v := range list {
		if v.Minor < 0 || v.Disk == "" {
			return nil, fmt.Errorf("volume %d needs a device and a disk", v.Number)
		}
	}
	slices.SortFunc(list, func(a, b core.VolumeSettings) int { return a.Number - b.Number })
	return list, nil
}

// fill takes device and disk of a volume, wherever they stand.
func fill(v *core.VolumeSettings, s statement) {
	if disk := s.value("disk"); disk != "" {
		v.Disk = disk
	}
	for _, d := range s.all("device", false) {
		last := d.words[len(d.words)-1]
		if minor, err := strconv.Atoi(strings.TrimPrefix(last, "/dev/drbd")); err == nil {
			v.Minor = minor
		}
	}
}

// options are those that the simulator heeds; those of the resource go before the common ones.
func options(r *core.Settings, common, s statement) error {
	get := func(section, name string) string {
		value := ""
		for _, where := range []statement{common, s} {
			for _, b := range where.all(section, true) {
				value = cmp.Or(b.value(name), value)
			}
		}
		return value
	}
	for _, where := range []statement{common, s} {
		for _, b := range where.all("net", true) {
			r.NetOptions = keep(r.NetOptions, b)
		}
		for _, b := range where.all("disk", true) {
			r.DiskOptions = keep(r.DiskOptions, b)
		}
	}
	tenths := func(text string, unit, usual time.Duration) (time.Duration, error) {
		if text == "" {
			return usual, nil
		}
		n, err := strconv.Atoi(text)
		return time.Duration(n) * unit, err
	}
	var err error
	if r.Net.PingInt, err = tenths(get("net", "ping-int"), time.Second, 10*time.Second); err != nil {
		return fmt.Errorf("ping-int: %w", err)
	}
	if r.Net.PingTimeout, err = tenths(get("net", "ping-timeout"), 100*time.Millisecond, 500*time.Millisecond); err != nil {
		return fmt.Errorf("ping-timeout: %w", err)
	}
	r.Net.Protocol = cmp.Or(s.value("protocol"), get("net", "protocol"), common.value("protocol"), "C")
	r.Net.AllowTwoPrimary = yes(get("net", "allow-two-primaries")) || bare(s, "net", "allow-two-primaries")
	r.Net.VerifyAlg = get("net", "verify-alg")
	for i, name := range []string{"after-sb-0pri", "after-sb-1pri", "after-sb-2pri"} {
		r.Net.AfterSB[i] = cmp.Or(get("net", name), "disconnect")
	}
	r.Fencing = cmp.Or(get("net", "fencing"), get("disk", "fencing"))
	r.FencePeer = get("handlers", "fence-peer")
	r.ResyncRate, err = rate(get("disk", "resync-rate"))
	return err
}

// keep notes options as drbdsetup shows them.
func keep(list []core.Option, section statement) []core.Option {
	for _, o := range section.body {
		// The tools hand the protocol over by itself.
		if !o.section && o.word(0) != "protocol" {
			list = slices.DeleteFunc(list, func(k core.Option) bool { return k.Name == o.word(0) })
			list = append(list, core.Option{Name: o.word(0), Value: o.word(1)})
		}
	}
	return list
}

func yes(text string) bool { return text == "yes" }

// bare tells whether an option stands alone, which means yes.
func bare(s statement, section, name string) bool {
	return slices.ContainsFunc(s.all(section, true), func(b statement) bool {
		return slices.ContainsFunc(b.all(name, false), func(o statement) bool { return len(o.words) == 1 })
	})
}

// rate reads 6M, 200K or a number of KiB a second.
func rate(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	factor := int64(1)
	switch text[len(text)-1] {
	case 'K', 'k':
		text = text[:len(text)-1]
	case 'M', 'm':
		factor, text = 1024, text[:len(text)-1]
	case 'G', 'g':
		factor, text = 1024*1024, text[:len(text)-1]
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("resync-rate %q is no rate", text)
	}
	return n * factor, nil
}
