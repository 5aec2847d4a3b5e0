package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The exit codes are the contract's: 0 all, 1 not all, 2 usage, 3 could not be read.
func TestConvertHaresources(t *testing.T) {
	folder := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	good, bad := file("haresources", "a 10.0.0.1\n"), file("bad", "a 10.0.0.1 oractl\n")
	hacf, empty := file("ha.cf", "auto_failback off\nhbaping x\n"), file("empty", "")
	for _, test := range []struct {
		name    string
		args    []string
		want    int
		out, in string
	}{
		{"everything", []string{good}, 0, "primitive ip-10.0.0.1 ocf:ocfbox:IPaddr2 ", "without ha.cf"},
		{"with ha.cf, behind the file", []string{good, "--ha-cf", empty}, 0, "stonith-enabled=false", "no fencing"},
		{"the distribution's agents", []string{"--provider", "heartbeat", good}, 0, "ocf:heartbeat:IPaddr2", ""},
		{"a line that has no translation", []string{bad}, 1, "target-role=Stopped", bad + ":1: not translated: oractl: "},
		{"a directive that has none", []string{"--ha-cf", hacf, good}, 1, "resource-stickiness=200", hacf + ":2: not translated: hbaping: "},
		{"no file", nil, 2, "", "needs one file"},
		{"two files", []string{good, bad}, 2, "", "needs one file"},
		{"an unknown provider", []string{"--provider", "suse", good}, 2, "", `"suse"`},
		{"an unknown class", []string{"--services", "ocf", good}, 2, "", `"ocf"`},
		{"an unknown option", []string{"--hacf", hacf, good}, 2, "", "hint: see ocfbox convert haresources --help"},
		{"a file that is not there", []string{filepath.Join(folder, "none")}, 3, "", "none"},
		{"ha.cf is not there", []string{good, "--ha-cf", filepath.Join(folder, "none")}, 3, "", "none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, said := call(t, append([]string{"convert", "haresources"}, test.args...)...)
			require.Equal(t, test.want, code, said)
			require.Contains(t, out, test.out)
			require.Contains(t, said, test.in)
		})
	}
	code, _, said := call(t, "convert")
	require.Equal(t, 2, code)
	require.Contains(t, said, "hint: haresources")
	code, out, _ := call(t, "convert", "haresources", "--help")
	require.Zero(t, code)
	require.Contains(t, out, "--ha-cf")
}
