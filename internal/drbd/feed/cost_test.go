package feed_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/run/runtest"
)

const manyResources, manyVolumes = 64, 4

// many is a machine with 64 resources of 4 volumes each, as 8.4 or 9 would tell it.
func many(t testing.TB, number string) (feed.Source, *runtest.Script) {
	t.Helper()
	proc, answer := manyOf84()
	if number[0] == '9' {
		proc, answer = "", manyOf9()
	}
	script := &runtest.Script{Programs: map[string]runtest.Program{"drbdsetup": runtest.Says(0, answer)}}
	file := filepath.Join(t.TempDir(), "proc")
	require.NoError(t, os.WriteFile(file, []byte(version(number)+proc), 0o600))
	return feed.Source{Runner: script, Proc: file, Name: "alfa"}, script
}

func manyOf84() (proc, events string) {
	var rows, lines strings.Builder
	for r := range manyResources {
		fmt.Fprintf(&lines, "exists resource name:data%02d role:Primary suspended:no write-ordering:flush\n", r)
		fmt.Fprintf(&lines, "exists connection name:data%02d peer-node-id:0 conn-name:peer connection:Connected role:Secondary congested:no\n", r)
		for v := range manyVolumes {
			minor := r*manyVolumes + v
			rows.WriteString(row(fmt.Sprint(minor), "Primary/Secondary", "UpToDate/UpToDate"))
			fmt.Fprintf(&lines, "exists device name:data%02d volume:%d minor:%d disk:UpToDate size:1073741824 read:123456789 "+
				"written:123456789 al-writes:12345 bm-writes:0 upper-pending:0 lower-pending:0 al-suspended:no blocked:no\n", r, v, minor)
			fmt.Fprintf(&lines, "exists peer-device name:data%02d peer-node-id:0 conn-name:peer volume:%d replication:Established "+
				"peer-disk:UpToDate resync-suspended:no received:0 sent:123456789 out-of-sync:0 pending:0 unacked:0\n", r, v)
		}
	}
	return rows.String(), lines.String() + "exists -\n"
}

func manyOf9() string {
	var resources []string
	for r := range manyResources {
		var devices, copies []string
		for v := range manyVolumes {
			devices = append(devices, fmt.Sprintf(`{ "volume": %d, "minor": %d, "disk-state": "UpToDate", "client": false, "quorum": true,
	"size": 1073741824, "read": 123456789, "written": 123456789, "al-writes": 12345, "bm-writes": 0, "upper-pending": 0,
	"lower-pending": 0 }`, v, r*manyVolumes+v))
			copies = append(copies, fmt.Sprintf(`{ "volume": %d, "replication-state": "Established", "peer-disk-state": "UpToDate",
	"peer-client": false, "resync-suspended": "no", "received": 0, "sent": 123456789, "out-of-sync": 0, "pending": 0, "unacked": 0,
	"has-sync-details": false, "has-online-verify-details": false, "percent-in-sync": 100.00 }`, v))
		}
		resources = append(resources, fmt.Sprintf(`{ "name": "data%02d", "node-id": 0, "role": "Primary", "suspended": false,
	"suspended-user": false, "suspended-no-data": false, "suspended-fencing": false, "suspended-quorum": false,
	"force-io-failures": false, "write-ordering": "flush", "devices": [ %s ], "connections": [ { "peer-node-id": 1, "name": "bravo",
	"connection-state": "Connected", "congested": false, "peer-role": "Secondary", "ap-in-flight": 0, "rs-in-flight": 0,
	"peer_devices": [ %s ] } ] }`, r, strings.Join(devices, ", "), strings.Join(copies, ", ")))
	}
	return "[\n" + strings.Join(resources, ",\n") + "\n]\n"
}

// row C10: a sample of 64 resources with 4 volumes each costs less than 50 ms of CPU time and one command.
func TestRowC10ASampleOfManyVolumesIsCheap(t *testing.T) {
	for _, number := range []string{"8.4.11", "9.2.14"} {
		t.Run(number, func(t *testing.T) {
			source, script := many(t, number)
			best := time.Hour
			const runs = 5
			for range runs {
				before := cpuTime(t)
				view, err := source.Gather(context.Background(), feed.Options{Log: feed.LogWhenLost})
				best = min(best, cpuTime(t)-before)
				require.NoError(t, err)
				require.Empty(t, view.Host.Problems)
				require.Len(t, view.Host.Resources, manyResources)
				require.Len(t, view.Host.Resources[63].Volumes, manyVolumes)
				require.Equal(t, "data63", view.Host.Resources[63].Name)
			}
			assert.Len(t, script.Calls(), runs, "one command a sample")
			assert.Less(t, best, 50*time.Millisecond)
		})
	}
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkGather(b *testing.B) {
	for _, number := range []string{"8.4.11", "9.2.14"} {
		b.Run(number, func(b *testing.B) {
			source, _ := many(b, number)
			b.ReportAllocs()
			for b.Loop() {
				_, err := source.Gather(context.Background(), feed.Options{})
				require.NoError(b, err)
			}
		})
	}
}
