package ipaddr2

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
	"ocfbox/test/lab"
)

// What callers of a process see: its streams, its time, its user.
func TestAsAProcess(t *testing.T) {
	t.Parallel()
	row(t, "F37: who reads the output to its end has it within 100 ms, while announcements go on", func(w *world) {
		frames := w.eth0.Sniff()
		r := w.resource(p("ip", v4, "arp_interval", "400"))
		fastest := time.Hour
		for range 3 { // the best of three: a busy machine shall not fail the test
			read, write, err := os.Pipe()
			require.NoError(w.t, err)
			cmd := r.process("start")
			cmd.Stdout, cmd.Stderr = write, write
			began := time.Now()
			w.starts(cmd)
			require.NoError(w.t, write.Close())
			_, err = io.ReadAll(read)
			require.NoError(w.t, err)
			fastest = min(fastest, time.Since(began))
			require.NoError(w.t, cmd.Wait())
			require.Equal(w.t, AnnouncerName, programOf(w.t, w.worker(v4)))
			r.does("stop", ocf.Success)
		}
		require.Less(w.t, fastest, 100*time.Millisecond)
		require.NotEmpty(w.t, frames.Frames(arpOf(v4)))
	})
	row(t, "start returns within 100 ms when no duplicate address detection is awaited", func(w *world) {
		for _, params := range []map[string]string{p("ip", v4), full(), p("ip", v6, "nodad", "true"), p("ip", "127.0.0.3")} {
			r := w.resource(params)
			fastest := time.Hour
			for range 3 {
				began := time.Now()
				r.runs("start", ocf.Success)
				fastest = min(fastest, time.Since(began))
				r.runs("stop", ocf.Success)
			}
			require.Less(w.t, fastest, 100*time.Millisecond, "%v", params)
		}
	})
	row(t, "F20, F21: as nobody start is 4, and monitor works", func(w *world) {
		if os.Getuid() != 0 || !canBeNobody() {
			lab.Need(w.t, "root")
		}
		r := w.resource(p("ip", v4))
		require.Equal(w.t, ocf.ErrPerm, w.asNobody(r, "start"))
		require.Equal(w.t, ocf.NotRunning, w.asNobody(r, "monitor"))
		r.does("start", ocf.Success)
		require.Equal(w.t, ocf.Success, w.asNobody(r, "monitor"))
		require.Equal(w.t, ocf.ErrPerm, w.asNobody(r, "stop"))
		w.has("eth0", v4+"/24")
	})
	row(t, "F18, F19, F23, F24: a human's call, and what makes a probe", func(w *world) {
		r := w.resource(p("ip", v4))
		r.Env = p("OCF_RA_VERSION_MAJOR", "-", "OCF_RESOURCE_INSTANCE", "-", "OCF_ROOT", "-")
		r.does("monitor", ocf.NotRunning)
		r = w.resource(p("ip", v4, "nic", "nonic"))
		r.does("monitor", ocf.ErrGeneric)
		r.Env = p("OCF_RESKEY_CRM_meta_interval", "-")
		r.does("monitor", ocf.NotRunning)
	})
	row(t, "F7: help needs no parameters", func(w *world) {
		require.Contains(w.t, w.resource(nil).does("help", ocf.Success).Stdout, "usage: IPaddr2")
	})
	row(t, "F34, F35: the reason is the last line, behind the wanted prefix", func(w *world) {
		r := w.resource(p("ip", "foobar"))
		r.Env = p("OCF_EXIT_REASON_PREFIX", "xx:")
		all := strings.Split(strings.TrimSpace(r.does("start", ocf.ErrConfigured).Stderr), "\n")
		require.True(w.t, strings.HasPrefix(all[len(all)-1], "xx:"))
	})
}

func canBeNobody() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Contains(string(text), "4294967295")
}

func (w *world) asNobody(r *resource, action string) ocf.Code {
	cmd := r.process(action)
	cmd.SysProcAttr.Credential = &syscall.Credential{Uid: 65534, Gid: 65534}
	w.starts(cmd)
	_ = cmd.Wait()
	return ocf.Code(cmd.ProcessState.ExitCode())
}

// Heartbeat's forms (ocf-framework.md 13), by the path of its resource scripts.
func TestHeartbeatForms(t *testing.T) {
	t.Parallel()
	row(t, "F41: interface and label in one argument", func(w *world) {
		w.heartbeat(0, "INFO:  Success", "IPaddr2", v4+"/24/eth0:web", "start")
		require.Equal(w.t, "eth0:web", w.has("eth0", v4+"/24").Label)
		w.heartbeat(0, "INFO:  Running OK", "IPaddr2", v4+"/24/eth0:web", "status")
		w.heartbeat(0, "INFO:  Success", "IPaddr2", v4+"/24/eth0:web", "stop")
		w.heartbeat(7, "INFO:  Resource is stopped", "IPaddr2", v4+"/24/eth0:web", "status")
		w.nowhere(v4)
	})
	row(t, "F42: a third part that begins with a digit is the broadcast", func(w *world) {
		w.heartbeat(0, "INFO:  Success", "IPaddr2", v4+"/24/192.168.144.99", "start")
		require.Equal(w.t, "192.168.144.99", w.has("eth0", v4+"/24").Broadcast)
	})
	row(t, "F43: IPv6 works, with and without brackets", func(w *world) {
		quickDAD(w)
		w.heartbeat(0, "INFO:  Success", "IPaddr2", v6, "start")
		w.heartbeat(0, "INFO:  Success", "IPaddr2", "["+v6+"]", "stop")
		w.nowhere(v6)
	})
	row(t, "F44: an action that a resource script does not know is 1", func(w *world) {
		w.heartbeat(1, "", "IPaddr2", v4, "restart")
		w.heartbeat(1, "", "IPaddr2", v4)
	})
	row(t, "F45: stop without a route is 0", func(w *world) {
		w.heartbeat(0, "INFO:  Success", "IPaddr2", "10.99.99.99", "stop")
	})
	row(t, "F46: IPaddr has neither the loopback's twin nor a label", func(w *world) {
		w.ip("address", "add", v4+"/32", "dev", "lo")
		w.heartbeat(0, "INFO:  Success", "IPaddr", v4+"/24/eth0:web", "start")
		require.Equal(w.t, "eth0", w.has("eth0", v4+"/24").Label)
		w.has("lo", v4+"/32")
		w.heartbeat(0, "INFO:  Running OK", "IPaddr", v4+"/24/eth0", "monitor")
		w.heartbeat(0, "INFO:  Success", "IPaddr", v4+"/24/eth0", "stop")
		w.lacks("eth0", v4+"/24")
	})
	row(t, "the twin on the loopback interface goes and comes back under the name IPaddr2", func(w *world) {
		w.ip("address", "add", v4+"/32", "dev", "lo")
		w.heartbeat(0, "INFO:  Success", "IPaddr2", v4, "start")
		w.lacks("lo", v4+"/32")
		w.heartbeat(0, "INFO:  Success", "IPaddr2", v4, "stop")
		w.has("lo", v4+"/32")
	})
	row(t, "IPaddr pings where that is asked for", func(w *world) {
		r := w.resource(p("ip", v4, heartbeatPing, "true"))
		r.does("start", ocf.Success)
		for code, want := range map[int]ocf.Code{0: ocf.Success, 1: ocf.ErrGeneric} {
			script := &runtest.Script{Programs: map[string]runtest.Program{"ping": runtest.Says(code, "")}}
			r.Runner = script
			r.Env = p("OCFBOX_HB_PING", "1")
			r.does("monitor", want)
			require.Len(w.t, script.Calls(), 1)
		}
		r.Runner = hanging{}
		r.Env["OCF_RESKEY_CRM_meta_timeout"] = "1000"
		r.does("monitor", ocf.ErrGeneric)
	})
}

type hanging struct{}

func (hanging) Run(ctx context.Context, c run.Cmd) (run.Result, error) { return runtest.Hangs(ctx, c) }

// heartbeat calls a resource script and requires its exit code and the last line of its output.
func (w *world) heartbeat(code int, last, script string, args ...string) {
	w.t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = "/etc/ha.d/resource.d/" + script
	cmd.Env = []string{"HA_RSCTMP=" + w.state, "HA_DIR=/etc/ha.d"}
	cmd.Stdout, cmd.Stderr = &out, &errs
	w.starts(cmd)
	_ = cmd.Wait()
	require.Equal(w.t, code, cmd.ProcessState.ExitCode(), "%v\n%s", args, errs.String())
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if last != "" {
		require.Equal(w.t, last, lines[len(lines)-1])
	}
	if action := args[len(args)-1]; action == "start" || action == "stop" {
		require.NotRegexp(w.t, "OK|[Rr]unning", out.String(), "heartbeat searches for these words")
	}
}

// Races with the rest of the world.
func TestSurprises(t *testing.T) {
	t.Parallel()
	row(t, "an interface that vanishes under a held address", func(w *world) {
		for _, params := range []map[string]string{full(), p("ip", v4)} {
			w.ip("link", "add", "tmp0", "type", "veth", "peer", "name", "tmp1")
			w.ip("link", "set", "tmp0", "up")
			w.ip("link", "set", "tmp1", "up")
			r := w.resource(params).with("ip", "10.9.9.9", "nic", "tmp0", "cidr_netmask", "24")
			r.does("start", ocf.Success)
			w.ip("link", "del", "tmp0")
			r.does("monitor", ocf.NotRunning)
			r.does("probe", ocf.NotRunning)
			r.does("stop", ocf.Success)
		}
	})
	row(t, "an interface that vanishes while start waits for its carrier", func(w *world) {
		w.inside(func() { w.eth1.PeerUp(false) })
		r := w.resource(full("nic", "eth1"))
		cmd := r.process("start")
		watch := w.monitor()
		w.ip("link", "set", "eth1", "down")
		w.starts(cmd)
		watch.waitFor(func(line string) bool {
			return strings.Contains(line, "eth1") && strings.Contains(line, "NO-CARRIER") && strings.Contains(line, ",UP")
		})
		w.ip("link", "del", "eth1")
		began := time.Now()
		_ = cmd.Wait()
		require.Less(w.t, time.Since(began), 2*time.Second)
		require.Equal(w.t, 1, cmd.ProcessState.ExitCode())
		r.does("stop", ocf.Success)
	})
	row(t, "an address that is deleted during duplicate address detection", func(w *world) {
		r := w.resource(p("ip", v6))
		cmd := r.process("start")
		watch := w.monitor()
		w.starts(cmd)
		watch.waitFor(func(line string) bool { return hasWords(line, v6+"/64", "tentative") })
		w.ip("address", "del", v6+"/64", "dev", "eth0")
		_ = cmd.Wait()
		require.Equal(w.t, 1, cmd.ProcessState.ExitCode())
		require.Empty(w.t, w.labels(v6))
	})
	row(t, "a start that was killed during duplicate address detection is awaited by the next", func(w *world) {
		r := w.resource(p("ip", v6))
		cmd := r.process("start")
		watch := w.monitor()
		w.starts(cmd)
		watch.waitFor(func(line string) bool { return hasWords(line, v6+"/64", "tentative") })
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		frames := w.eth0.Sniff()
		r.does("start", ocf.Success)
		require.False(w.t, w.has("eth0", v6+"/64").Tentative)
		frames.Wait(1, patience, advertisementOf(v6))
	})
	row(t, "two resources of one address start side by side, and one stop takes it away", func(w *world) {
		one, two := w.resource(full()), w.resource(full())
		two.Env = p("OCF_RESOURCE_INSTANCE", "u")
		done := make(chan error, 2)
		for _, r := range []*resource{one, two} {
			cmd := r.process("start")
			w.starts(cmd)
			go func() { done <- cmd.Wait() }()
		}
		require.NoError(w.t, <-done)
		require.NoError(w.t, <-done)
		w.has("eth0", v4+"/24")
		one.does("stop", ocf.Success)
		w.nowhere(v4)
		two.does("monitor", ocf.NotRunning)
		two.does("stop", ocf.Success)
	})
	row(t, "duplicate address detection that outlasts the operation ends start in time", func(w *world) {
		w.inside(func() {
			require.NoError(w.t, os.WriteFile("/proc/sys/net/ipv6/conf/eth0/dad_transmits", []byte("30"), 0o644))
		})
		r := w.resource(p("ip", v6))
		r.Env = p("OCF_RESKEY_CRM_meta_timeout", "1000")
		began := time.Now()
		r.does("start", ocf.Success)
		require.Less(w.t, time.Since(began), time.Second)
		r.does("stop", ocf.Success)
	})
}
