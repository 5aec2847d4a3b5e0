package ipaddr2

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/internal/run"
)

// What a monitor asks the kernel is in a file: single questions as long as all is well, and no program
// ever (ipaddr2.md 11, decision 9).
func TestRequestsOfAMonitor(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		params  map[string]string
		prepare func(w *world, r *resource)
		want    ocf.Code
	}{
		{"interface and mask given", full(), nil, ocf.Success},
		{"all derived", p("ip", v4), nil, ocf.Success},
		{"a label", p("ip", v4, "nic", "eth0", "iflabel", "web"), nil, ocf.Success},
		{"IPv6", p("ip", v6, "nic", "eth0", "cidr_netmask", "64", "nodad", "true"), nil, ocf.Success},
		{"IPv6, all derived", p("ip", v6, "nodad", "true"), nil, ocf.Success},
		{"in a network namespace", full("network_namespace", "inner"), nil, ocf.Success},
		{"stopped", full(), func(_ *world, r *resource) { r.does("stop", ocf.Success) }, ocf.NotRunning},
		{"IPv6, stopped", p("ip", v6, "nic", "eth0", "cidr_netmask", "64", "nodad", "true"),
			func(_ *world, r *resource) { r.does("stop", ocf.Success) }, ocf.NotRunning},
		{"stopped, all derived", p("ip", v4), func(_ *world, r *resource) { r.does("stop", ocf.Success) }, ocf.NotRunning},
		{"all derived, the record lost", p("ip", v4), func(w *world, _ *resource) { require.NoError(w.t, removeState(w)) }, ocf.Success},
		{"the interface is down", full(), func(w *world, _ *resource) { w.ip("link", "set", "eth0", "down") }, ocf.NotRunning},
	}
	texts := make([]string, len(cases))
	t.Run("cases", func(t *testing.T) {
		for i, c := range cases {
			row(t, c.name, func(w *world) {
				r := w.resource(c.params)
				if c.params["network_namespace"] != "" {
					r = r.with("network_namespace", w.innerNode())
				}
				r.Runner = noPrograms{w.t}
				r.does("start", ocf.Success)
				if c.prepare != nil {
					c.prepare(w, r)
				}
				before := folder(w)
				asked := requests(w, r, c.want)
				require.Equal(w.t, before, folder(w), "a monitor writes nothing")
				if c.want == ocf.Success && !strings.Contains(c.name, "lost") {
					require.NotContains(w.t, asked, "list ")
				}
				texts[i] = fmt.Sprintf("%s: %d\n%s", c.name, c.want, asked)
			})
		}
	})
	ocftest.Golden(t, "requests.txt", strings.Join(texts, "\n"))
}

// requests are the steps of a monitor by its trace.
func requests(w *world, r *resource, want ocf.Code) string {
	trace := w.t.TempDir() + "/trace"
	result := r.CallWith(w.t, "monitor", p("OCF_TRACE_RA", "1", "OCF_TRACE_FILE", trace))
	require.Equal(w.t, want, result.Code, result.Stderr)
	text, err := os.ReadFile(trace)
	require.NoError(w.t, err)
	var steps strings.Builder
	for line := range strings.Lines(string(text)) {
		_, step, _ := strings.Cut(line, " ")
		first, _, _ := strings.Cut(step, " ")
		switch first {
		case "get", "list", "read", "write", "announce", "probe", "run", "subscribe", "add", "delete", "set":
			steps.WriteString("\t" + regexp.MustCompile(`interface \d+`).ReplaceAllString(step, "interface N"))
		}
	}
	return steps.String()
}

// folder is what is in the state folder, and since when.
func folder(w *world) string {
	all, err := os.ReadDir(w.state)
	require.NoError(w.t, err)
	var text strings.Builder
	for _, file := range all {
		info, err := file.Info()
		if err != nil || strings.HasPrefix(file.Name(), "send_arp-") {
			continue // the worker ends when it ends
		}
		fmt.Fprintln(&text, file.Name(), info.ModTime(), info.Size())
	}
	return text.String()
}

// noPrograms is a runner that must not be called.
type noPrograms struct{ t testing.TB }

func (n noPrograms) Run(_ context.Context, c run.Cmd) (run.Result, error) {
	n.t.Errorf("a program was started: %s", c)
	return run.Result{}, &run.Error{Cmd: c, Err: run.ErrNotFound}
}

func TestManyAddressesCostAMonitorNothing(t *testing.T) {
	t.Parallel()
	row(t, "row 88: with a thousand addresses a monitor takes at most 12 ms of CPU and one process", func(w *world) {
		var batch strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&batch, "address add 10.20.%d.%d/16 dev eth0\n", i/250, 1+i%250)
		}
		file := w.t.TempDir() + "/batch"
		require.NoError(w.t, os.WriteFile(file, []byte(batch.String()), 0o644))
		w.ip("-batch", file)
		r := w.resource(full())
		r.does("start", ocf.Success)
		require.NotContains(w.t, requests(w, r, ocf.Success), "list ")
		least := 1e9
		for range 5 { // the least of five: what else the machine does is not its cost
			cmd := r.process("monitor")
			w.starts(cmd)
			require.NoError(w.t, cmd.Wait())
			used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			least = min(least, float64(used.Microseconds())/1000)
		}
		require.LessOrEqual(w.t, least, 12.0, "ms")
	})
}
