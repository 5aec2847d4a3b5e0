package store

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/wire"
)

func TestARowIsThereOnceItIsAcknowledged(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, err := open(folder)
	require.NoError(t, err)
	ours, theirs := net.Pipe()
	go s.attend(wire.New(theirs))
	client := wire.New(ours)
	for _, row := range []string{"1-1", "1-2"} {
		var a wire.Answer
		require.NoError(t, client.Ask(wire.Question{SQL: "insert into T values ('" + row + "')"}, &a))
		require.Empty(t, a.Error)
	}
	var a wire.Answer
	require.NoError(t, client.Ask(wire.Question{SQL: "select"}, &a))
	require.Contains(t, a.Error, "has no row")
	text, err := os.ReadFile(filepath.Join(folder, File))
	require.NoError(t, err)
	require.Equal(t, "1-1\n1-2\n", string(text))
	require.NoError(t, client.Close())
}

func TestATornRowIsDropped(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := filepath.Join(folder, File)
	require.NoError(t, os.WriteFile(file, []byte("1-1\n1-"), 0o644))
	s, err := open(folder)
	require.NoError(t, err)
	require.NoError(t, s.insert("insert into T values ('2-1')"))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "1-1\n2-1\n", string(text))
}

// On a full disk a part of a row may have been written.
func TestARowThatWasRefusedLeavesNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, err := open(folder)
	require.NoError(t, err)
	require.NoError(t, s.insert("insert into T values ('1-1')"))
	whole := s.file
	s.file, err = os.Open(filepath.Join(folder, File)) // cannot be written to
	require.NoError(t, err)
	require.Error(t, s.insert("insert into T values ('1-2')"))
	s.file = whole
	_, err = whole.WriteAt([]byte("1-"), s.size)
	require.NoError(t, err)
	require.NoError(t, s.insert("insert into T values ('1-3')"))
	text, err := os.ReadFile(filepath.Join(folder, File))
	require.NoError(t, err)
	require.Equal(t, "1-1\n1-3\n", string(text))
}

func TestWrongUse(t *testing.T) {
	t.Parallel()
	require.Equal(t, 2, Main([]string{"serve"}))
	require.Equal(t, 1, Main([]string{"serve", "/no/such/folder"}))
}
