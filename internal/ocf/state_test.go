package ocf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/ocf"
)

func TestFactsAreKept(t *testing.T) {
	state := &ocf.State{Dir: filepath.Join(t.TempDir(), "run", "resource-agents")}
	_, err := state.Load("box")
	require.ErrorIs(t, err, ocf.ErrNoState, "nothing kept, not even a directory")
	require.NoError(t, state.Remove("box"), "nothing to forget is no error")

	facts := map[string]string{"ip": "10.0.0.1", "label": "", "odd": " a=b\t\"c\" ", "lines": "one\ntwo"}
	require.NoError(t, state.Save("box", facts))
	facts["lines"] = "one two"
	got, err := state.Load("box")
	require.NoError(t, err)
	require.Equal(t, facts, got)

	require.NoError(t, state.Save("box", nil))
	got, err = state.Load("box")
	require.NoError(t, err)
	require.Empty(t, got, "what is saved replaces what was")
	info, err := os.Stat(state.Path("box"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	require.NoError(t, state.Remove("box"))
	_, err = state.Load("box")
	require.ErrorIs(t, err, ocf.ErrNoState)
}

// A temporary file elsewhere could not be renamed into place, or would lie about where nobody looks.
func TestTheTemporaryFileIsBesideItsTarget(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "missing")
	t.Setenv("TMPDIR", elsewhere)
	state := &ocf.State{Dir: t.TempDir()}
	require.NoError(t, state.Save("box", map[string]string{"a": "b"}))
	require.NoDirExists(t, elsewhere)
	entries, err := os.ReadDir(state.Dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "and nothing is left over")
}

func TestAKeyIsAWord(t *testing.T) {
	state := &ocf.State{Dir: t.TempDir()}
	for _, key := range []string{"", "boot", "a=b", "a\nb"} {
		require.ErrorContains(t, state.Save("box", map[string]string{key: "x"}), "cannot be the key of a fact", "%q", key)
	}
	_, err := state.Load("box")
	require.ErrorIs(t, err, ocf.ErrNoState)
}

func TestFactsFromBeforeTheBootOrDamagedOnesAreNone(t *testing.T) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	require.NoError(t, err)
	now := "boot=" + string(boot)
	for name, text := range map[string]string{
		"another boot":          "boot=00000000-0000-0000-0000-000000000000\na=b\n",
		"no boot":               "a=b\n",
		"empty":                 "",
		"a line without a sign": now + "a=b\nrubbish\n",
		"cut in the boot id":    now[:20],
		"not text":              "\x00\x01\xff",
	} {
		t.Run(name, func(t *testing.T) {
			state := &ocf.State{Dir: t.TempDir()}
			require.NoError(t, os.WriteFile(state.Path("box"), []byte(text), 0o600))
			_, err := state.Load("box")
			require.ErrorIs(t, err, ocf.ErrNoState)
			require.NoError(t, state.Save("box", map[string]string{"a": "c"}), "and can be replaced")
			facts, err := state.Load("box")
			require.NoError(t, err)
			require.Equal(t, map[string]string{"a": "c"}, facts)
		})
	}
}

// Not knowing is not the same as nothing kept.
func TestADirectoryThatCannotBeUsedIsAClearError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, test := range []struct {
		dir  string
		says string
		is   error
	}{
		{filepath.Join(file, "state"), "mkdir " + file + ": not a directory", unix.ENOTDIR},
		{"/proc/ocfbox", "mkdir /proc/ocfbox: no such file or directory", unix.ENOENT},
	} {
		state := &ocf.State{Dir: test.dir}
		err := state.Save("box", map[string]string{"a": "b"})
		require.ErrorIs(t, err, test.is)
		require.EqualError(t, err, test.says)
		_, err = state.Lock(t.Context(), "box")
		require.EqualError(t, err, test.says)
	}
	state := &ocf.State{Dir: t.TempDir()}
	require.NoError(t, os.Mkdir(state.Path("box"), 0o700))
	_, err := state.Load("box")
	require.ErrorIs(t, err, unix.EISDIR)
	require.NotErrorIs(t, err, ocf.ErrNoState)
	require.ErrorContains(t, state.Save("box", map[string]string{"a": "b"}), "file exists")
}

func TestAReadOnlyDirectoryIsAClearError(t *testing.T) {
	dir := readOnly(t)
	err := (&ocf.State{Dir: dir}).Save("box", map[string]string{"a": "b"})
	require.Error(t, err)
	require.ErrorContains(t, err, "open "+dir+"/.box")
	require.NotErrorIs(t, err, ocf.ErrNoState)
}

// readOnly is a directory in which nobody, root included, can make a file.
func readOnly(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		dir := t.TempDir()
		require.NoError(t, os.Chmod(dir, 0o500))
		return dir
	}
	return "/proc/self"
}

func TestANameCannotLeaveTheDirectory(t *testing.T) {
	state := &ocf.State{Dir: "/run/resource-agents"}
	for name, want := range map[string]string{
		"box": "box", "IPaddr2-vip:1": "IPaddr2-vip:1", "": "_", ".": "_", "..": "_.", ".hidden": "_hidden",
		"../../etc/passwd": "_._.._etc_passwd", "/etc/passwd": "_etc_passwd", "a\x00b": "a_b", "2001:db8::1": "2001:db8::1",
	} {
		require.Equal(t, "/run/resource-agents/"+want, state.Path(name))
	}
}

func FuzzState(f *testing.F) {
	for _, seed := range []struct{ name, text, key, value string }{
		{"box", "boot=x\na=b\n", "ip", "10.0.0.1"},
		{"", "", "", ""},
		{"../x", "\xff\x00\n=\n", "a=b", "x\ny"},
		{".lock", "boot", "boot", "=\r"},
	} {
		f.Add(seed.name, seed.text, seed.key, seed.value)
	}
	f.Fuzz(func(t *testing.T, name, text, key, value string) {
		state := &ocf.State{Dir: t.TempDir()}
		path := state.Path(name)
		require.Equal(t, state.Dir, filepath.Dir(path))
		if len(filepath.Base(path)) > 200 {
			return
		}
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		if facts, err := state.Load(name); err == nil {
			require.Contains(t, text, "boot=")
			require.NotContains(t, facts, "boot")
		} else {
			require.ErrorIs(t, err, ocf.ErrNoState, "any bytes: facts or nothing")
		}
		if err := state.Save(name, map[string]string{key: value}); err != nil {
			require.ErrorContains(t, err, "cannot be the key of a fact")
			return
		}
		facts, err := state.Load(name)
		require.NoError(t, err)
		require.Equal(t, map[string]string{key: strings.ReplaceAll(value, "\n", " ")}, facts)
	})
}
