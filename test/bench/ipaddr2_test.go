package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

func TestMain(m *testing.M) {
	if os.Getenv("OCFBOX_BENCH") != "1" {
		fmt.Println("SKIP: benchmarks run by `make bench`")
		return
	}
	lab.Main(m, lab.Net, lab.Mount)
}

const (
	shellAgent = "/usr/lib/ocf/resource.d/heartbeat/IPaddr2"
	// few and many are the addresses beside the one under test.
	few, many = 10, 10_000
)

// TestBarIPaddr2 holds the bars of the IPaddr2 monitor: its cost against a bare Go program and against
// the shell agent, and its growth with the number of addresses.
func TestBarIPaddr2(t *testing.T) {
	lab.Need(t, "root", "ip")
	network(t)
	bare := &Contestant{Name: "a bare Go program", Args: []string{bareProgram(t)}}
	cases := []struct {
		name   string
		params []string
	}{
		{"IPv4, nic and mask given", []string{"ip=10.1.0.2", "nic=eth0", "cidr_netmask=16"}},
		{"IPv4, only ip given", []string{"ip=10.1.0.2"}},
		{"IPv6, nic and mask given", []string{"ip=2001:db8:1::2", "nic=eth0", "cidr_netmask=64", "nodad=true"}},
	}
	for _, c := range cases {
		ours := contestant(t, "ours", ocfbox(t), c.params)
		shell := contestant(t, "the shell agent", []string{shellAgent, "monitor"}, c.params)
		require.Zero(t, exitCode(ours, "start"), c.name)
		Run(t, 100, bare, ours, shell)
		Table(os.Stdout, "monitor of a running address, "+c.name, bare, ours, shell)
		Bar(t, ours, 2.0, bare)
		Bar(t, ours, 1.0/15, shell)
		require.Zero(t, exitCode(ours, "stop"), c.name)
	}
}

// TestBarManyAddresses holds the bar on growth: one question costs the same however many addresses the
// interface has.
func TestBarManyAddresses(t *testing.T) {
	lab.Need(t, "root", "ip")
	network(t)
	for _, c := range []struct {
		name  string
		which int
	}{{"running", 0}, {"stopped", 7}} {
		var all []*Contestant
		for _, nic := range []struct {
			name, net string
			others    int
		}{{"eth0", "10.1", few}, {"eth1", "10.2", many}} {
			params := []string{"ip=" + nic.net + ".0.2", "nic=" + nic.name, "cidr_netmask=16"}
			ours := contestant(t, fmt.Sprintf("ours, %d other addresses", nic.others), ocfbox(t), params)
			ours.Want = c.which
			if c.which == 0 {
				require.Zero(t, exitCode(ours, "start"))
			} else {
				require.Zero(t, exitCode(ours, "stop"))
			}
			all = append(all, ours)
		}
		Run(t, 100, all...)
		Table(os.Stdout, "monitor of a "+c.name+" address", all...)
		Bar(t, all[1], 2.0, all[0])
	}
}

// TestBarStart holds the bar on start: the caller is not kept waiting for announcements.
func TestBarStart(t *testing.T) {
	lab.Need(t, "root", "ip")
	network(t)
	for _, params := range [][]string{
		{"ip=10.1.0.2"},
		{"ip=2001:db8:1::2", "nodad=true"},
	} {
		ours := contestant(t, "ours", ocfbox(t), params)
		ours.Args[len(ours.Args)-1] = "start"
		ours.Before = func() { require.Zero(t, exitCode(ours, "stop")) }
		Run(t, 50, ours)
		Table(os.Stdout, "start, "+strings.Join(params, " "), ours)
		worst := percentile(ours.wall, 100)
		fmt.Printf("the slowest start took %v\n", round(worst))
		require.LessOrEqual(t, ours.Wall(), 100*time.Millisecond, "start returns within 100 ms")
	}
}

// network makes two interfaces, one with few addresses and one with many. The addresses under test come
// last in the kernel's lists, where a search takes longest.
func network(t *testing.T) {
	t.Helper()
	if exec.Command("ip", "link", "show", "eth0").Run() == nil {
		return
	}
	for i, others := range []int{few, many} {
		nic := fmt.Sprintf("eth%d", i)
		ip(t, "link", "add", nic, "type", "veth", "peer", "name", "peer"+nic)
		ip(t, "link", "set", nic, "up")
		ip(t, "link", "set", "peer"+nic, "up")
		var batch strings.Builder
		fmt.Fprintf(&batch, "addr add 10.%d.0.1/16 dev %s\n", i+1, nic)
		fmt.Fprintf(&batch, "addr add 2001:db8:%d::1/64 dev %s nodad\n", i+1, nic)
		for n := range others {
			fmt.Fprintf(&batch, "addr add 10.%d.%d.%d/16 dev %s\n", i+1, 1+n/250, 1+n%250, nic)
		}
		cmd := exec.Command("ip", "-batch", "-")
		cmd.Stdin = strings.NewReader(batch.String())
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, string(output))
	}
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	output, err := exec.Command("ip", args...).CombinedOutput()
	require.NoError(t, err, "ip %v: %s", args, output)
}

// contestant is a recurring monitor of a resource.
func contestant(t *testing.T, name string, args, params []string) *Contestant {
	t.Helper()
	env := []string{
		"OCF_ROOT=/usr/lib/ocf", "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1",
		"OCF_RESOURCE_INSTANCE=vip", "OCF_RESOURCE_TYPE=IPaddr2", "OCF_RESOURCE_PROVIDER=heartbeat",
		"OCF_RESKEY_CRM_meta_timeout=20000", "OCF_RESKEY_CRM_meta_interval=10000", "HA_LOGFACILITY=none",
		"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	}
	for _, param := range params {
		env = append(env, "OCF_RESKEY_"+param)
	}
	return &Contestant{Name: name, Args: args, Env: env}
}

// exitCode calls the contestant's agent with another action.
func exitCode(c *Contestant, action string) int {
	cmd := exec.Command(c.Args[0], append(c.Args[1:len(c.Args)-1:len(c.Args)-1], action)...)
	cmd.Env = c.Env
	_ = cmd.Run()
	return cmd.ProcessState.ExitCode()
}

func ocfbox(t *testing.T) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ocfbox")
	install(t, "../../bin/ocfbox", path)
	return []string{path, "IPaddr2", "monitor"}
}

// install copies a program as an installation does. What the linker has just written lies in memory in
// small pieces, and starting it costs up to a fifth more than starting a file that was copied or read.
func install(t *testing.T, from, to string) {
	t.Helper()
	program, err := os.ReadFile(from)
	require.NoError(t, err, "make build makes it")
	require.NoError(t, os.WriteFile(to, program, 0o755))
}

// bareProgram builds the smallest Go program with the flags of ours.
func bareProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o600))
	linked, bare := filepath.Join(dir, "linked"), filepath.Join(dir, "bare")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", linked, filepath.Join(dir, "main.go"))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GO111MODULE=off")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	install(t, linked, bare)
	return bare
}
