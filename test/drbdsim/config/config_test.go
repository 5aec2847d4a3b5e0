package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/drbdsim/config"
)

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return filepath.Join(folder, "drbd.conf")
}

func TestAResourceIsReadFromTheHostsSide(t *testing.T) {
	t.Parallel()
	path := write(t, map[string]string{
		"drbd.conf":                 "# the usual\ninclude \"drbd.d/global_common.conf\";\ninclude \"drbd.d/*.res\";\n",
		"drbd.d/global_common.conf": "global { usage-count no; }\ncommon { net { ping-int 2; ping-timeout 10; after-sb-1pri discard-secondary; } disk { resync-rate 6M; } }\n",
		"drbd.d/r0.res": `resource r0 {
  net { protocol A; allow-two-primaries; fencing resource-only; }
  handlers { fence-peer "/usr/lib/drbd/crm-fence-peer.sh --timeout 5"; }
  on one { node-id 4; address ipv4 10.0.0.1:7788; volume 0 { device /dev/drbd_r0 minor 3; disk /dev/vdb; } volume 1 { device /dev/drbd7; disk /dev/vdc; } }
  on two { node-id 5; address 10.0.0.2:7788; volume 0 { device minor 3; disk /dev/sdb; } volume 1 { device minor 7; disk /dev/sdc; } }
}
resource other { device /dev/drbd9; disk /dev/x; on three { address 10.0.0.3:1; } }
`,
	})
	all, err := config.Read(path, "two")
	require.NoError(t, err)
	require.Len(t, all, 1, "resources of other hosts are none of this one's")
	r := all[0]
	require.Equal(t, 5, r.NodeID)
	require.Equal(t, "/dev/sdc", r.Volumes[1].Disk)
	require.Equal(t, []int{3, 7}, []int{r.Volumes[0].Minor, r.Volumes[1].Minor})
	require.Equal(t, "10.0.0.1:7788", r.Peers[0].Remote.String())
	require.Equal(t, "A", r.Net.Protocol)
	require.True(t, r.Net.AllowTwoPrimary)
	require.Equal(t, 2*time.Second, r.Net.PingInt)
	require.Equal(t, time.Second, r.Net.PingTimeout)
	require.Equal(t, "discard-secondary", r.Net.AfterSB[1])
	require.Equal(t, "resource-only", r.Fencing)
	require.Equal(t, "/usr/lib/drbd/crm-fence-peer.sh --timeout 5", r.FencePeer)
	require.EqualValues(t, 6144, r.ResyncRate)
}

func TestABrokenConfigurationIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"a brace is missing":    {"resource r0 {\n device /dev/drbd0;\n", "drbd.conf:3: Parse error"},
		"a brace too many":      {"}", "a brace is not expected here"},
		"an address is missing": {"resource r0 { device /dev/drbd0; disk /dev/x; on one { } }", "host one has no address"},
		"a disk is missing":     {"resource r0 { device /dev/drbd0; on one { address 1.2.3.4:5; } }", "volume 0 needs a device and a disk"},
		"a rate is none":        {"resource r0 { device /dev/drbd0; disk /dev/x; disk { resync-rate fast; } on one { address 1.2.3.4:5; } }", `resync-rate "fast" is no rate`},
		"it includes itself":    {`include "drbd.conf";`, "includes go too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Read(write(t, map[string]string{"drbd.conf": c.text}), "one")
			require.ErrorContains(t, err, c.want)
		})
	}
}
