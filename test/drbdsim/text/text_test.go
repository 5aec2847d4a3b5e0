package text_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/drbdtest"
	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/text"
)

// view is a resource with one volume that is being synced to its peer.
func view(left, total int, size, read int64) core.View {
	return core.View{Generation: core.Gen84, Resources: []core.ResourceView{{
		Settings: core.Settings{Name: "r0"}, Role: core.Primary,
		Volumes: []core.VolumeView{{Disk: core.UpToDate, Size: size, Read: read, AL: 8}},
		Peers: []core.PeerView{{
			Conn: core.Connected, Role: core.Secondary, Protocol: "C",
			Volumes: []core.PeerVolumeView{{
				Repl: core.SyncSource, Disk: core.Inconsistent, OutOfSync: int64(left) * core.BlockKiB,
				Progress: &core.ProgressView{Left: left, Total: total, Elapsed: 9 * time.Second},
			}},
		}},
	}}}
}

// With the numbers of a recorded resync, /proc/drbd and the status are those that were recorded, line ends and bar included.
func TestRecordedNumbersGiveTheRecordedText(t *testing.T) {
	t.Parallel()
	c := drbdtest.File(drbdtest.DRBD84, "04-initial-sync", drbdtest.Alfa)
	require.Equal(t, c.Proc()[0], text.ProcFile(view(206388/4, 65525, 262100, 55712), text.Proc84, true))
	status, ok := c.Find("drbdsetup status r0 --verbose --statistics")
	require.True(t, ok)
	require.Equal(t, status.Stdout, text.Status(view(201460/4, 65525, 262100, 60640), text.Options{Verbose: true, Statistics: true}))
}

func TestASmallResyncJumpsInProc(t *testing.T) {
	t.Parallel()
	for left, want := range map[int]string{
		24348 / 4: "[====>...............] sync'ed: 28.6% (24348/25140)K",
		22296 / 4: "[====>...............] sync'ed: 28.6% (22296/25140)K",
		1000:      "[===================>] sync'ed:100.0% (4000/25140)K",
	} {
		got := text.ProcFile(view(left, 25140/4, 262100, 0), text.Proc84, true)
		require.Contains(t, got, want)
	}
}

func TestOlderFormsOfProc(t *testing.T) {
	t.Parallel()
	v := view(100, 1000, 4000, 0)
	require.Contains(t, text.ProcFile(v, text.Proc07, true), " 0: cs:SyncSource st:Primary/Secondary ld:Consistent\n    ns:0 nr:0 ")
	require.Contains(t, text.ProcFile(v, text.Proc83, true), " 0: cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----\n")
	require.NotContains(t, text.ProcFile(v, text.Proc9, true), "cs:")
}

func TestEventsTellWhatChangedAndWhatIsGone(t *testing.T) {
	t.Parallel()
	before := view(100, 1000, 4000, 0)
	after := view(100, 1000, 4000, 0)
	after.Resources[0].Role = core.Secondary
	old, now := text.Objects(before, false), text.Objects(after, false)
	require.Equal(t, []string{"change resource name:r0 role:Secondary suspended:no"}, text.Changes(old, now, now))
	gone := text.Changes(old, nil, nil)
	require.Len(t, gone, 4)
	require.Equal(t, "destroy peer-device name:r0 peer-node-id:0 conn-name:peer volume:0", gone[0])
	require.Equal(t, "destroy resource name:r0", gone[3])
}
