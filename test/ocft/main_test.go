package ocft

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/test/drbdsim/command"
	"ocfbox/test/drbdsim/desk"
	"ocfbox/test/lab"
)

func TestMain(m *testing.M) {
	if name := filepath.Base(os.Args[0]); name == command.Adm || name == command.Setup {
		os.Exit(desk.Program(deskSocket, desk.Alfa, append([]string{name}, os.Args[1:]...), os.Stdout, os.Stderr))
	}
	// The testers sleep most of the time; a default that -parallel on the command line overrides.
	_ = flag.Set("test.parallel", "8")
	lab.Main(m, lab.Net, lab.Mount)
}

// agentsDir is where OCF agents are looked for.
const agentsDir = "/usr/lib/ocf/resource.d"

// build builds the product once for all tests, which run one after the other.
func build(t *testing.T) string {
	t.Helper()
	binary := "/run/ocfbox"
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", binary, "ocfbox/cmd/ocfbox")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// standIn puts our binary in the place of every agent directory's IPaddr2, and our own agents beside it, for this process
// and those it starts. The host sees nothing of it.
func standIn(t *testing.T) {
	t.Helper()
	binary := build(t)
	original := filepath.Join(agentsDir, "heartbeat")
	hidden, err := filepath.Glob(filepath.Join(original, ".ocf-*"))
	require.NoError(t, err)
	links := make(map[string]string)
	for _, file := range hidden {
		links[filepath.Base(file)], err = os.Readlink(file)
		require.NoError(t, err)
	}
	require.NoError(t, unix.Mount("tmpfs", agentsDir, "tmpfs", 0, "mode=755"))
	t.Cleanup(func() { require.NoError(t, unix.Unmount(agentsDir, unix.MNT_DETACH)) })
	for _, provider := range []string{"heartbeat", "ocfbox"} {
		folder := filepath.Join(agentsDir, provider)
		require.NoError(t, os.Mkdir(folder, 0o755))
		for _, agent := range []string{"IPaddr2", "Filesystem", "synccheck", "drbddisk"} {
			require.NoError(t, os.Symlink(binary, filepath.Join(folder, agent)))
		}
		for name, to := range links {
			require.NoError(t, os.Symlink(to, filepath.Join(folder, name)))
		}
	}
}

// program is a command whose environment has our agents' directories only.
func program(ns, name string, args ...string) *exec.Cmd {
	cmd := exec.Command("nsenter", append([]string{"--net=/run/netns/" + ns, name}, args...)...)
	cmd.Env = []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "OCF_ROOT=/usr/lib/ocf", "HOME=/root",
		"TERM=dumb", "LC_ALL=C",
	}
	return cmd
}

// node makes a namespace with eth0 and eth1, both up and wired.
func node(t *testing.T, addresses ...string) string {
	t.Helper()
	ns := lab.Namespace(t)
	lab.Inside(t, ns, func() {
		lab.NewVeth(t, "eth0").Address(addresses...)
		lab.NewVeth(t, "eth1")
	})
	return ns
}
