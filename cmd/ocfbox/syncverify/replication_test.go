package syncverify

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

// connected is a resource of two nodes that is well.
func connected() *drbd.Resource {
	return &drbd.Resource{
		Name: "r0", Role: drbd.Primary, Volumes: []drbd.Volume{{Minor: 0, Disk: drbd.UpToDate, Backing: "/dev/vg/r0"}},
		Peers: []drbd.Peer{{Name: "bravo", Connection: drbd.Connected, Role: drbd.Secondary,
			Volumes: []drbd.PeerVolume{{Replication: drbd.Established, Disk: drbd.UpToDate, OOSKnown: true}}}},
	}
}

func TestTheStateOfDRBDSaysWhatADifferenceIsWorth(t *testing.T) {
	well := judged(connected(), &connected().Volumes[0], "bravo")
	require.True(t, well.Connected && well.Quiet && !well.Resync)
	require.Zero(t, well.OutOfSync)
	for name, test := range map[string]struct {
		change func(*drbd.Resource)
		want   func(verify.State) bool
	}{
		"a lost connection": {
			func(r *drbd.Resource) { r.Peers[0].Connection = drbd.Connecting },
			func(s verify.State) bool { return !s.Connected && s.OutOfSync == -1 && s.Epoch != well.Epoch },
		},
		"a resync": {
			func(r *drbd.Resource) { r.Peers[0].Volumes[0].Replication = drbd.SyncTarget },
			func(s verify.State) bool { return !s.Connected && s.Resync && s.Epoch != well.Epoch },
		},
		"another role": {
			func(r *drbd.Resource) { r.Role = drbd.Secondary },
			func(s verify.State) bool { return s.Connected && s.Epoch != well.Epoch },
		},
		"a verify of DRBD's own": {
			func(r *drbd.Resource) { r.Peers[0].Volumes[0].Replication = drbd.VerifyS },
			func(s verify.State) bool { return s == well },
		},
		"a write that is not acknowledged": {
			func(r *drbd.Resource) { r.Peers[0].Volumes[0].Unacked = 1 },
			func(s verify.State) bool { return s.Connected && !s.Quiet },
		},
		"a write that is not complete": {
			func(r *drbd.Resource) { r.Volumes[0].UpperPending = 1 },
			func(s verify.State) bool { return s.Connected && !s.Quiet },
		},
		"what is out of sync": {
			func(r *drbd.Resource) { r.Peers[0].Volumes[0].OutOfSyncKiB = 12 },
			func(s verify.State) bool { return s.Connected && s.OutOfSync == 12<<10 },
		},
		"a third node that is away": {
			func(r *drbd.Resource) {
				r.Peers = append(r.Peers, drbd.Peer{Name: "carla", Volumes: []drbd.PeerVolume{{}}})
			},
			func(s verify.State) bool { return s == well },
		},
		"nobody of that name": {
			func(r *drbd.Resource) { r.Peers[0].Name, r.Peers[0].Connection = "peer", drbd.StandAlone },
			func(s verify.State) bool { return !s.Connected },
		},
		"no peer at all": {
			func(r *drbd.Resource) { r.Peers = nil },
			func(s verify.State) bool { return !s.Connected && s.OutOfSync == -1 },
		},
	} {
		r := connected()
		test.change(r)
		require.True(t, test.want(judged(r, &r.Volumes[0], "bravo")), "%s: %+v", name, judged(r, &r.Volumes[0], "bravo"))
	}
}

func TestBothSidesTogetherAreAsGoodAsTheWorse(t *testing.T) {
	good := verify.State{Connected: true, Quiet: true, Epoch: "a"}
	bad := verify.State{Resync: true, OutOfSync: 4096, Epoch: "b"}
	require.Equal(t, verify.State{Resync: true, OutOfSync: 4096, Epoch: "a | b"}, good.And(bad))
	require.Equal(t, int64(-1), good.And(verify.State{OutOfSync: -1}).OutOfSync, "one side does not tell")
}

// Row V29: differences that DRBD knows of are told apart from those that it believes to be equal.
func TestRowV29DifferencesAreLabelledByWhatDRBDKnows(t *testing.T) {
	data := content(2 << 20)
	a := withMetaData(data, 2<<20+64<<10, 2<<20)
	b := bytes.Clone(a)
	b[0] ^= 1
	b[1<<20] ^= 1
	super := len(a) - 4096
	// The bitmap lies 32 sectors before the superblock; the first block is marked.
	putBig(b[super+76:], 0xffffffe0)
	putBig(b[super+80:], 4096)
	clear(b[super-32*512 : super])
	b[super-32*512] = 1
	got := compare(t, t.Context(), files(t, a, b), nil)
	require.NoError(t, got.err)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "known to DRBD as out of sync: 4096 bytes; believed by DRBD to be equal: 4096 bytes (by its bitmap)\n")

	paths := files(t, a, b)
	device, err := block.Open(paths[1], block.OpenOptions{})
	require.NoError(t, err)
	defer device.Close()
	_, super2, err := dataOf(device, Options{})
	require.NoError(t, err)
	sides := [2]side{{}, {device: device, super: super2}}
	tool := &Tool{Stderr: io.Discard}
	for want, now := range map[string]verify.State{
		byCounter: {Connected: true}, byHint: {Connected: true, OutOfSync: 4096},
	} {
		result := verify.Result{Ranges: block.Ranges{{Offset: 0, Length: 4096}, {Offset: 1 << 20, Length: 4096}}}
		tool.label(t.Context(), &result, sides, func(context.Context) verify.State { return now })
		require.Equal(t, want, result.KnownBy)
		require.Equal(t, want == byHint, result.Known.Bytes() == 4096)
		require.Equal(t, result.Ranges.Bytes(), result.Known.Bytes()+result.Unknown.Bytes())
	}
	result := verify.Result{Ranges: block.Ranges{{Offset: 0, Length: 4096}}}
	tool.label(t.Context(), &result, [2]side{}, nil)
	require.Empty(t, result.KnownBy, "nothing is known of a pair without DRBD")
}

func putBig(b []byte, v uint32) {
	b[0], b[1], b[2], b[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
}

// freezer is one that runs here, and what it is told and says.
type freezer struct {
	to, said *os.File
	code     chan int
}

func freezing(t *testing.T, runner run.Runner, request string) freezer {
	t.Helper()
	in, to, err := os.Pipe()
	require.NoError(t, err)
	said, out, err := os.Pipe()
	require.NoError(t, err)
	code := make(chan int, 1)
	go func() {
		code <- Freezer(in, out, runner)
		out.Close()
	}()
	_, err = to.WriteString(request + "\n")
	require.NoError(t, err)
	return freezer{to, said, code}
}

// Row V14: whoever stops the writers lets them go on, also when the one who asked is gone.
func TestWritersGoOnWhateverBecomesOfTheOneWhoStoppedThem(t *testing.T) {
	for name, test := range map[string]struct {
		end    func(freezer)
		within time.Duration
	}{
		"it is told to":                     {func(f freezer) { _, _ = f.to.WriteString("\n") }, time.Second},
		"the one who asked has died":        {func(f freezer) { f.to.Close() }, time.Second},
		"nobody says anything for too long": {func(freezer) {}, verify.MaxFrozen + time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := &runtest.Script{Programs: map[string]runtest.Program{"drbdsetup": runtest.Says(0, "")}}
			f := freezing(t, script, FreezeIO+" 7")
			began := time.Now()
			test.end(f)
			require.Zero(t, <-f.code)
			require.Less(t, time.Since(began), test.within)
			require.Equal(t, []string{"drbdsetup suspend-io 7", "drbdsetup resume-io 7"}, script.Lines())
			said, err := io.ReadAll(f.said)
			require.NoError(t, err)
			require.Equal(t, "frozen\nthawed\n", string(said))
		})
	}
	f := freezing(t, &runtest.Script{}, FreezeFS+" "+filepath.Join(t.TempDir(), "none"))
	require.Equal(t, 1, <-f.code)
	said, err := io.ReadAll(f.said)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(string(said), "no such file or directory\n"), string(said))
}

func TestWhatIsNotMountedHereCannotBeFrozen(t *testing.T) {
	_, err := toFreeze(t.Context(), [2]side{}, FreezeFS)
	require.ErrorContains(t, err, "nothing on this host can be stopped by fsfreeze")
}
