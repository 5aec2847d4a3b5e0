package filesystem

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
)

func TestClones(t *testing.T) {
	t.Parallel()
	cloned := func(r *resource) *resource { return r.under("OCF_RESKEY_CRM_meta_clone_max", "2") }
	row(t, "row 101: a local file system must not be cloned", func(w *world) {
		got := cloned(w.standard(w.disk("L0"))).does("start", ocf.ErrConfigured)
		require.Contains(w.t, got.Reason, "on several nodes at once")
		w.lacks("")
	})
	row(t, "row 102: one with a journal not even read-only", func(w *world) {
		cloned(w.standard(w.disk("L0"), "options", "ro")).does("start", ocf.ErrConfigured)
	})
	row(t, "row 103: it can be forced", func(w *world) {
		got := cloned(w.standard(w.disk("L0"), "force_clones", "true")).does("start", ocf.Success)
		require.Contains(w.t, got.Stderr, "force_clones")
		w.has("a")
	})
	row(t, "row 105: tmpfs may be cloned", func(w *world) {
		cloned(w.resource("device", "tmpfs", "directory", w.path("a"), "fstype", "tmpfs")).does("start", ocf.Success)
	})
	row(t, "row 105: a bind mount may be cloned", func(w *world) {
		cloned(w.resource("device", w.path("b"), "directory", w.path("a"), "fstype", "none", "options", "bind")).
			does("start", ocf.Success)
	})
	row(t, "row 106: notify is not implemented, cloned or not", func(w *world) {
		r := w.standard(w.disk("L0"))
		for _, action := range []string{"notify", "promote", "reload", "reload-agent", "bogus"} {
			cloned(r).does(action, ocf.ErrUnimplemented)
		}
	})
	row(t, "the rule is for start alone", func(w *world) {
		r := w.standard(w.disk("L0"))
		r.does("start", ocf.Success)
		cloned(r).does("monitor", ocf.Success)
		cloned(r).does("validate-all", ocf.Success)
		cloned(r).does("stop", ocf.Success)
	})
}

// The table of filesystem.md 6.2, type by type.
func TestWhichTypesMayBeCloned(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fstype, options string
		forced          bool
		want            ocf.Code
	}{
		"row 104: btrfs by force":             {"btrfs", "", true, ocf.Success},
		"row 104: vfat by force":              {"vfat", "", true, ocf.Success},
		"btrfs":                               {"btrfs", "", false, ocf.ErrConfigured},
		"btrfs, read-only":                    {"btrfs", "noatime,ro", false, ocf.Success},
		"errors=remount-ro is not ro":         {"btrfs", "errors=remount-ro", false, ocf.ErrConfigured},
		"row 105: overlay":                    {"overlay", "", false, ocf.Success},
		"row 105: none":                       {"none", "bind", false, ocf.Success},
		"gfs2":                                {"gfs2", "", false, ocf.Success},
		"aznfs":                               {"aznfs", "", false, ocf.Success},
		"xfs, read-only, has a journal still": {"xfs", "ro", false, ocf.ErrConfigured},
		"no type":                             {"", "", false, ocf.ErrConfigured},
		"no type, by force":                   {"", "", true, ocf.Success},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &config{fstype: test.fstype, options: test.options, forceClones: test.forced}
			agent := ocf.Agent{Name: "Filesystem", New: func(*ocf.Params) ocf.Actions {
				return ocf.Actions{Start: func(_ context.Context, c *ocf.Call) error { return a.checkClone(c) }}
			}}
			r := ocftest.Resource{Agent: &agent, Env: p("OCF_RESKEY_CRM_meta_clone_max", "2")}
			require.Equal(t, test.want, r.Call(t, "start").Code)
		})
	}
}
