package ipaddr2

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
)

// Every combination of what can be found, against the table of ipaddr2.md 5.3 said as rules.
func TestVerdictOverAllFindings(t *testing.T) {
	t.Parallel()
	causes := []*misplaced{nil}
	for _, c := range []cause{badSyntax, noInterface, noRoute, longLabel} {
		causes = append(causes, &misplaced{c, errors.New("reason")})
	}
	seen := 0
	for _, lost := range causes {
		for _, s := range []state{absent, held, noLink, otherLabel, dadFailed, noRules, noBucket} {
			for bits := range 1 << 3 {
				f := finding{state: s, lost: lost, wished: bits&1 != 0}
				if bits&2 != 0 {
					f.elsewhere = []found{{netif.Address{IP: netip.MustParseAddr(v4)}, "eth0", false}}
				}
				probe := bits&4 != 0
				requireVerdict(t, f, probe, f.verdict(probe))
				seen++
			}
		}
	}
	require.Equal(t, 5*7*8, seen)
}

func requireVerdict(t *testing.T, f finding, probe bool, verdict error) {
	t.Helper()
	code := ocf.CodeOf(verdict)
	// An address that is here for other instances only is none of this one's.
	onNode := f.state != absent && f.state != noRules && f.state != noBucket
	if f.lost != nil {
		onNode = len(f.elsewhere) > 0
	}
	if probe && code == ocf.NotRunning {
		require.False(t, onNode, "a probe says 7 of an address that is there: %+v", f)
	}
	if code == ocf.Success {
		require.True(t, f.lost == nil && f.state == held, "%+v", f)
	}
	if code == ocf.ErrConfigured {
		require.True(t, f.lost != nil && f.lost.cause == longLabel && !onNode, "%+v", f)
	}
	require.NotContains(t, []ocf.Code{ocf.ErrInstalled, ocf.ErrPerm, ocf.ErrArgs}, code)
	if onNode && f.lost == nil && f.state != held && code != ocf.NotRunning {
		require.NotEmpty(t, ocf.Reason(verdict))
	}
	if code == ocf.ErrGeneric {
		require.NotEmpty(t, ocf.Reason(verdict), "a failure without a word: %+v", f)
	}
}

func TestVerdictOfEachState(t *testing.T) {
	t.Parallel()
	for s, want := range map[state][2]ocf.Code{ // recurring, probe
		absent:     {ocf.NotRunning, ocf.NotRunning},
		held:       {ocf.Success, ocf.Success},
		noLink:     {ocf.NotRunning, ocf.ErrGeneric},
		otherLabel: {ocf.ErrGeneric, ocf.ErrGeneric},
		dadFailed:  {ocf.ErrGeneric, ocf.ErrGeneric},
		noRules:    {ocf.NotRunning, ocf.NotRunning},
		noBucket:   {ocf.NotRunning, ocf.NotRunning},
	} {
		f := finding{state: s}
		require.Equal(t, want, [2]ocf.Code{ocf.CodeOf(f.verdict(false)), ocf.CodeOf(f.verdict(true))}, "state %d", s)
	}
}

func TestStateOfASharedEntry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		shared netif.Shared
		entry  state
		want   state
	}{
		{"without rules this node would answer everybody", netif.Shared{}, held, noRules},
		{"a bucket without the drop is as bad", netif.Shared{Buckets: []int{2}}, held, noRules},
		{"the bucket of another instance", netif.Shared{Ruled: true, Buckets: []int{1, 3}}, held, noBucket},
		{"a sibling's address on a dead link is not this instance's", netif.Shared{Ruled: true, Buckets: []int{1}}, noLink, noBucket},
		{"our bucket", netif.Shared{Ruled: true, Buckets: []int{1, 2}}, held, held},
		{"our bucket on a dead link", netif.Shared{Ruled: true, Buckets: []int{2}}, noLink, noLink},
	} {
		require.Equal(t, c.want, sharedState(c.shared, 2, c.entry), c.name)
	}
}

func TestStateOfAnEntry(t *testing.T) {
	t.Parallel()
	const failed, tentative netif.Flags = 0x08, 0x40
	for _, c := range []struct {
		name  string
		at    place
		entry netif.Address
		check bool
		want  state
	}{
		{"plain", place{}, netif.Address{}, true, held},
		{"link down, checked", place{link: netif.Link{OperState: netif.Down}}, netif.Address{}, true, noLink},
		{"lower layer down, checked", place{link: netif.Link{OperState: netif.LowerLayerDown}}, netif.Address{}, true, noLink},
		{"dormant counts as up", place{link: netif.Link{OperState: netif.Dormant}}, netif.Address{}, true, held},
		{"link down, not checked", place{link: netif.Link{OperState: netif.Down}}, netif.Address{}, false, held},
		{"the right label", place{label: "eth0:a"}, netif.Address{Label: "eth0:a"}, true, held},
		{"another label", place{label: "eth0:a"}, netif.Address{Label: "eth0"}, true, otherLabel},
		{"any label when none is wanted", place{}, netif.Address{Label: "eth0:a"}, true, held},
		{"duplicate", place{}, netif.Address{Flags: failed}, true, dadFailed},
		{"tentative", place{}, netif.Address{Flags: tentative}, true, held},
	} {
		require.Equal(t, c.want, stateOf(c.at, c.entry, c.check), c.name)
	}
}

func TestStartCodeOfEachCause(t *testing.T) {
	t.Parallel()
	for cause, want := range map[cause][3]ocf.Code{ // ours, 4.12, 4.18
		badSyntax:   {ocf.ErrConfigured, ocf.ErrConfigured, ocf.ErrInstalled},
		noInterface: {ocf.ErrInstalled, ocf.ErrConfigured, ocf.ErrInstalled},
		noRoute:     {ocf.ErrGeneric, ocf.ErrGeneric, ocf.ErrInstalled},
		longLabel:   {ocf.ErrConfigured, ocf.ErrConfigured, ocf.ErrConfigured},
	} {
		m := &misplaced{cause: cause}
		require.Equal(t, want, [3]ocf.Code{m.startCode(""), m.startCode("4.12"), m.startCode("4.18")}, "cause %d", cause)
	}
}

func TestBroadcastOfAnEntry(t *testing.T) {
	t.Parallel()
	copied := netip.MustParseAddr("10.1.2.200")
	for _, c := range []struct{ wish, entry, want string }{
		{"", "10.1.2.3/24", "10.1.2.200"},
		{"+", "10.1.2.3/24", "10.1.2.255"},
		{"-", "10.1.2.3/24", "10.1.2.0"},
		{"+", "10.1.2.3/1", "127.255.255.255"},
		{"+", "10.1.2.3/20", "10.1.15.255"},
		{"-", "10.1.17.3/20", "10.1.16.0"},
		{"+", "10.1.2.3/30", "10.1.2.3"},
		{"+", "10.1.2.3/31", "invalid IP"},
		{"-", "10.1.2.3/32", "invalid IP"},
		{"10.1.2.99", "10.1.2.3/32", "10.1.2.99"},
		{"", "fd00::1/64", "invalid IP"},
	} {
		a := new(config)
		require.NoError(t, a.parseBroadcast(c.wish))
		require.Equal(t, c.want, a.bcast.of(netip.MustParsePrefix(c.entry), copied).String(), "%q for %s", c.wish, c.entry)
	}
}

func TestOldReleasesOfTheRedHatFamily(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"":                                                   false,
		"ID=debian\nVERSION_ID=\"12\"\n":                     false,
		"ID=\"rhel\"\nVERSION_ID=\"9.6\"\n":                  true,
		"ID=rhel\nVERSION_ID=10\n":                           true,
		"ID=rhel\nVERSION_ID=10.0\n":                         true,
		"ID=rhel\nVERSION_ID='10.1'\n":                       false,
		"ID=rhel\nVERSION_ID=10.10\n":                        false,
		"ID=rhel\nVERSION_ID=11\n":                           false,
		"ID=almalinux\nVERSION_ID=8.10\n":                    true,
		"ID=fedora\nVERSION_ID=42\n":                         false,
		"ID=centos\nVERSION_ID=9\n":                          true,
		"ID=\"ol\"\nVERSION_ID=\"7.9\"\n":                    true,
		"ID=opensuse-leap\nVERSION_ID=15\n":                  false,
		"ID=sles\nID_LIKE=\"suse rhel\"\nVERSION_ID=\"9\"\n": false,
		"ID=rocky\nVERSION_ID=garbage\n":                     false,
		"ID=rhel\n":                                          false,
	} {
		require.Equal(t, want, oldRedHat(ocf.ParseRelease(text)), "%q", text)
	}
}

func TestHeartbeatArguments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, arg string
		want      map[string]string
	}{
		{"IPaddr2", v4, p("ip", v4, "lvs_support", "1")},
		{"IPaddr2", v4 + "/24/eth0:web", p("ip", v4, "lvs_support", "1", "cidr_netmask", "24", "nic", "eth0:web")},
		{"IPaddr2", v4 + "/24/192.168.144.255", p("ip", v4, "lvs_support", "1", "cidr_netmask", "24", "broadcast", "192.168.144.255")},
		{"IPaddr2", v4 + "/24/eth0/192.168.144.255",
			p("ip", v4, "lvs_support", "1", "cidr_netmask", "24", "nic", "eth0", "broadcast", "192.168.144.255")},
		{"IPaddr2", v4 + "//eth0", p("ip", v4, "lvs_support", "1", "nic", "eth0")},
		{"IPaddr2", "[2001:db8::2]/64", p("ip", "2001:db8::2", "cidr_netmask", "64")},
		{"IPaddr2", "2001:db8::2", p("ip", "2001:db8::2")},
		{"IPaddr", v4 + "/24/eth0:web", p("ip", v4, "ocfbox_ping", "true", "cidr_netmask", "24", "nic", "eth0")},
	} {
		instance, params, ok := heartbeatParams(c.name, []string{c.arg})
		require.True(t, ok, c.arg)
		require.Equal(t, c.want, params, c.arg)
		require.Equal(t, c.name+"_"+params["ip"], instance)
	}
	for _, args := range [][]string{nil, {""}, {v4, "24"}, {v4 + "/24/eth0/1.2.3.4/5"}, {v4 + "/24/1.2.3.4/eth0"}} {
		_, _, ok := heartbeatParams("IPaddr2", args)
		require.False(t, ok, "%q", args)
	}
}

func TestIPv4Spelling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.0.0.1": "10.0.0.1", "1.02.3.4": "1.2.3.4", "255.255.255.255": "255.255.255.255", " 10.0.0.1\t": "10.0.0.1",
		"0.1.2.3": "", "1.002.3.4": "", "1.2.3": "", "1.2.3.4.5": "", "1.2.3.": "", "1.2.3.+4": "", "1.2.3.256": "", "": "",
		"1.2.3.0004": "", "10.0.0.1 x": "", "٣.1.1.1": "",
	} {
		a := new(config)
		err := a.parseIP(text)
		require.Equal(t, want != "", err == nil, "%q: %v", text, err)
		if err == nil {
			require.Equal(t, want, a.ip.String())
		}
	}
}

func FuzzParseIP(f *testing.F) {
	for _, seed := range []string{v4, v6, "fe80::2%eth0", "::ffff:1.2.3.4", "1:2:3", "1.02.3.4", ":", "%", "::%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a := new(config)
		if a.parseIP(text) != nil {
			require.False(t, a.ip.IsValid(), "%q", text)
			return
		}
		require.True(t, a.ip.IsValid())
		require.Empty(t, a.ip.Zone())
		again := new(config)
		require.NoError(t, again.parseIP(a.ip.String()))
		require.Equal(t, a.ip, again.ip)
	})
}

func FuzzMask(f *testing.F) {
	for _, seed := range []string{"24", "0", "129", "255.255.255.0", "255.0.255.0", "0.0.0.0", "1.", "+1", "0x8"} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, six bool) {
		a := &config{ip: netip.MustParseAddr(v4)}
		if six {
			a.ip = netip.MustParseAddr(v6)
		}
		var mask maskValue
		err := mask.parse(a)(text)
		switch {
		case err != nil:
			require.Zero(t, mask.bits)
		case text == "":
			require.Zero(t, mask.bits)
		default:
			require.True(t, mask.bits >= 1 && mask.bits <= a.ip.BitLen(), "%q: %d", text, mask.bits)
		}
	})
}

func FuzzHeartbeat(f *testing.F) {
	for _, seed := range []string{v4, v4 + "/24/eth0:web", v4 + "/24/1.2.3.4", "[" + v6 + "]/64", "/", "////", "[", "a/b/c/1"} {
		f.Add("IPaddr2", seed)
		f.Add("IPaddr", seed)
	}
	f.Fuzz(func(t *testing.T, name, arg string) {
		_, params, ok := heartbeatParams(name, []string{arg})
		if !ok {
			return
		}
		for key, value := range params {
			switch key {
			case "ip", "cidr_netmask", "nic", "broadcast":
				require.Contains(t, arg, value)
			case "lvs_support", heartbeatPing:
			default:
				t.Errorf("unknown parameter %q", key)
			}
		}
	})
}

func FuzzLifetime(f *testing.F) {
	for _, seed := range []string{"forever", "", "0", "0x10", "4294967295", "4294967296", "0x", "-1", "0x-1", "+1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var l lifetime
		if err := l.parse(text); err != nil {
			require.Empty(t, text)
			return
		}
		if l.bad == nil && text != "forever" {
			require.Regexp(t, `^([0-9]+|0x[0-9a-fA-F]+)$`, text)
		}
	})
}
