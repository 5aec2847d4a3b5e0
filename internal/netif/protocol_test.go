package netif

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseProtocol(t *testing.T) {
	t.Parallel()
	etc, share := t.TempDir(), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(etc, "rt_protos.d"), 0o755))
	for file, text := range map[string]string{
		filepath.Join(etc, "rt_protos"):               "# Reserved\n#\n17\tours # a comment\n200 both\nx y\n300 large\n\n77",
		filepath.Join(etc, "rt_protos.d", "frr.conf"): "196 openfabric\n0xc5 hexadecimal\n201 both\n",
		filepath.Join(etc, "rt_protos.d", "README"):   "198 readme\n",
		filepath.Join(share, "rt_protos"):             "199 shared\n18 ours\n",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	tests := []struct {
		give string
		want uint8
		ok   bool
	}{
		{"kernel", 2, true},
		{"boot", 3, true},
		{"static", 4, true},
		{"ra", 9, true},
		{"dhcp", 16, true},
		{"bird", 12, true},
		{"186", 186, true},
		{"0xba", 186, true},
		{"ours", 17, true},
		{"openfabric", 196, true},
		{"hexadecimal", 0xc5, true},
		{"shared", 199, true},
		{"both", 201, true},
		{"readme", 0, false},
		{"large", 0, false},
		{"256", 0, false},
		{"-1", 0, false},
		{"", 0, false},
		{"#", 0, false},
		{"Kernel", 0, false},
	}
	for _, tt := range tests {
		got, err := parseProtocol(tt.give, etc, share, filepath.Join(etc, "none"))
		require.Equal(t, tt.ok, err == nil, "%q: %v", tt.give, err)
		require.Equal(t, tt.want, got, "%q", tt.give)
	}
	_, err := ParseProtocol("no such protocol")
	require.ErrorContains(t, err, `unknown route protocol "no such protocol"`)
}

func FuzzProtocols(f *testing.F) {
	f.Add("17 ours\n", "ours")
	f.Add(builtinProtocols, "kernel")
	f.Add("# a\n0x11\tours # b\n300 large", "large")
	f.Fuzz(func(t *testing.T, text, name string) {
		if _, ok := lookupProtocol(text, name); ok {
			require.Contains(t, text, name)
		}
	})
}
