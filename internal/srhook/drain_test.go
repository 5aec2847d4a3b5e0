package srhook

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

const old = time.Hour

// A bench is an instance's folder and a cluster.
type bench struct {
	t       *testing.T
	folder  string
	cluster *crmtest.Cluster
	runner  run.Runner
}

func newBench(t *testing.T) *bench {
	c := crmtest.New("suse01", "suse02")
	return &bench{t, t.TempDir(), c, c}
}

// leave leaves a file of an age.
func (b *bench) leave(name, text string, age time.Duration) {
	path := filepath.Join(b.folder, name)
	require.NoError(b.t, os.WriteFile(path, []byte(text), 0o640))
	when := time.Now().Add(-age)
	require.NoError(b.t, os.Chtimes(path, when, when))
}

func (b *bench) drain() []Outcome {
	d := &Drainer{Cluster: &crm.Cluster{Runner: b.runner}, SID: sid, UID: uint32(os.Geteuid())}
	outcomes, err := d.Drain(b.t.Context(), b.folder)
	require.NoError(b.t, err)
	return outcomes
}

func (b *bench) value(site Site) string {
	value, err := (&crm.Cluster{Runner: b.cluster}).Get(b.t.Context(), Attribute(sid, site))
	if err != nil {
		require.ErrorIs(b.t, err, crm.ErrNoAttribute)
	}
	return value
}

func (b *bench) files() []string {
	entries, err := os.ReadDir(b.folder)
	require.NoError(b.t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestAFileIsWrittenAndRemoved(t *testing.T) {
	for _, row := range []struct {
		name, file, text, want string
		site                   Site
	}{
		{"as ours leaves it", ".crm_attribute.ROT", "hana_ha1_site_srHook_ROT = SFAIL\n", "SFAIL", "ROT"},
		{"as SUSE's leaves it", ".crm_attribute.WDF", "hana_ha1_site_srHook_WDF = SOK", "SOK", "WDF"},
		{"row H21: a site with dash and underscore", ".crm_attribute.S_1-x", "hana_ha1_site_srHook_S_1-x = SFAIL\n", "SFAIL", "S_1-x"},
		{"left by a drain that was killed", ".ocfbox_drain.ROT", "hana_ha1_site_srHook_ROT = SFAIL\n", "SFAIL", "ROT"},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(t)
			b.leave(row.file, row.text, old)
			outcomes := b.drain()
			require.Len(t, outcomes, 1)
			require.NoError(t, outcomes[0].Err)
			require.InDelta(t, old, outcomes[0].Age, float64(time.Minute))
			require.Equal(t, row.want, b.value(row.site))
			require.Empty(t, b.files())
			require.Empty(t, b.drain(), "again, and nothing happens")
		})
	}
}

func TestAFileIsKeptUntilTheClusterHasItsValue(t *testing.T) {
	b := newBench(t)
	b.leave(".crm_attribute.ROT", "hana_ha1_site_srHook_ROT = SFAIL\n", old)
	for name, program := range map[string]runtest.Program{
		"the cluster is not running": runtest.Complains(102, "crm_attribute: Could not connect"),
		"no answer in time":          runtest.Fails(run.ErrTimeout),
		"no such program":            runtest.Fails(run.ErrNotFound),
		"refused":                    runtest.Complains(4, "Insufficient privileges"),
	} {
		b.runner = &runtest.Script{Programs: map[string]runtest.Program{"crm_attribute": program}}
		outcomes := b.drain()
		require.Len(t, outcomes, 1, name)
		require.Error(t, outcomes[0].Err, name)
		require.Equal(t, SFAIL, outcomes[0].Value)
		require.Equal(t, []string{".crm_attribute.ROT"}, b.files(), name)
	}
	b.runner = b.cluster
	require.NoError(t, b.drain()[0].Err)
	require.Equal(t, "SFAIL", b.value("ROT"))
}

func TestWhatIsNoFallbackFileIsSetAsideOrLeftAlone(t *testing.T) {
	good := "hana_ha1_site_srHook_ROT = SFAIL\n"
	for _, row := range []struct {
		name  string
		make  func(*bench, string)
		stays bool
	}{
		{"another value", func(b *bench, _ string) { b.leave(".crm_attribute.ROT", "hana_ha1_site_srHook_ROT = PRIM\n", old) }, false},
		{"another site than its name says", func(b *bench, _ string) { b.leave(".crm_attribute.ROT", "hana_ha1_site_srHook_WDF = SOK\n", old) }, false},
		{"half a line, long ago", func(b *bench, _ string) { b.leave(".crm_attribute.ROT", good[:28], old) }, false},
		{"half a line, just now", func(b *bench, _ string) { b.leave(".crm_attribute.ROT", good[:28], 0) }, true},
		{"an empty file, just now", func(b *bench, _ string) { b.leave(".crm_attribute.ROT", "", 0) }, true},
		{"a huge file", func(b *bench, _ string) { b.leave(".crm_attribute.ROT", good+strings.Repeat("x", 5000), old) }, false},
		{"a link", func(b *bench, path string) {
			b.leave("target", good, old)
			require.NoError(b.t, os.Symlink("target", path))
		}, false},
		{"a pipe", func(b *bench, path string) { require.NoError(b.t, unix.Mkfifo(path, 0o600)) }, false},
		{"a folder", func(b *bench, path string) { require.NoError(b.t, os.Mkdir(path, 0o700)) }, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(t)
			row.make(b, filepath.Join(b.folder, ".crm_attribute.ROT"))
			outcomes := b.drain()
			require.Len(t, outcomes, 1)
			require.Error(t, outcomes[0].Err)
			require.Equal(t, !row.stays, outcomes[0].Bad)
			require.Empty(t, b.value("ROT"))
			require.Empty(t, b.value("WDF"))
			require.Equal(t, row.stays, exists(filepath.Join(b.folder, ".crm_attribute.ROT")))
			require.Equal(t, !row.stays, exists(filepath.Join(b.folder, ".crm_attribute_bad.ROT")))
			require.False(t, exists(filepath.Join(b.folder, ".ocfbox_drain.ROT")))
		})
	}
}

func TestStageFilesAreNobodysBusiness(t *testing.T) {
	b := newBench(t)
	b.leave(".crm_attribute.stage.ROT", "hana_ha1_site_srHook_ROT = SF", old)
	b.leave(".ocfbox_stage.ROT.17.1", "hana_ha1_site_srHook_ROT = SF", old)
	b.leave(".crm_attribute_bad.ROT", "?", old)
	require.Empty(t, b.drain())
	require.Len(t, b.files(), 3)
}

func TestANewerFileOutweighsTheOneOfAKilledDrain(t *testing.T) {
	b := newBench(t)
	b.leave(".ocfbox_drain.ROT", "hana_ha1_site_srHook_ROT = SFAIL\n", old)
	b.leave(".crm_attribute.ROT", "hana_ha1_site_srHook_ROT = SOK\n", 0)
	outcomes := b.drain()
	require.Len(t, outcomes, 1)
	require.Equal(t, "SOK", b.value("ROT"))
	require.Empty(t, b.files())
	require.Equal(t, 1, b.cluster.Started("crm_attribute")-1, "the older value was not written in between")
}

// The provider leaves a newer value while ours is being written: it is written next.
func TestWhatComesWhileDrainingIsWrittenNext(t *testing.T) {
	b := newBench(t)
	b.leave(".crm_attribute.ROT", "hana_ha1_site_srHook_ROT = SFAIL\n", old)
	first := true
	b.runner = runnerFunc(func(ctx context.Context, cmd run.Cmd) (run.Result, error) {
		if first {
			first = false
			require.Equal(t, []string{".ocfbox_drain.ROT"}, b.files(), "the provider sees that its file was taken")
			b.leave(".crm_attribute.ROT", "hana_ha1_site_srHook_ROT = SOK\n", 0)
		}
		return b.cluster.Run(ctx, cmd)
	})
	require.Len(t, b.drain(), 2)
	require.Equal(t, "SOK", b.value("ROT"))
	require.Empty(t, b.files())
}

// The cluster refuses ours, and a newer value has come meanwhile: ours is of no use any more.
func TestANewerFileIsNotReplacedByOneThatIsGivenBack(t *testing.T) {
	b := newBench(t)
	b.leave(".crm_attribute.ROT", "hana_ha1_site_srHook_ROT = SFAIL\n", old)
	b.runner = runnerFunc(func(context.Context, run.Cmd) (run.Result, error) {
		b.leave(".crm_attribute.ROT", "hana_ha1_site_srHook_ROT = SOK\n", 0)
		return run.Result{Code: 102}, nil
	})
	b.drain()
	b.runner = b.cluster
	b.drain()
	require.Equal(t, "SOK", b.value("ROT"))
	require.Empty(t, b.files())
}

type runnerFunc func(context.Context, run.Cmd) (run.Result, error)

func (f runnerFunc) Run(ctx context.Context, cmd run.Cmd) (run.Result, error) { return f(ctx, cmd) }

func TestSeveralDrainsAtOnceWriteEachFileOnce(t *testing.T) {
	b := newBench(t)
	const sites = 20
	for i := range sites {
		b.leave(fmt.Sprintf(".crm_attribute.S%d", i), fmt.Sprintf("hana_ha1_site_srHook_S%d = SFAIL\n", i), old)
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	written := map[Site]int{}
	for range 4 {
		all.Go(func() {
			d := &Drainer{Cluster: &crm.Cluster{Runner: b.cluster}, SID: sid, UID: uint32(os.Geteuid())}
			outcomes, err := d.Drain(t.Context(), b.folder)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			for _, o := range outcomes {
				if o.Err != nil {
					t.Error(o.Err)
				}
				written[o.Site]++
			}
		})
	}
	all.Wait()
	require.Len(t, written, sites)
	for site, n := range written {
		require.Equal(t, 1, n, site)
	}
	require.Empty(t, b.files())
}

func TestTheFoldersOfAnInstance(t *testing.T) {
	root := t.TempDir()
	shared := filepath.Join(root, "hana/shared/HA1/HDB10")
	require.NoError(t, os.MkdirAll(shared, 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "usr/sap/HA1"), 0o755))
	require.NoError(t, os.Symlink(shared, filepath.Join(root, "usr/sap/HA1/HDB10")))
	require.Equal(t, []string{shared}, Folders(root, sid), "one folder under two names")
	require.NoError(t, os.Mkdir(filepath.Join(root, "usr/sap/HA1/HDB11"), 0o755))
	require.Len(t, Folders(root, sid), 2)
	require.Empty(t, Folders(root, "HA2"))
}
