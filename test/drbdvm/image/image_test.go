package image

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestTheHashIsOfEveryNameAndEveryByte(t *testing.T) {
	base := fstest.MapFS{"build.sh": {Data: []byte("a")}, "guest/init": {Data: []byte("bc")}}
	want, err := hash(base)
	require.NoError(t, err)
	require.Len(t, want, 16)
	for name, changed := range map[string]fstest.MapFS{
		"a byte":                {"build.sh": {Data: []byte("a")}, "guest/init": {Data: []byte("bd")}},
		"a name":                {"build.sh": {Data: []byte("a")}, "guest/Init": {Data: []byte("bc")}},
		"a file more":           {"build.sh": {Data: []byte("a")}, "guest/init": {Data: []byte("bc")}, "guest/x": {}},
		"a byte that has moved": {"build.sh": {Data: []byte("ab")}, "guest/init": {Data: []byte("c")}},
	} {
		got, err := hash(changed)
		require.NoError(t, err)
		require.NotEqual(t, want, got, name)
	}
}

func TestTheCacheIsWhereTheUserWantsIt(t *testing.T) {
	t.Setenv("OCFBOX_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/caches")
	folder, err := Cache()
	require.NoError(t, err)
	require.Equal(t, "/caches/ocfbox", folder)
	t.Setenv("OCFBOX_CACHE", "/elsewhere")
	folder, err = Cache()
	require.NoError(t, err)
	require.Equal(t, "/elsewhere", folder)
}

// present makes a cache with the image of the recipe in it, and returns both folders.
func present(t *testing.T) (cache, current string) {
	t.Helper()
	name, err := hash(recipe)
	require.NoError(t, err)
	cache = t.TempDir()
	current = filepath.Join(cache, prefix+name)
	require.NoError(t, os.Mkdir(current, 0o755))
	return cache, current
}

func TestAnImageThatIsThereIsNotBuiltAgain(t *testing.T) {
	cache, current := present(t)
	var said bytes.Buffer
	found, err := Ensure(cache, &said)
	require.NoError(t, err)
	defer found.Close()
	require.Equal(t, current, found.Folder)
	require.Equal(t, filepath.Join(current, "kernel"), found.File("kernel"))
	require.Empty(t, said.String())
}

func TestAnImageThatCannotBeBuiltLeavesNothing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	cache := t.TempDir()
	var said bytes.Buffer
	_, err := Ensure(cache, &said)
	require.ErrorContains(t, err, "unshare")
	require.Contains(t, said.String(), "building")
	left, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestOldImagesGoWhenNothingRunsOnThem(t *testing.T) {
	cache, current := present(t)
	unused, used := filepath.Join(cache, prefix+"unused"), filepath.Join(cache, prefix+"used")
	broken, foreign := filepath.Join(cache, "build-1"), filepath.Join(cache, "foreign")
	for _, folder := range []string{unused, used, broken, foreign} {
		require.NoError(t, os.Mkdir(folder, 0o755))
	}
	running, err := locked(used, unix.LOCK_SH)
	require.NoError(t, err)
	defer running.Close()

	found, err := Ensure(cache, io.Discard)
	require.NoError(t, err)
	defer found.Close()
	require.NoDirExists(t, unused)
	require.NoDirExists(t, broken)
	for _, folder := range []string{used, foreign, current} {
		require.DirExists(t, folder)
	}
}

func TestAnImageInUseStays(t *testing.T) {
	cache, current := present(t)
	found, err := Ensure(cache, io.Discard)
	require.NoError(t, err)
	require.NoError(t, removeOthers(cache, "another", io.Discard))
	require.DirExists(t, current)
	require.NoError(t, found.Close())
	require.NoError(t, removeOthers(cache, "another", io.Discard))
	require.NoDirExists(t, current)
}
