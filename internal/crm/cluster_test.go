package crm_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/crm/crmtest"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

func TestAMonitorReadsOnceAndWritesWhatDiffers(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01", "suse02")
	c := crm.Cluster{Runner: fake}
	roles := crm.TransientOf("suse01", "hana_ha1_roles")
	hook := crm.PropertyOf("SAPHanaSR", "hana_ha1_site_srHook_ROT")
	monitor := func() (writes int) {
		fake.Forget()
		cib, err := c.CIB(t.Context())
		require.NoError(t, err)
		for _, w := range []struct {
			a     crm.Attribute
			value string
		}{{roles, "4:P:master1:master:worker:master"}, {hook, "SOK"}, {roles, "4:P:master1:master:worker:master"}} {
			wrote, err := c.Update(t.Context(), cib, w.a, w.value)
			require.NoError(t, err)
			if wrote {
				writes++
			}
		}
		wrote, err := c.SetScore(t.Context(), cib, "suse01", "rsc_SAPHana_HA1_HDB10", 150)
		require.NoError(t, err)
		if wrote {
			writes++
		}
		require.Equal(t, 1, fake.Started("cibadmin"))
		require.Equal(t, 1+writes, fake.Started(), "programs started")
		return writes
	}
	require.Equal(t, 3, monitor())
	require.Equal(t, 0, monitor(), "nothing has changed")

	cib, err := c.CIB(t.Context())
	require.NoError(t, err)
	for _, set := range cib.Properties {
		if set.ID == "SAPHanaSR" {
			require.Equal(t, "SAPHanaSR-hana_ha1_site_srHook_ROT", set.Pairs[0].ID)
		}
	}
}

func TestAnEmptyValueIsNotWrittenOverAMissingOne(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	c := crm.Cluster{Runner: fake}
	cib, err := c.CIB(t.Context())
	require.NoError(t, err)
	wrote, err := c.Update(t.Context(), cib, crm.TransientOf("suse01", "a"), "")
	require.NoError(t, err)
	require.False(t, wrote)
	require.NotContains(t, fake.CIB(), `name="a"`)
}

func TestAScoreIsTheSameHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	c := crm.Cluster{Runner: fake}
	require.NoError(t, c.Set(t.Context(), crm.PromotionOf("suse01", "r"), "-1000000"))
	cib, err := c.CIB(t.Context())
	require.NoError(t, err)
	wrote, err := c.SetScore(t.Context(), cib, "suse01", "r", -crm.Infinity)
	require.NoError(t, err)
	require.False(t, wrote)
}

func TestTheFeatureSetChoosesTheToolForScores(t *testing.T) {
	t.Parallel()
	for set, tool := range map[string]string{
		"": "crm_attribute", "3.16.1": "crm_attribute", "3.10.0": "crm_attribute", "4.0": "crm_attribute",
		"3.9.0": "crm_master", "3.0.14": "crm_master", "2.9.99": "crm_master",
	} {
		fake := crmtest.New("suse01")
		c := crm.Cluster{Runner: fake, FeatureSet: set}
		a := crm.PromotionOf("suse01", "r")
		require.NoError(t, c.Set(t.Context(), a, "100"))
		got, err := c.Get(t.Context(), a)
		require.NoError(t, err)
		require.Equal(t, "100", got)
		require.NoError(t, c.Delete(t.Context(), a))
		_, err = c.Get(t.Context(), a)
		require.ErrorIs(t, err, crm.ErrNoAttribute)
		require.Equal(t, fake.Started(), fake.Started(tool), "feature set %q", set)
	}
}

func TestTheLocalNodesNameIsAskedForOnlyWhenUnknown(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01", "suse02")
	name, err := (&crm.Cluster{Runner: fake, Node: "suse02"}).LocalNode(t.Context())
	require.NoError(t, err)
	require.Equal(t, "suse02", name)
	require.Zero(t, fake.Started())
	name, err = (&crm.Cluster{Runner: fake.On("suse02")}).LocalNode(t.Context())
	require.NoError(t, err)
	require.Equal(t, "suse02", name)
}

func TestToolsAreTakenFromTheDirectory(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	_, err := (&crm.Cluster{Runner: fake, Dir: "/usr/sbin"}).CIB(t.Context())
	require.NoError(t, err)
	require.Equal(t, "/usr/sbin/cibadmin", fake.Calls()[0].Path)
}

// A question is a way to ask the cluster something.
type question struct {
	// tool is the program it needs.
	tool string
	ask  func(context.Context, *crm.Cluster) error
	// rubbish are outputs that are no answer to it, beside the empty one.
	rubbish []string
}

// questions are all of them.
func questions() map[string]question {
	a := crm.TransientOf("suse01", "a")
	const dump, xml = "core dumped (see\nthe log for it)\nrubbish of no use\n", "<<<"
	return map[string]question{
		"CIB": {"cibadmin", func(ctx context.Context, c *crm.Cluster) error { _, err := c.CIB(ctx); return err },
			[]string{dump, xml, "\xff\x00", "<cib>", "<status/>"}},
		"Get": {"crm_attribute", func(ctx context.Context, c *crm.Cluster) error { _, err := c.Get(ctx, a); return err },
			[]string{xml, "no newline"}},
		"Status": {"crm_mon", func(ctx context.Context, c *crm.Cluster) error { _, err := c.Status(ctx); return err },
			[]string{dump, xml, "\xff\x00", "<cib/>"}},
		"LocalNode": {"crm_node", func(ctx context.Context, c *crm.Cluster) error { _, err := c.LocalNode(ctx); return err },
			[]string{dump, "\n\n"}},
		"Members": {"crm_node", func(ctx context.Context, c *crm.Cluster) error { _, err := c.Members(ctx); return err },
			[]string{dump, xml, "\n\n"}},
		"Partition": {"crm_node", func(ctx context.Context, c *crm.Cluster) error { _, err := c.Partition(ctx); return err },
			[]string{"\n\n"}},
		"Quorum": {"crm_node", func(ctx context.Context, c *crm.Cluster) error { _, err := c.Quorum(ctx); return err },
			[]string{dump, xml, "\n\n", "2", "yes"}},
		"Set":    {"crm_attribute", func(ctx context.Context, c *crm.Cluster) error { return c.Set(ctx, a, "1") }, nil},
		"Delete": {"crm_attribute", func(ctx context.Context, c *crm.Cluster) error { return c.Delete(ctx, a) }, nil},
	}
}

func TestEveryToolThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	exits := func(code int) runtest.Program { return runtest.Says(code, "") }
	for name, q := range questions() {
		for _, row := range []struct {
			failure string
			program runtest.Program
			want    error
		}{
			{"missing", crmtest.Missing, run.ErrNotFound},
			{"not permitted", exits(4), crm.ErrDenied},
			{"refuses its arguments", exits(64), crm.ErrUsage},
			{"not connected", exits(102), crm.ErrNotConnected},
			{"not connected, Pacemaker 1.1", exits(107), crm.ErrNotConnected},
			{"gave up waiting", exits(124), run.ErrTimeout},
		} {
			t.Run(name+" "+row.failure, func(t *testing.T) {
				t.Parallel()
				fake := crmtest.New("suse01")
				fake.Override(q.tool, row.program)
				require.ErrorIs(t, q.ask(t.Context(), &crm.Cluster{Runner: fake}), row.want)
			})
		}
		t.Run(name+" unknown exit code", func(t *testing.T) {
			t.Parallel()
			fake := crmtest.New("suse01")
			fake.Override(q.tool, func(context.Context, run.Cmd) (run.Result, error) {
				return run.Result{Code: 70, Stderr: []byte(q.tool + ": it broke\n")}, nil
			})
			err := q.ask(t.Context(), &crm.Cluster{Runner: fake})
			var refusal *crm.Error
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, crm.Error{Tool: q.tool, Code: 70, Message: "it broke"}, *refusal)
			require.ErrorContains(t, err, `run `+q.tool+`: exit 70 ("it broke")`)
		})
	}
}

func TestRubbishIsNeverAnAnswer(t *testing.T) {
	t.Parallel()
	for name, q := range questions() {
		fake := crmtest.New("suse01")
		if q.rubbish == nil {
			continue // What a write prints is for people.
		}
		for _, rubbish := range append(q.rubbish, "") {
			fake.Override(q.tool, runtest.Says(0, rubbish))
			err := q.ask(t.Context(), &crm.Cluster{Runner: fake})
			require.ErrorIs(t, err, crm.ErrGarbled, "%s: %q", name, rubbish)
		}
		fake.Override(q.tool, func(context.Context, run.Cmd) (run.Result, error) {
			return run.Result{Stdout: []byte("1\n"), Truncated: true}, nil
		})
		require.ErrorIs(t, q.ask(t.Context(), &crm.Cluster{Runner: fake}), crm.ErrGarbled, "%s: cut off", name)
	}
}

func TestAValueInSeveralSetsIsAmbiguous(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	c := crm.Cluster{Runner: fake}
	require.NoError(t, c.Set(t.Context(), crm.PropertyOf("one", "p"), "1"))
	require.NoError(t, c.Set(t.Context(), crm.PropertyOf("two", "p"), "2"))
	any := crm.PropertyOf("", "p")
	_, err := c.Get(t.Context(), any)
	require.ErrorIs(t, err, crm.ErrAmbiguous)
	require.ErrorIs(t, c.Set(t.Context(), any, "3"), crm.ErrAmbiguous)
	require.ErrorIs(t, c.Delete(t.Context(), any), crm.ErrAmbiguous)
}

func TestAnOlderMonitorIsAskedInTheOlderWay(t *testing.T) {
	t.Parallel()
	fake := crmtest.New("suse01")
	xml, err := fake.Run(t.Context(), run.Cmd{Path: "crm_mon", Args: []string{"--as-xml"}})
	require.NoError(t, err)
	fake.Override("crm_mon", func(_ context.Context, cmd run.Cmd) (run.Result, error) {
		if slices.Contains(cmd.Args, "--output-as=xml") {
			return run.Result{Code: 64, Stderr: []byte("crm_mon: unrecognized option '--output-as=xml'\n")}, nil
		}
		return xml, nil
	})
	status, err := (&crm.Cluster{Runner: fake}).Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, "suse01", status.DC)
}

func TestAToolThatHangsEndsWithTheDeadline(t *testing.T) {
	t.Parallel()
	for name, q := range questions() {
		synctest.Test(t, func(t *testing.T) {
			fake := crmtest.New("suse01")
			fake.Override(q.tool, runtest.Hangs)
			began := time.Now()
			err := q.ask(t.Context(), &crm.Cluster{Runner: fake, Timeout: 20 * time.Second})
			require.ErrorIs(t, err, run.ErrTimeout, name)
			require.Equal(t, 20*time.Second, time.Since(began), "the cluster's own bound")

			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			err = q.ask(ctx, &crm.Cluster{Runner: fake, Timeout: 20 * time.Second})
			require.ErrorIs(t, err, run.ErrTimeout, name)
			require.Equal(t, 23*time.Second, time.Since(began), "the caller's")
		})
	}
}

func TestAStoppedPacemakerIsNotAnEmptyOne(t *testing.T) {
	t.Parallel()
	for name, q := range questions() {
		fake := crmtest.New("suse01", "suse02")
		fake.Stop("suse01")
		require.ErrorIs(t, q.ask(t.Context(), &crm.Cluster{Runner: fake}), crm.ErrNotConnected, name)
		if err := q.ask(t.Context(), &crm.Cluster{Runner: fake.On("suse02")}); name != "Get" {
			require.NoError(t, err, name)
		} else {
			require.ErrorIs(t, err, crm.ErrNoAttribute, "the other node knows that it is not set")
		}
	}
}
