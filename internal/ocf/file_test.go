package ocf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The answer is os.ReadFile's for every length around the sizes of the buffer.
func TestReadFileReadsWhatIsThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	for _, length := range []int{0, 1, 511, 512, 513, 1024, 5000} {
		require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("x", length)), 0o600))
		text, err := ReadFile(path)
		require.NoError(t, err)
		require.Len(t, text, length)
	}
	_, err := ReadFile(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = ReadFile(filepath.Dir(path))
	require.ErrorContains(t, err, "is a directory")
}
