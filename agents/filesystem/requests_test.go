package filesystem

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/test/lab"
)

// What a monitor asks the kernel is in a file: single questions as long as all is well, the table of mounts only
// when not, and no program ever (decision 9 of the specifications: the mount table is read on a mismatch only).
func TestRequestsOfAMonitor(t *testing.T) {
	t.Parallel()
	if now, err := mount.Identify("/"); err != nil || now.Unique == 0 {
		lab.Missing(t, "these are the requests to a kernel that numbers mounts once and for all (Linux 6.8)")
	}
	cases := []struct {
		name    string
		of      func(w *world) *resource
		prepare func(w *world, r *resource)
		want    ocf.Code
	}{
		{"a block device", func(w *world) *resource { return w.standard(w.disk("L0")) }, nil, ocf.Success},
		{"a block device through a link", func(w *world) *resource {
			require.NoError(w.t, os.Symlink(w.disk("L0"), w.path("alias")))
			require.NoError(w.t, os.Symlink("a", w.path("link")))
			return w.standard(w.path("alias"), "directory", w.path("link"))
		}, nil, ocf.Success},
		{"a label", func(w *world) *resource {
			label := "R" + w.dir[len(w.dir)-8:]
			w.disk("L0", "-L", label)
			return w.standard("LABEL=" + label)
		}, nil, ocf.Success},
		{"an image file", func(w *world) *resource { return w.standard(w.image("L0"), "options", "loop") }, nil, ocf.Success},
		{"tmpfs", tmpfsResource, nil, ocf.Success},
		{"a bind mount", func(w *world) *resource {
			return w.resource("device", w.path("b"), "directory", w.path("a"), "options", "bind")
		}, nil, ocf.Success},
		{"with force_unmount=move", func(w *world) *resource {
			return w.standard(w.disk("L0"), "force_unmount", "safe,move")
		}, nil, ocf.Success},
		{"read-only on purpose", func(w *world) *resource { return w.standard(w.disk("L0"), "options", "ro") }, nil, ocf.Success},
		{"the device's name is gone", func(w *world) *resource {
			require.NoError(w.t, os.Symlink(w.disk("L0"), w.path("alias")))
			return w.standard(w.path("alias"))
		}, func(w *world, _ *resource) { require.NoError(w.t, os.Remove(w.path("alias"))) }, ocf.Success},
		{"stopped", func(w *world) *resource { return w.standard(w.disk("L0")) },
			func(_ *world, r *resource) { r.does("stop", ocf.Success) }, ocf.NotRunning},
		{"covered", func(w *world) *resource { return w.standard(w.disk("L0")) },
			func(w *world, _ *resource) { w.tmpfs("a") }, ocf.ErrGeneric},
	}
	texts := make([]string, len(cases))
	t.Run("cases", func(t *testing.T) {
		for i, c := range cases {
			row(t, c.name, func(w *world) {
				r := c.of(w)
				r.Runner = noPrograms{w.t}
				r.does("start", ocf.Success)
				if c.prepare != nil {
					c.prepare(w, r)
				}
				before := folder(w)
				asked := requests(w, r, c.want)
				require.Equal(w.t, before, folder(w), "a monitor writes nothing")
				if c.want == ocf.Success && c.name != "the device's name is gone" {
					require.NotContains(w.t, asked, "mount table")
				}
				texts[i] = fmt.Sprintf("%s: %d\n%s", c.name, c.want, asked)
			})
		}
	})
	ocftest.Golden(t, "requests.txt", strings.Join(texts, "\n"))
}

func tmpfsResource(w *world) *resource {
	return w.resource("device", "tmpfs", "directory", w.path("a"), "fstype", "tmpfs")
}

// requests are the steps of a monitor by its trace, with the names of the specification.
func requests(w *world, r *resource, want ocf.Code) string {
	trace := w.t.TempDir() + "/trace"
	result := r.doesWith("monitor", want, "OCF_TRACE_RA", "1", "OCF_TRACE_FILE", trace)
	text, err := os.ReadFile(trace)
	require.NoError(w.t, err, result.Stderr)
	names := strings.NewReplacer(w.dir, "/m", r.Params["device"], "DEVICE", filepath.Base(w.dir)[2:], "N")
	var steps strings.Builder
	for line := range strings.Lines(string(text)) {
		_, step, _ := strings.Cut(line, " ")
		first, _, _ := strings.Cut(step, " ")
		switch first {
		case "look", "read", "find", "ask", "write", "run", "mount", "flush", "wait":
			steps.WriteString("\t" + loopNumber(names.Replace(step)))
		}
	}
	return steps.String()
}

// loopNumber hides which loop device it is.
func loopNumber(step string) string {
	before, number, ok := strings.Cut(step, " 7:")
	if !ok {
		return step
	}
	return before + " 7:N" + strings.TrimLeft(number, "0123456789")
}

// folder is what is in the state folder, and since when.
func folder(w *world) string {
	all, err := os.ReadDir(w.state)
	require.NoError(w.t, err)
	var text strings.Builder
	for _, file := range all {
		info, err := file.Info()
		require.NoError(w.t, err)
		fmt.Fprintln(&text, file.Name(), info.ModTime(), info.Size())
	}
	return text.String()
}
