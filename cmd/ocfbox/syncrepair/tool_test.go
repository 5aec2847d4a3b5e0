package syncrepair

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
)

// A pair is two files of 1 MiB, of which the second has two foreign blocks, and the result of their comparison.
type pair struct {
	t                  *testing.T
	a, b, result, plan string
	view               feed.View
	viewError          error
}

func newPair(t *testing.T) *pair {
	t.Helper()
	dir := t.TempDir()
	p := &pair{t: t, a: filepath.Join(dir, "a"), b: filepath.Join(dir, "b"), result: filepath.Join(dir, "result"), plan: filepath.Join(dir, "plan")}
	content := bytes.Repeat([]byte("good"), 1<<18)
	require.NoError(t, os.WriteFile(p.a, content, 0o600))
	content[5000], content[900000] = 'x', 'x'
	require.NoError(t, os.WriteFile(p.b, content, 0o600))
	p.compare()
	return p
}

// compare writes the result of a comparison, and is its code.
func (p *pair) compare() int {
	p.t.Helper()
	var out bytes.Buffer
	tool := syncverify.Tool{Stdout: &out, Stderr: &out}
	code, err := tool.Run(p.t.Context(), syncverify.Options{Devices: []string{p.a, p.b}, Offline: true, Output: "json", Quiet: false})
	require.NoError(p.t, err)
	require.NoError(p.t, os.WriteFile(p.result, out.Bytes(), 0o600))
	return code
}

// run is the code and what was printed, or the failure.
func (p *pair) run(o Options) (code int, stdout string, failed *syncverify.Failure) {
	p.t.Helper()
	var out, errout bytes.Buffer
	tool := Tool{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errout,
		View: func(context.Context) (feed.View, error) { return p.view, p.viewError },
	}
	code, err := tool.Run(p.t.Context(), o)
	if err != nil {
		require.ErrorAs(p.t, err, &failed)
		return failed.ExitCode(), out.String(), failed
	}
	return code, out.String(), nil
}

func TestAPlanIsShownAndThenCarriedOut(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	before, err := os.ReadFile(p.b)
	require.NoError(t, err)
	code, out, failed := p.run(Options{Result: p.result, Direction: "a-to-b", Plan: p.plan})
	require.Nil(t, failed)
	require.Equal(t, 1, code, "there is something to do")
	require.Contains(t, out, "PLAN: copy 8192 bytes in 2 ranges from "+p.a+" to "+p.b+" (0.781 % of 1048576 bytes)\n")
	require.Contains(t, out, "copy: offset=4096 length=4096\n")
	require.Contains(t, out, "ocfbox sync repair --apply --plan "+p.plan+" --yes-overwrite "+p.b+"\n")
	now, err := os.ReadFile(p.b)
	require.NoError(t, err)
	require.Equal(t, before, now)

	code, out, failed = p.run(Options{Apply: true, Plan: p.plan, Named: p.b})
	require.Nil(t, failed)
	require.Zero(t, code)
	require.Equal(t, "REPAIRED: 8192 bytes written, 0 were so before; what was overwritten is in "+p.plan+".undo\n", out)
	require.Zero(t, p.compare(), "compared once more")
	code, out, _ = p.run(Options{Result: p.result, Direction: "a>b"})
	require.Zero(t, code)
	require.Contains(t, out, "nothing differs any more")

	code, out, failed = p.run(Options{Revert: p.plan + ".undo", Named: p.b, Output: "json"})
	require.Nil(t, failed)
	require.Zero(t, code)
	require.JSONEq(t, `{"written":8192,"already":0,"remaining":[],"complete":true}`, out)
	now, err = os.ReadFile(p.b)
	require.NoError(t, err)
	require.Equal(t, before, now)
}

func TestTheOtherDirectionWritesTheOtherDevice(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	b, err := os.ReadFile(p.b)
	require.NoError(t, err)
	_, _, failed := p.run(Options{Result: p.result, Direction: "B>A", Plan: p.plan})
	require.Nil(t, failed)
	code, _, failed := p.run(Options{Apply: true, Plan: p.plan, Named: p.b})
	require.Equal(t, 5, code)
	require.ErrorContains(t, failed, "nobody has agreed that "+p.a+" is overwritten")
	require.Equal(t, "--yes-overwrite "+p.a, failed.Hint)
	code, _, _ = p.run(Options{Apply: true, Plan: p.plan, Named: p.a})
	require.Zero(t, code)
	a, err := os.ReadFile(p.a)
	require.NoError(t, err)
	require.Equal(t, b, a)
}

func TestWhatIsRefusedIsNotWritten(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	code, _, failed := p.run(Options{Result: p.result})
	require.Equal(t, 5, code)
	require.Contains(t, failed.Hint, "--direction 'a>b'")
	_, _, failed = p.run(Options{Result: p.result, Direction: "a>b", Plan: p.plan})
	require.Nil(t, failed)
	_, _, failed = p.run(Options{Result: p.result, Direction: "a>b", Plan: p.plan})
	require.ErrorIs(t, failed, os.ErrExist)

	before, err := os.ReadFile(p.b)
	require.NoError(t, err)
	reader, err := os.Open(p.b)
	require.NoError(t, err)
	code, out, failed := p.run(Options{Apply: true, Plan: p.plan, Named: p.b, MaxRepair: 0.5})
	require.Equal(t, 5, code)
	require.Empty(t, out)
	require.ErrorContains(t, failed, "is in use: somebody has it open")
	require.NoError(t, reader.Close())
	code, _, failed = p.run(Options{Apply: true, Plan: p.plan, Named: p.b, MaxRepair: 0.5})
	require.Equal(t, 5, code)
	require.ErrorContains(t, failed, "0.8 % of the data differ")
	now, err := os.ReadFile(p.b)
	require.NoError(t, err)
	require.Equal(t, before, now)
	require.NoFileExists(t, p.plan+".undo")

	// Another file in the place of the one that was compared.
	require.NoError(t, os.Rename(p.b, p.b+".old"))
	require.NoError(t, os.WriteFile(p.b, before, 0o600))
	code, _, failed = p.run(Options{Result: p.result, Direction: "a>b"})
	require.Equal(t, 5, code)
	require.ErrorContains(t, failed, "is not the device that was compared")
}

func TestWhatCannotBeKeptIsNotOverwritten(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	_, _, failed := p.run(Options{Result: p.result, Direction: "a>b", Plan: p.plan})
	require.Nil(t, failed)
	code, _, failed := p.run(Options{Apply: true, Plan: p.plan, Named: p.b, Undo: "/dev/full"})
	require.Equal(t, 2, code)
	require.ErrorContains(t, failed, "no space left on device")
	require.Equal(t, 1, p.compare())
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	rubbish := filepath.Join(t.TempDir(), "rubbish")
	require.NoError(t, os.WriteFile(rubbish, []byte("{"), 0o600))
	for want, o := range map[string]Options{
		"the result of a comparison is needed": {},
		"--output cannot be":                   {Output: "yaml"},
		"--direction cannot be":                {Result: p.result, Direction: "a<b"},
		"--apply carries out a plan":           {Apply: true},
		"--revert stands alone":                {Apply: true, Revert: "x"},
		"--max-repair is a share":              {MaxRepair: 101},
		"no such file":                         {Apply: true, Plan: p.plan},
		"is no result of a comparison":         {Result: rubbish, Direction: "a>b"},
		"not a plan of a repair":               {Apply: true, Plan: rubbish},
		"not the undo file of this repair":     {Revert: rubbish},
		`DRBD has no resource "r9" here`:       {Result: p.result, Direction: "a>b", DRBD: "r9/0"},
		`--drbd: "x" is no volume`:             {Result: p.result, Direction: "a>b", DRBD: "r0/x"},
	} {
		code, _, failed := p.run(o)
		require.NotNil(t, failed, want)
		require.ErrorContains(t, failed, want)
		require.Equal(t, 2, code, want)
	}
}

// The result of a comparison with another host names its device so.
func TestWhatIsOnAnotherHostIsNotTakenForAFile(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	text, err := os.ReadFile(p.result)
	require.NoError(t, err)
	var document map[string]any
	require.NoError(t, json.Unmarshal(text, &document))
	document["b"].(map[string]any)["path"] = "bravo:/dev/vdb"
	text, err = json.Marshal(document)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(p.result, text, 0o600))
	_, _, failed := p.run(Options{Result: p.result, Direction: "a>b"})
	require.ErrorContains(t, failed, "bravo:/dev/vdb is on another host")
}

// Row R1: the commands are made of what DRBD says here.
func TestTheCommandsForDRBDAreOfItsOwnState(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	volume := drbd.PeerVolume{Replication: drbd.Established}
	p.view.Host = drbd.Host{
		Name: "alfa", Version: drbd.Version{Generation: drbd.Gen9},
		Resources: []drbd.Resource{{
			Name: "r0", Role: drbd.Primary, Volumes: []drbd.Volume{{Minor: 7}},
			Peers: []drbd.Peer{{Name: "bravo", NodeID: 1, Connection: drbd.Connected, Role: drbd.Secondary, Volumes: []drbd.PeerVolume{volume}}},
		}},
	}
	code, out, failed := p.run(Options{Result: p.result, Direction: "a>b", DRBD: "r0/0"})
	require.Nil(t, failed)
	require.Equal(t, 1, code)
	require.Equal(t, "on alfa: drbdsetup verify r0 1 0 --start=8s --stop=1760s\n"+
		"on alfa: ocfbox sync watch r0 # until it no longer verifies\n"+
		"on bravo: drbdadm invalidate --reset-bitmap=no r0/0\n", out)
	code, _, failed = p.run(Options{Result: p.result, Direction: "b>a", DRBD: "r0/0"})
	require.Equal(t, 5, code)
	require.ErrorContains(t, failed, "alfa is primary")
	peer := &p.view.Host.Resources[0].Peers[0]
	peer.Connection = drbd.Connecting
	_, _, failed = p.run(Options{Result: p.result, Direction: "a>b", DRBD: "r0"})
	require.ErrorContains(t, failed, "DRBD is not connected")
	_, _, failed = p.run(Options{Result: p.result, Direction: "a>b", DRBD: "r0", Peer: "charlie"})
	require.ErrorContains(t, failed, "no such peer")
	_, _, failed = p.run(Options{Result: p.result, Direction: "a>b", DRBD: "r0/3"})
	require.ErrorContains(t, failed, "r0 has no volume 3")
	p.viewError = errors.New("no answer")
	_, _, failed = p.run(Options{Result: p.result, Direction: "a>b", DRBD: "r0"})
	require.ErrorContains(t, failed, "no answer")
}
