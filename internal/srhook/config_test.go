package srhook

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestTheHelpersConfiguration(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		want Config
		err  string
	}{
		"nothing":        {"", Config{}, ""},
		"comments":       {"# a\n\n  # b = yes\n", Config{}, ""},
		"everything":     {"accept_maintenance_mode = yes # here\nFENCE_PREKILL=on\nallow_sysrq = 1\nallow_users = bernd, tux\n", Config{true, true, true, []string{"bernd", "tux"}}, ""},
		"no":             {"accept_maintenance_mode = no\n", Config{}, ""},
		"no boolean":     {"accept_maintenance_mode = maybe\n", Config{}, `line 1: accept_maintenance_mode: "maybe" is neither yes nor no`},
		"an unknown key": {"fence_prekill = yes\naccept = yes\n", Config{FencePrekill: true}, `line 2: no key is called "accept"`},
		"no key":         {"yes\n", Config{}, `line 1: "yes" is not key = value`},
		"the last word":  {"allow_sysrq = yes\nallow_sysrq = no\n", Config{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseConfig(row.text)
			require.Equal(t, row.want, got)
			if row.err != "" {
				require.EqualError(t, err, row.err)
				return
			}
			require.NoError(t, err)
		})
	}
}

// Only a file that nobody but root can change is used.
func TestWhoMayConfigureTheHelper(t *testing.T) {
	me := uint32(os.Getuid())
	dir := t.TempDir()
	path := filepath.Join(dir, "srhook.conf")
	got, err := ReadConfig(path, me)
	require.NoError(t, err)
	require.Zero(t, got)

	require.NoError(t, os.WriteFile(path, []byte("allow_sysrq = yes\n"), 0o644))
	got, err = ReadConfig(path, me)
	require.NoError(t, err)
	require.True(t, got.AllowSysRq)

	_, err = ReadConfig(path, me+1)
	require.ErrorContains(t, err, "must belong to root")
	require.NoError(t, os.Chmod(path, 0o664))
	got, err = ReadConfig(path, me)
	require.ErrorContains(t, err, "nobody else may write it")
	require.Zero(t, got)

	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(path, link))
	_, err = ReadConfig(link, me)
	require.Error(t, err)
	pipe := filepath.Join(dir, "pipe")
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	_, err = ReadConfig(pipe, me)
	require.ErrorContains(t, err, "it is no file")
}

func FuzzTheHelpersConfiguration(f *testing.F) {
	for _, text := range []string{"", "a = b", "allow_users = a,b c", "accept_maintenance_mode = yes # x", "=\n=", "\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseConfig(text)
		if got.AcceptMaintenanceMode || got.FencePrekill || got.AllowSysRq {
			// Nothing opens without its key in the text.
			require.True(t, strings.Contains(strings.ToLower(text), "accept_maintenance_mode") ||
				strings.Contains(strings.ToLower(text), "fence_prekill") || strings.Contains(strings.ToLower(text), "allow_sysrq"))
		}
		if err != nil {
			require.NotEmpty(t, err.Error())
		}
	})
}
