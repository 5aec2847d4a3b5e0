package filemap_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
	"ocfbox/internal/filemap"
	"ocfbox/internal/mount"
	"ocfbox/test/lab"
)

// unit is the step in which files are marked, in bytes: the smallest block of a file system.
const unit = 1024

// marked is a content of which each unit says which file it belongs to, and where.
func marked(path string, size int) []byte {
	content := make([]byte, size)
	for at := 0; at < size; at += unit {
		copy(content[at:], fmt.Sprintf("<<%s\n%d>>", path, at))
	}
	return content
}

// A mark is what a unit of a device says of itself.
type mark struct {
	path string
	at   int64
}

// marks reads a device for what [marked] has written, by itself, past all file systems.
func marks(t *testing.T, path string) map[int64]mark {
	t.Helper()
	found := make(map[int64]mark)
	file, err := block.Open(path, block.OpenOptions{Direct: true})
	require.NoError(t, err)
	defer file.Close()
	buffer := make([]byte, 1<<20)
	for at := int64(0); at < file.Size(); at += int64(len(buffer)) {
		data, err := file.NextData(at, file.Size())
		require.NoError(t, err)
		if data.Length == 0 {
			break
		}
		at = max(at, data.Offset/int64(len(buffer))*int64(len(buffer)))
		some := buffer[:min(int64(len(buffer)), file.Size()-at)]
		_, err = file.ReadAt(some, at)
		require.NoError(t, err)
		for from := 0; from+unit <= len(some); from += unit {
			head, _, whole := bytes.Cut(some[from:from+256], []byte(">>"))
			name, number, sound := strings.Cut(string(head), "\n")
			offset, err := strconv.ParseInt(number, 10, 64)
			if whole && sound && err == nil && strings.HasPrefix(name, "<<") {
				found[at+int64(from)] = mark{name[2:], offset}
			}
		}
	}
	return found
}

// command runs a program that a test needs, and returns what it prints.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	lab.Need(t, name)
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	if path, err := exec.LookPath("/usr/sbin/" + name); err == nil {
		cmd.Path, cmd.Err = path, nil
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %s: %s", name, strings.Join(args, " "), out)
	return string(out)
}

// empty is a file that is to be a device.
func empty(t *testing.T, size int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.NoError(t, os.Truncate(path, size))
	return path
}

// files are what a file system of a test holds.
func files() map[string]int {
	return map[string]int{"/one": 4096, "/folder/two words": 300 << 10, "/folder/deep/er/three": 5 << 20, "/four": 64 << 10}
}

// fill writes the files below a folder.
func fill(t *testing.T, folder string) {
	t.Helper()
	for path, size := range files() {
		full := filepath.Join(folder, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, marked(path, size), 0o644))
	}
	// Many names make a folder of several blocks.
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "many"), 0o755))
	for n := range 400 {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "many", fmt.Sprintf("a-name-that-is-not-short-%03d", n)), nil, 0o644))
	}
	require.NoError(t, os.Symlink(strings.Repeat("long/", 40), filepath.Join(folder, "link")))
}

// unmounted finds no mount.
func unmounted(mount.Superblock) (filemap.Mount, error) { return filemap.Mount{}, nil }

// ask maps ranges of a device, all of it without any.
func ask(t *testing.T, path string, o filemap.Options, ranges ...block.Range) filemap.Answer {
	t.Helper()
	device, err := block.Open(path, block.OpenOptions{})
	require.NoError(t, err)
	defer device.Close()
	if ranges == nil {
		ranges = []block.Range{{Length: device.Size()}}
	}
	answer, err := filemap.Map(t.Context(), device, device.Size(), ranges, o)
	require.NoError(t, err)
	return answer
}

// requireWhole checks that each byte of a range has exactly one finding.
func requireWhole(t *testing.T, all []filemap.Finding, r block.Range) {
	t.Helper()
	at := r.Offset
	for _, f := range all {
		require.Equal(t, at, f.Offset, "%+v", f)
		at = f.End()
	}
	require.Equal(t, r.End(), at)
}

// requireMarks checks that each marked unit is found to be its file's, and that nothing else is.
func requireMarks(t *testing.T, all []filemap.Finding, marks map[int64]mark) {
	t.Helper()
	var units int64
	for _, f := range all {
		if f.Kind != filemap.File {
			continue
		}
		for at := int64(0); at < f.Length; at += unit {
			require.Equal(t, mark{f.Path, f.FileOffset + at}, marks[f.Offset+at], "%+v", f)
			units++
		}
	}
	require.Equal(t, int64(len(marks)), units, "marked units, and those that were found to be a file's")
}

// of are how many bytes are of a kind, and of a name where one is given.
func of(all []filemap.Finding, kind filemap.Kind, name ...string) int64 {
	var bytes int64
	for _, f := range all {
		if f.Kind == kind && (len(name) == 0 || slices.Contains(name, f.Name)) {
			bytes += f.Length
		}
	}
	return bytes
}

// at is the finding for a byte.
func at(t *testing.T, all []filemap.Finding, offset int64) filemap.Finding {
	t.Helper()
	for _, f := range all {
		if f.Offset <= offset && offset < f.End() {
			return f
		}
	}
	require.Failf(t, "nothing was found", "at byte %d", offset)
	return filemap.Finding{}
}

// attached makes a loop device of a file, until the test ends.
func attached(t *testing.T, image string) string {
	t.Helper()
	lab.Need(t, "root")
	device, err := mount.Attach(mount.Image{Path: image}, "")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, device.Close()) })
	return device.Path
}

// mounted mounts a device, until the test ends.
func mounted(t *testing.T, kind, device string) string {
	t.Helper()
	point := t.TempDir()
	require.NoError(t, mount.Mount(mount.Request{Type: kind, Source: device, Point: point}))
	t.Cleanup(func() { require.NoError(t, unix.Unmount(point, 0)) })
	return point
}

// broken is a device that cannot be read.
type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errors.New("the disk is broken") }

// zeros is a device that holds nothing.
type zeros int64

func (z zeros) ReadAt(p []byte, offset int64) (int, error) {
	n := int(min(int64(len(p)), int64(z)-offset))
	if n < len(p) {
		return max(n, 0), io.EOF
	}
	clear(p)
	return n, nil
}

func mapped(t *testing.T, ctx context.Context, disk io.ReaderAt, size int64) ([]filemap.Finding, error) {
	t.Helper()
	answer, err := filemap.Map(ctx, disk, size, block.Ranges{{Length: size}}, filemap.Options{Mounted: unmounted})
	return answer.Findings, err
}
