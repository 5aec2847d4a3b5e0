package term

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWriterLearnsThatItsReaderIsGone(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer writer.Close()
	gone := ReaderGone(writer)
	select {
	case <-gone:
		t.Fatal("gone while the reader is there")
	case <-time.After(50 * time.Millisecond):
	}
	require.NoError(t, reader.Close())
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Fatal("the reader has closed its end, and nothing has told")
	}
}

func TestAFileHasNoReaderThatCouldGo(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	defer file.Close()
	select {
	case <-ReaderGone(file):
		t.Fatal("a file's reader is gone")
	case <-time.After(50 * time.Millisecond):
	}
}
