package drbd_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/drbdtest"
)

// procSeeds are texts of /proc/drbd to begin with.
func procSeeds(t testing.TB) []string {
	var seeds []string
	for _, folder := range drbdtest.Folders() {
		for _, c := range recorded[folder]() {
			for _, text := range c.Proc() {
				if !slices.Contains(seeds, text) {
					seeds = append(seeds, text)
				}
			}
		}
	}
	files, err := filepath.Glob("testdata/guide-0.7/*.txt")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		seeds = append(seeds, string(text))
	}
	return append(seeds, head07+" 0: cs:Connected st:Primary/Secondary ld:Consistent F\n"+row07,
		head82+" 0: cs:VerifyS st:Primary/Secondary ds:UpToDate/UpToDate C r---\n"+row84+"0\n 12%      65536/524288\n",
		head93+" 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n"+row84+"9\n\t[>.] sync'ed: 1.0% (9/10)Mfinish: ∞ speed: 0 (3s -- 1) want: 2 K/sec (stalled)\n")
}

// checkProc holds what is true of every text: bounds, no class without a reason, nothing in order that the text does not
// say, and that what was read can be printed and read again.
func checkProc(t *testing.T, text string) {
	for _, mode := range []drbd.Mode{drbd.Strict, drbd.Lenient} {
		h, err := drbd.ParseProc([]byte(text), mode)
		if err != nil {
			continue
		}
		require.LessOrEqual(t, len(h.Resources), 4096)
		require.LessOrEqual(t, len(h.Problems), 16)
		report := drbd.Classify(drbd.Observation{Local: h})
		require.NotEqual(t, drbd.NoClass, report.Class)
		require.NotEmpty(t, report.Reason)
		if report.Class == drbd.OK {
			lower := strings.ToLower(text)
			require.True(t, strings.Contains(lower, "cs:connected") || strings.Contains(lower, "cs:verify"), "%q", text)
			require.Contains(t, lower, kind(h), "%q", text)
		}
		if mode == drbd.Strict && h.Version.Generation == drbd.Gen84 {
			checkPrinted(t, h)
		}
	}
}

// kind is the word for a good disk in a host's version.
func kind(h drbd.Host) string {
	if h.Version.Generation == drbd.Gen07 {
		return "consistent"
	}
	return "uptodate"
}

// checkPrinted prints the rows that were read as 8.4 does, and reads them again.
func checkPrinted(t *testing.T, h drbd.Host) {
	h.Problems = nil
	h.Resources = slices.DeleteFunc(h.Resources, func(r drbd.Resource) bool {
		return r.Volumes[0].Problem != "" || r.Volumes[0].Unconfigured || r.Peers[0].Volumes[0].Disk == drbd.DiskHidden
	})
	for i := range h.Resources {
		h.Resources[i].Peers[0].Volumes[0].Progress = nil
	}
	again, err := drbd.ParseProc([]byte(printed(h)), drbd.Strict)
	require.NoError(t, err)
	if len(h.Resources) == 0 {
		require.Empty(t, again.Resources)
		return
	}
	require.Equal(t, h.Resources, again.Resources)
}

// printed is a host's rows as 8.4 prints them.
func printed(h drbd.Host) string {
	text := "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: F73C\n"
	for _, r := range h.Resources {
		v, p := r.Volumes[0], r.Peers[0]
		c := p.Volumes[0]
		connection := c.Replication.String()
		switch {
		case p.Connection == drbd.Connecting:
			connection = "WFConnection"
		case p.Connection != drbd.Connected || c.Replication == drbd.Established:
			connection = p.Connection.String()
		}
		text += fmt.Sprintf("%2d: cs:%s ro:%s/%s ds:%s/%s %1s %s\n    ns:%d nr:%d dw:%d dr:%d al:%d bm:%d lo:%d pe:%d ua:%d ap:%d ep:1",
			v.Minor, connection, r.Role, p.Role, v.Disk, c.Disk, p.Protocol, flags(r),
			c.SentKiB, c.ReceivedKiB, v.WrittenKiB, v.ReadKiB, v.ALWrites, v.BMWrites, v.LowerPending, c.Pending, c.Unacked, v.UpperPending)
		if r.WriteOrdering != "" {
			text += " wo:" + r.WriteOrdering[:1]
		}
		text += fmt.Sprintf(" oos:%d\n", c.OutOfSyncKiB)
	}
	return text
}

// flags are the six of a row.
func flags(r drbd.Resource) string {
	v, p := r.Volumes[0], r.Peers[0]
	pick := func(yes bool, flag byte) byte {
		if yes {
			return flag
		}
		return '-'
	}
	paused := p.Volumes[0].Paused
	all := []byte{'r', pick(slices.Contains(paused, "dependency"), 'a'), pick(slices.Contains(paused, "peer"), 'p'),
		pick(slices.Contains(paused, "user"), 'u'), '-', pick(v.ALSuspended, 's')}
	if len(r.Suspended) > 0 {
		all[0] = 's'
	}
	switch {
	case p.Congested && v.Blocked != "":
		all[4] = 'a'
	case p.Congested:
		all[4] = 'n'
	case v.Blocked == "lower":
		all[4] = 'b'
	case v.Blocked == "upper":
		all[4] = 'd'
	}
	return string(all)
}

func FuzzParseProc(f *testing.F) {
	for _, seed := range procSeeds(f) {
		f.Add(seed)
	}
	f.Fuzz(checkProc)
}

// FuzzClassifyPair judges two texts as the views of two hosts, and as two samples of one.
func FuzzClassifyPair(f *testing.F) {
	seeds := procSeeds(f)
	for i, seed := range seeds {
		f.Add(seed, seeds[(i*7+1)%len(seeds)])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		local, err := drbd.ParseProc([]byte(a), drbd.Strict)
		if err != nil {
			return
		}
		other, err := drbd.ParseProc([]byte(b), drbd.Strict)
		if err != nil {
			return
		}
		alone := drbd.Classify(drbd.Observation{Local: local})
		both := drbd.Classify(drbd.Observation{Local: local, Remote: &other, Before: &other, Track: (*drbd.Track)(nil).Next(other)})
		require.GreaterOrEqual(t, both.Class, alone.Class, "knowing more made it better")
	})
}

func FuzzParseRoles(f *testing.F) {
	for _, seed := range []string{"Primary/Secondary\n", "Secondary/Unknown\nSecondary/Unknown\n", "Primary\n", "Unconfigured\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		roles, err := drbd.ParseRoles(text)
		require.Equal(t, err == nil, len(roles) > 0)
		again := ""
		for _, r := range roles {
			switch {
			case r.Unconfigured:
				again += "Unconfigured\n"
			case r.PeerTold:
				again += r.Local.String() + "/" + r.Peer.String() + "\n"
			default:
				again += r.Local.String() + "\n"
			}
		}
		if err == nil {
			read, err := drbd.ParseRoles(again)
			require.NoError(t, err)
			require.Equal(t, roles, read)
		}
	})
}

func FuzzParseDisks(f *testing.F) {
	for _, seed := range []string{"UpToDate/Inconsistent\n", "UpToDate/Outdated/DUnknown\n", "Consistent\n", "Unconfigured\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		disks, err := drbd.ParseDisks(text)
		require.Equal(t, err == nil, len(disks) > 0)
		for _, d := range disks {
			require.True(t, d.Unconfigured || d.Local > drbd.DiskHidden)
			require.NotContains(t, d.Peers, drbd.DiskUnknown)
		}
	})
}

func FuzzParseLinks(f *testing.F) {
	for _, seed := range []string{"WFConnection\n", "SyncTarget\nConnected\n", "StandAlone\n", "Unconfigured\n"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, nine bool) {
		generation := drbd.Gen84
		if nine {
			generation = drbd.Gen9
		}
		links, err := drbd.ParseLinks(text, generation)
		require.Equal(t, err == nil, len(links) > 0)
		for _, l := range links {
			require.True(t, l.Unconfigured || l.Connection != drbd.ConnUnknown)
			require.False(t, nine && l.Replication > drbd.Off, "9 does not tell a resync here")
		}
	})
}

// Row S25: thousands of mutations of what real kernels printed here, and millions by make fuzz.
func TestMutatedTextsNeverPanicAndAreNeverInOrderByAccident(t *testing.T) {
	t.Parallel()
	seeds := procSeeds(t)
	dice := rand.New(rand.NewPCG(6, 2026))
	for range 20000 {
		checkProc(t, mutated(dice, seeds))
	}
	assert.NotEmpty(t, seeds)
}

// mutated is a seed with bytes changed, cut out, doubled or taken from another seed.
func mutated(dice *rand.Rand, seeds []string) string {
	text := seeds[dice.IntN(len(seeds))]
	for range 1 + dice.IntN(4) {
		if text == "" {
			break
		}
		at := dice.IntN(len(text))
		end := min(len(text), at+1+dice.IntN(12))
		switch dice.IntN(5) {
		case 0:
			text = text[:at] + text[end:]
		case 1:
			text = text[:end] + text[at:]
		case 2:
			text = text[:at] + string(rune(dice.IntN(256))) + text[at+1:]
		case 3:
			other := seeds[dice.IntN(len(seeds))]
			text = text[:at] + other[dice.IntN(len(other)):]
		case 4:
			text = text[:at] + " :/%()\n\t-"[dice.IntN(9):][:1] + text[end:]
		}
	}
	return text
}
