package ocft

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

// ocf-tester takes both families (F49).
func TestOCFTesterPasses(t *testing.T) {
	lab.Need(t, "root", "ocf-tester", "xmllint", "nsenter", "ip", "go")
	standIn(t)
	for name, options := range map[string][]string{
		"synccheck":          {"-o", "resource=all"},
		"synccheck, in full": {"-o", "resource=all", "-o", "mode=link", "-o", "fail_on=SPLIT-BRAIN", "-o", "degraded_rc=190", "-o", "attr_prefix=mirror-"},
		"IPv4":               {"-o", "ip=192.168.144.2"},
		"IPv4, in full":      {"-o", "ip=192.168.144.2", "-o", "nic=eth0", "-o", "cidr_netmask=24", "-o", "iflabel=web"},
		"IPv6":               {"-o", "ip=2001:db8:1234::2"},
		"IPv6, in full":      {"-o", "ip=2001:db8:1234::2", "-o", "nic=eth0", "-o", "cidr_netmask=64", "-o", "nodad=true"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := node(t, "192.168.144.1/24", "2001:db8:1234::1/64")
			agent := "IPaddr2"
			if strings.HasPrefix(name, "synccheck") {
				agent = "synccheck"
			}
			cmd := program(ns, "ocf-tester", append(append([]string{"-n", "t"}, options...), agentsDir+"/ocfbox/"+agent)...)
			cmd.Env = append(cmd.Env, "HA_RSCTMP="+t.TempDir(), "OCFBOX_PROC_DRBD=/no/drbd/here")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "passed all tests")
		})
	}
}

// It takes a file system too.
func TestOCFTesterTakesAFileSystem(t *testing.T) {
	lab.Need(t, "root", "ocf-tester", "xmllint", "nsenter", "mke2fs", "go")
	standIn(t)
	image := t.TempDir() + "/image"
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, 8<<20))
	out, err := exec.Command("mke2fs", "-q", "-F", "-t", "ext4", image).CombinedOutput()
	require.NoError(t, err, string(out))
	for name, options := range map[string][]string{
		"row 118: ocf-tester passes with an image file": {"-o", "device=" + image, "-o", "fstype=ext4", "-o", "options=loop"},
		"row 118: ocf-tester passes with tmpfs":         {"-o", "device=tmpfs", "-o", "fstype=tmpfs"},
		"row 118: ocf-tester passes with a bind mount":  {"-o", "device=" + t.TempDir(), "-o", "fstype=none", "-o", "options=bind"},
	} {
		t.Run(name, func(t *testing.T) {
			options = append([]string{"-n", "t", "-o", "directory=" + t.TempDir()}, options...)
			cmd := program(node(t), "ocf-tester", append(options, agentsDir+"/ocfbox/Filesystem")...)
			cmd.Env = append(cmd.Env, "HA_RSCTMP="+t.TempDir())
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, string(out))
			require.Contains(t, string(out), "passed all tests")
		})
	}
}
