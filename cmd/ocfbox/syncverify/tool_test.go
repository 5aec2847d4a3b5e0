package syncverify

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block/verify"
	"ocfbox/internal/drbd/metadata"
)

// content is reproducible random data.
func content(size int) []byte {
	all := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(all)
	return all
}

// files writes the two sides.
func files(t *testing.T, a, b []byte) []string {
	t.Helper()
	dir := t.TempDir()
	paths := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}
	require.NoError(t, os.WriteFile(paths[0], a, 0o600))
	require.NoError(t, os.WriteFile(paths[1], b, 0o600))
	return paths
}

// ran is what a run has answered and printed.
type ran struct {
	code           int
	err            error
	stdout, stderr string
}

// compare compares two files that nobody writes to.
func compare(t *testing.T, ctx context.Context, paths []string, change func(*Options)) ran {
	t.Helper()
	o := Options{Devices: paths, Offline: true}
	if change != nil {
		change(&o)
	}
	var stdout, stderr bytes.Buffer
	tool := Tool{Stdout: &stdout, Stderr: &stderr}
	code, err := tool.Run(ctx, o)
	return ran{code, err, stdout.String(), stderr.String()}
}

func TestTheAnswerIsTheExitCodeAndTheRanges(t *testing.T) {
	a := content(3 << 20)
	b := bytes.Clone(a)
	b[1<<20+5] ^= 1
	same := compare(t, t.Context(), files(t, a, a), nil)
	require.NoError(t, same.err)
	require.Zero(t, same.code)
	require.True(t, strings.HasPrefix(same.stdout, "IDENTICAL: 3145728 of 3145728 bytes compared"), same.stdout)
	other := compare(t, t.Context(), files(t, a, b), nil)
	require.Equal(t, 1, other.code)
	require.Contains(t, other.stdout, "differs: offset=1048576 length=4096\n")
	asJSON := compare(t, t.Context(), files(t, a, b), func(o *Options) { o.Output = "json" })
	var document struct {
		Ranges []struct{ Offset, Length int64 }
	}
	require.NoError(t, json.Unmarshal([]byte(asJSON.stdout), &document))
	require.Equal(t, []struct{ Offset, Length int64 }{{1 << 20, 4096}}, document.Ranges)
	asJSON = compare(t, t.Context(), files(t, a, a), func(o *Options) { o.Output = "json" })
	require.Contains(t, asJSON.stdout, `"ranges": []`, "an empty list is a list")
	require.Empty(t, compare(t, t.Context(), files(t, a, b), func(o *Options) { o.Quiet = true }).stdout)
}

func TestRowV5WhatOneSideHasMoreIsToldIgnoredOrZero(t *testing.T) {
	a := content(2 << 20)
	zero := append(bytes.Clone(a), make([]byte, 8192)...)
	dirty := bytes.Clone(zero)
	dirty[len(dirty)-1] = 1
	for _, test := range []struct {
		tail string
		b    []byte
		want int
	}{
		{"", zero, 3}, {TailIgnore, dirty, 0}, {TailZero, zero, 0}, {TailZero, dirty, 1},
	} {
		got := compare(t, t.Context(), files(t, a, test.b), func(o *Options) { o.Tail = test.tail })
		require.NoError(t, got.err)
		require.Equal(t, test.want, got.code, "--tail %s", test.tail)
		require.Equal(t, test.tail == "", strings.Contains(got.stdout, "only one side has it: offset=2097152 length=8192\n"))
	}
}

// withMetaData is a disk with a superblock of 8.4 at its end.
func withMetaData(data []byte, disk int, claim int) []byte {
	all := append(bytes.Clone(data), content(disk-len(data))...)
	super := all[len(all)-metadata.Size:]
	clear(super)
	binary.BigEndian.PutUint64(super, uint64(claim/512))
	binary.BigEndian.PutUint32(super[60:], 0x8374026b)
	return all
}

// Row V6: the meta data of the two sides differ, and are not compared.
func TestMetaDataOfDRBDAreLeftOut(t *testing.T) {
	data := content(2 << 20)
	a, b := withMetaData(data, 2<<20+64<<10, 2<<20), withMetaData(data, 2<<20+128<<10, 2<<20)
	got := compare(t, t.Context(), files(t, a, b), nil)
	require.NoError(t, got.err)
	require.Zero(t, got.code)
	got = compare(t, t.Context(), files(t, a, b), func(o *Options) { o.Raw = true })
	require.Equal(t, 1, got.code, "--raw compares them")
}

func TestRowV7MetaDataWithoutASizeNeedOneFromTheUser(t *testing.T) {
	data := content(2 << 20)
	a := withMetaData(data, 2<<20+64<<10, 1<<40)
	var failed *Failure
	got := compare(t, t.Context(), files(t, a, a), nil)
	require.ErrorAs(t, got.err, &failed)
	require.Equal(t, verify.ExitUsage, failed.ExitCode())
	require.Contains(t, failed.Hint, "--size")
	got = compare(t, t.Context(), files(t, a, a), func(o *Options) { o.Size = 2 << 20 })
	require.NoError(t, got.err)
	require.Zero(t, got.code)
}

func TestRowV27AnInterruptedRunLeavesACheckpointToGoOnFrom(t *testing.T) {
	a := content(8 << 20)
	b := bytes.Clone(a)
	b[0] ^= 1
	paths := files(t, a, b)
	state := filepath.Join(t.TempDir(), "state")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	keep := func(o *Options) { o.State = state }
	got := compare(t, ended, paths, keep)
	require.NoError(t, got.err)
	require.Equal(t, 130, got.code)
	require.FileExists(t, state)
	var failed *Failure
	require.ErrorAs(t, compare(t, t.Context(), paths, keep).err, &failed)
	require.Contains(t, failed.Hint, "--resume goes on from it")
	got = compare(t, t.Context(), paths, func(o *Options) { keep(o); o.Resume = true })
	require.NoError(t, got.err)
	require.Equal(t, 1, got.code)
	require.NoFileExists(t, state, "the run is complete")
}

func TestAMistakeSaysNothingAboutTheData(t *testing.T) {
	paths := files(t, content(4096), content(4096))
	for want, change := range map[string]func(*Options){
		"two devices are to be compared, not 1": func(o *Options) { o.Devices = o.Devices[:1] },
		`--output cannot be "yaml"`:             func(o *Options) { o.Output = "yaml" },
		`--tail cannot be "cut"`:                func(o *Options) { o.Tail = "cut" },
		`--hash cannot be "md4"`:                func(o *Options) { o.Hash = "md4" },
		"--resume needs the checkpoint":         func(o *Options) { o.Resume = true },
		"has only 4096 bytes":                   func(o *Options) { o.Size = 8192 },
		"no such file":                          func(o *Options) { o.Devices = []string{paths[0], paths[1] + "x"} },
	} {
		var failed *Failure
		require.ErrorAs(t, compare(t, t.Context(), paths, change).err, &failed, want)
		require.ErrorContains(t, failed, want)
		require.Equal(t, verify.ExitUsage, failed.ExitCode(), want)
	}
}

func TestNumbersOfBytesHaveUnits(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "4096": 4096, "64K": 64 << 10, "50M": 50 << 20, "2T": 2 << 40} {
		got, err := ParseBytes(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, wrong := range []string{"", "K", "-1", "1.5M", "9999999T", "5 M", "5MB"} {
		_, err := ParseBytes(wrong)
		require.Error(t, err, wrong)
	}
}
