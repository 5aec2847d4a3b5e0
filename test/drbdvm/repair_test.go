package drbdvm

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/block"
)

// ours runs our program on this machine, which sees both guests' disks as files; it must exit with one of the codes.
func (r *rig) ours(codes []int, args ...string) string {
	r.t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(builtProgram(r.t), args...)
	cmd.Stderr = &stderr
	out, _ := cmd.Output()
	require.Contains(r.t, codes, cmd.ProcessState.ExitCode(), "%v: %s%s", args, out, stderr.String())
	r.t.Logf("ocfbox %s: exit %d %s", strings.Join(args, " "), cmd.ProcessState.ExitCode(), stderr.String())
	return string(out)
}

// placeOf is a block of 4 KiB of an unmounted disk in which a file's second mebibyte begins.
func (r *rig) placeOf(disk, path string) block.Range {
	r.t.Helper()
	var mapped struct {
		Findings []struct {
			block.Range
			Path       string `json:"path"`
			FileOffset int64  `json:"file_offset"`
		} `json:"findings"`
	}
	out := r.ours([]int{0, 3}, "sync", "map", "--range", "0+"+strconv.Itoa(dataMiB)+"M", "--output", "json", disk)
	require.NoError(r.t, json.Unmarshal([]byte(out), &mapped))
	for _, f := range mapped.Findings {
		if f.Path == path && f.FileOffset <= 1<<20 && 1<<20 < f.FileOffset+f.Length {
			return block.Range{Offset: (f.Offset + 1<<20 - f.FileOffset) / 4096 * 4096, Length: 4096}
		}
	}
	require.Failf(r.t, "the file is not on the disk", "%s: %s", path, out)
	return block.Range{}
}

// spoil changes a part of a disk under the feet of its guest, whose kernel hears nothing of it.
func (r *rig) spoil(disk string, part block.Range) {
	r.t.Helper()
	file, err := os.OpenFile(disk, os.O_RDWR, 0)
	require.NoError(r.t, err)
	defer file.Close()
	content := make([]byte, part.Length)
	_, err = file.ReadAt(content, part.Offset)
	require.NoError(r.t, err)
	content[77] ^= 0xff
	_, err = file.WriteAt(content, part.Offset)
	require.NoError(r.t, err)
}

// DRBD calls the copies up to date and the same, and one of them has a foreign block: it is found, the file has a name,
// and DRBD mends it by the commands that are printed.
func TestABlockThatWasChangedUnderDRBDIsFoundNamedAndMended(t *testing.T) {
	r := newRig(t, synced)
	good, bad := r.Alfa.path("data.img"), r.Bravo.path("data.img")
	result := filepath.Join(t.TempDir(), "differs")
	r.ours([]int{0}, "sync", "verify", "--offline", good, bad)
	place := r.placeOf(good, "/one")
	r.spoil(bad, place)
	r.inSync()

	text := r.ours([]int{1}, "sync", "verify", "--offline", "--output", "json", good, bad)
	var found struct{ Ranges block.Ranges }
	require.NoError(t, json.Unmarshal([]byte(text), &found))
	require.Equal(t, block.Ranges{place}, found.Ranges)
	require.NoError(t, os.WriteFile(result, []byte(text), 0o600))
	require.Contains(t, r.ours([]int{0}, "sync", "map", bad, result), `file: offset=`+strconv.FormatInt(place.Offset, 10)+` length=4096 path="/one"`)

	require.NoError(t, r.Alfa.Push(r.patience(), "/tmp/differs", []byte(text), "0644"))
	steps := r.on(r.Alfa, "ocfbox sync repair --drbd r0/0 --direction a-to-b /tmp/differs || [ $? = 1 ]")
	for _, line := range strings.Split(strings.TrimSpace(steps), "\n") {
		host, command, ok := strings.Cut(strings.TrimPrefix(line, "on "), ": ")
		require.True(t, ok, line)
		guest := r.Bravo
		if host == r.Alfa.Name {
			guest = r.Alfa
		}
		if strings.HasPrefix(command, "ocfbox sync watch ") {
			r.awaitRows(r.Alfa, "cs:Connected", "oos:4\n")
			continue
		}
		r.on(guest, command)
	}
	r.inSync()
	r.ours([]int{0}, "sync", "verify", "--offline", good, bad)
}
