package feed

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/drbd"
)

// write makes files below a root of the test.
func write(t *testing.T, files map[string]string) string {
	root := t.TempDir()
	for path, text := range files {
		path = filepath.Join(root, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return root
}

func TestTheConfigurationOfAResourceIsRead(t *testing.T) {
	root := write(t, map[string]string{
		"etc/drbd.conf": `include "drbd.d/global_common.conf"; include "/etc/drbd.d/*.res";`,
		"etc/drbd.d/global_common.conf": `global { usage-count no; } # fencing resource-only;
			common { net { fencing resource-only; allow-two-primaries no; } handlers { fence-peer "/bin/f --x y"; } }`,
		"etc/drbd.d/r0.res": `resource r0 {
			volume 0 { device minor 4; disk /dev/a; } volume 1 { device /dev/drbd_one minor 5; disk /dev/b; }
			net { allow-two-primaries; fencing resource-and-stonith; }
			on alfa { address 10.0.0.1:7788; } on bravo { address 10.0.0.2:7788; } }`,
		"etc/drbd.d/r1.res": `resource "r1" { net { protocol A; } device /dev/drbd7; on alfa bravo { volume 0 { device /dev/drbd7; } } }`,
	})
	r0, err := Configured(root, "", "r0")
	require.NoError(t, err)
	require.True(t, r0.Found)
	require.Equal(t, []string{"alfa", "bravo"}, r0.Hosts)
	require.Equal(t, []drbd.DeviceName{{Minor: 4, Resource: "r0"}, {Minor: 5, Resource: "r0", Volume: 1}}, r0.Devices)
	require.True(t, r0.Fences())
	require.True(t, r0.TwoPrimaries())
	require.Equal(t, "resource-and-stonith", r0.Option("fencing"))
	require.Equal(t, "/bin/f --x y", r0.Option("fence-peer"))
	r1, err := Configured(root, DefaultConfiguration, "r1")
	require.NoError(t, err)
	require.Equal(t, []string{"alfa", "bravo"}, r1.Hosts)
	require.Equal(t, []drbd.DeviceName{{Minor: 7, Resource: "r1"}}, r1.Devices)
	require.Equal(t, "resource-only", r1.Option("fencing"), "of section common")
	require.False(t, r1.TwoPrimaries())
	none, err := Configured(root, "", "r2")
	require.NoError(t, err)
	require.False(t, none.Found)
	require.Empty(t, none.Hosts)
}

// Before 8.4 a resource has one device, which may have a name of its own.
func TestOldConfigurationsAreRead(t *testing.T) {
	root := write(t, map[string]string{"etc/drbd.conf": `resource drbd0 {
		protocol C;
		incon-degr-cmd "echo '!DRBD! pri on incon-degr' | wall; sleep 60; halt -f";
		on test01 { device /dev/drbd0; disk /dev/sda6; address 10.1.1.1:7788; meta-disk internal; }
		on test02 { device /dev/nbd/0; disk /dev/sda6; address 10.1.1.2:7788; meta-disk internal; } }`})
	c, err := Configured(root, "", "drbd0")
	require.NoError(t, err)
	require.Equal(t, []drbd.DeviceName{{Resource: "drbd0"}}, c.Devices)
	require.Equal(t, []string{"test01", "test02"}, c.Hosts)
	require.False(t, c.Fences())
}

func TestAConfigurationThatCannotBeReadIsAnError(t *testing.T) {
	_, err := Configured(t.TempDir(), "", "r0")
	require.ErrorIs(t, err, fs.ErrNotExist)
	root := write(t, map[string]string{"etc/drbd.conf": `include "gone.res"; include "no*match"; resource r0 { }`})
	require.NoError(t, os.Symlink("/no/such/file", filepath.Join(root, "etc/gone.res")))
	c, err := Configured(root, "", "r0")
	require.Error(t, err)
	require.True(t, c.Found, "what the other files say is there")
}

func FuzzConfiguration(f *testing.F) {
	f.Add("resource r0 {\n  on alfa { }\n}\ninclude \"drbd.d/*.res\"; # x", "r0")
	f.Add("resource \"r 0", "r0")
	f.Add("} } ; { { common { a; } device minor; }", "")
	f.Fuzz(func(t *testing.T, text, resource string) {
		c := Configuration{common: map[string]string{}, own: map[string]string{}}
		includes := c.read(text, resource)
		require.True(t, !c.Found || strings.Contains(text, resource))
		require.LessOrEqual(t, len(includes)+len(c.Hosts)+len(c.Devices), len(text))
	})
}
