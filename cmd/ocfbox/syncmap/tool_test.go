package syncmap

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/cmd/ocfbox/syncverify"
	"ocfbox/internal/block"
	"ocfbox/internal/filemap"
	"ocfbox/test/lab"
)

// run is the code and what was printed, or the failure.
func run(t *testing.T, ctx context.Context, o Options, stdin string) (code int, stdout, stderr string, failed *syncverify.Failure) {
	t.Helper()
	var out, errout bytes.Buffer
	tool := Tool{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errout}
	code, err := tool.Run(ctx, o)
	if err != nil {
		require.ErrorAs(t, err, &failed)
		return failed.ExitCode(), out.String(), errout.String(), failed
	}
	return code, out.String(), errout.String(), nil
}

// fileSystem is an image with one file of 64 KiB, and a byte of it.
func fileSystem(t *testing.T) (image string, at int64) {
	t.Helper()
	lab.Need(t, "mkfs.ext4")
	folder, image := t.TempDir(), filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "the books"), bytes.Repeat([]byte("BOOK"), 16<<10), 0o600))
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 8<<20))
	out, err := exec.Command("/usr/sbin/mkfs.ext4", "-q", "-F", "-b", "4096", "-d", folder, image).CombinedOutput()
	require.NoError(t, err, "%s", out)
	content, err := os.ReadFile(image)
	require.NoError(t, err)
	return image, int64(bytes.Index(content, []byte("BOOKBOOKBOOKBOOK")))
}

// What two copies differ in is compared, and named.
func TestTheResultOfAComparisonIsMapped(t *testing.T) {
	t.Parallel()
	image, at := fileSystem(t)
	content, err := os.ReadFile(image)
	require.NoError(t, err)
	content[at+8192] ^= 1
	content[len(content)-1] ^= 1
	copied := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.WriteFile(copied, content, 0o600))
	var result bytes.Buffer
	verify := syncverify.Tool{Stdout: &result, Stderr: &result}
	code, err := verify.Run(t.Context(), syncverify.Options{Devices: []string{image, copied}, Offline: true, Output: "json"})
	require.NoError(t, err)
	require.Equal(t, 1, code)
	for _, device := range []string{image, copied} {
		code, out, _, failed := run(t, t.Context(), Options{Device: device, Result: "-"}, result.String())
		require.Nil(t, failed)
		require.Zero(t, code)
		require.Contains(t, out, device+": file 4096, free 4096; 1 files\n")
		require.Regexp(t, `file: offset=[0-9]+ length=4096 path="/the books" file_offset=8192\n`, out)
		require.Contains(t, out, "free: offset=8384512 length=4096\n")
	}
	_, out, _, _ := run(t, t.Context(), Options{Device: image, Result: "-", Output: "json"}, result.String())
	var answer Answer
	require.NoError(t, json.Unmarshal([]byte(out), &answer))
	require.Equal(t, map[string]int64{"/the books": 4096}, answer.Files)
	require.Equal(t, map[filemap.Kind]int64{filemap.File: 4096, filemap.Free: 4096}, answer.Bytes)
	require.Len(t, answer.Findings, 2)
}

func TestWhatIsNotKnownHasACodeOfItsOwn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zeros")
	require.NoError(t, os.WriteFile(path, make([]byte, 1<<20), 0o600))
	code, out, _, failed := run(t, t.Context(), Options{Device: path, Ranges: block.Ranges{{Length: 512}}}, "")
	require.Nil(t, failed)
	require.Equal(t, 3, code)
	require.Contains(t, out, "unknown: offset=0 length=512 (nothing known is on it)\n")
	code, out, _, _ = run(t, t.Context(), Options{Device: path, Result: "-"}, `{"ranges":[]}`)
	require.Zero(t, code)
	require.Contains(t, out, "nothing to look at")
}

func TestMistakesSayNothingOfTheDevice(t *testing.T) {
	t.Parallel()
	image, _ := fileSystem(t)
	for want, o := range map[string]Options{
		"--output cannot be":           {Device: image, Output: "yaml"},
		"is no result of a comparison": {Device: image, Result: "-"},
		"no such file":                 {Device: image + "x", Ranges: block.Ranges{{Length: 1}}},
	} {
		code, out, _, failed := run(t, t.Context(), o, "{")
		require.NotNil(t, failed, want)
		require.ErrorContains(t, failed, want)
		require.Equal(t, 2, code)
		require.Empty(t, out)
	}
	_, _, _, failed := run(t, t.Context(), Options{Device: image, Result: "-"}, `{"ranges":[{"offset":9,"length":9},{"offset":1,"length":9}]}`)
	require.ErrorContains(t, failed, "its ranges are not in order")
	_, _, stderr, failed := run(t, t.Context(), Options{Device: image, Mount: "/nowhere/at/all", Ranges: block.Ranges{{Length: 4096}}}, "")
	require.Nil(t, failed)
	require.NotContains(t, stderr, "panic")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, _, failed := run(t, ctx, Options{Device: image, Ranges: block.Ranges{{Length: 8 << 20}}}, "")
	require.NotNil(t, failed)
	require.Equal(t, 130, code)
}
