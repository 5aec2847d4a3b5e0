package saphana

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana/hanatest"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
	"ocfbox/internal/run/runtest"
)

func TestWhichWritesWaitForWhich(t *testing.T) {
	t.Parallel()
	state := Write{Attribute: crm.TransientOf("suse01", "hana_ha1_clone_state"), Value: "DEMOTED"}
	other := Write{Attribute: state.Attribute, Value: "WAITING4LPA"}
	lpt := Write{Attribute: crm.PermanentOf("suse01", "lpa_ha1_lpt"), Value: "10", File: true}
	history := Write{Attribute: crm.TransientOf("suse01", "hana_ha1_srah"), Value: "T", Beside: true}
	score := func(value string) Write { return Write{Attribute: crm.PromotionOf("suse01", "rsc"), Value: value} }
	for name, test := range map[string]struct {
		next   Effect
		writes []Write
		waves  [][]Write
		beside []Write
	}{
		"nothing": {},
		"what has nothing to do with each other goes side by side":  {Done, []Write{state, lpt}, [][]Write{{state, lpt}}, nil},
		"two values of one attribute keep their order":              {Done, []Write{state, lpt, other}, [][]Write{{state, lpt}, {other}}, nil},
		"a score at which is promoted comes last":                   {Done, []Write{score("0"), state, lpt}, [][]Write{{state, lpt}, {score("0")}}, nil},
		"and so does one that nobody understands":                   {Done, []Write{score("odd"), state}, [][]Write{{state}, {score("odd")}}, nil},
		"a score at which nobody is promoted waits for nothing":     {Done, []Write{state, score("-9000")}, [][]Write{{state, score("-9000")}}, nil},
		"minus infinity is such a one":                              {Done, []Write{state, score(never)}, [][]Write{{state, score(never)}}, nil},
		"what the effect does not depend on goes beside it":         {TakeOver, []Write{lpt, history}, [][]Write{{lpt}}, []Write{history}},
		"without an effect there is nothing for it to go beside of": {Done, []Write{lpt, history}, [][]Write{{lpt, history}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			waves, beside := Verdict{Next: test.next, Writes: test.writes}.Waves()
			require.Equal(t, test.waves, waves)
			require.Equal(t, test.beside, beside)
		})
	}
}

// The promises of Waves, for every verdict that there is.
func TestNoPartOfTheWritesLetsAStaleSideBePromoted(t *testing.T) {
	t.Parallel()
	every(occasions(), func(base Observation) {
		variants(base, func(o Observation) {
			v := Decide(o)
			if fault := unsafeOrder(o, v); fault != "" {
				require.FailNow(t, fault, "%+v", v)
			}
		})
	})
}

// unsafeOrder is what is wrong with the order of a verdict's writes, or empty.
func unsafeOrder(o Observation, v Verdict) string {
	waves, beside := v.Waves()
	before := slices.Concat(waves...)
	has := func(writes []Write, name, value string) bool {
		return slices.ContainsFunc(writes, func(w Write) bool { return w.Attribute.Name == name && w.Value == value })
	}
	for i, wave := range waves {
		for at, write := range wave {
			switch {
			case write.promotable() && (i != len(waves)-1 || len(wave) > 1):
				return "a score at which is promoted beside another write"
			case slices.ContainsFunc(wave[:at], func(w Write) bool { return w.Attribute == write.Attribute }):
				return "two values of one attribute side by side"
			}
		}
	}
	switch {
	case v.Next == TakeOver && o.After != AwaitPermission:
		return "a takeover that waits for no permission"
	case len(v.Writes) != len(before)+len(beside):
		return "a write is lost"
	case v.Next == AwaitPermission && !has(before, "hana_ha1_sra", "T"):
		return "a takeover without permission"
	case v.Next == AwaitPermission && !has(before, "lpa_ha1_lpt", strconv.FormatInt(o.Now.Unix(), 10)):
		return "a takeover without timestamp"
	case v.Next == Launch && o.Own.Hook != "" && o.Own.Hook != "SWAIT" && !has(before, "hana_ha1_site_srHook_WDF", "SWAIT"):
		return "a start that leaves the hook's old word"
	}
	return ""
}

// What a takeover depends on is in the cluster when it begins, however long each write takes.
func TestATakeoverBeginsAfterItsTimestampAndPermission(t *testing.T) {
	t.Parallel()
	for _, slow := range []string{"lpa_ha1_lpt", "hana_ha1_sra", "hana_ha1_srah", "hana_ha1_clone_state"} {
		t.Run("the write of "+slow+" takes a while", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.baseS()
				w.slowWrite(slow)
				var lpt, permission, role string
				w.Tool(takeover, func(ctx context.Context, c run.Cmd) (run.Result, error) {
					lpt = w.Value(crm.PermanentOf("suse01", "lpa_ha1_lpt"))
					permission = w.Value(crm.TransientOf("suse01", "hana_ha1_sra"))
					role = w.Value(crm.TransientOf("suse01", "hana_ha1_clone_state"))
					w.SAP(state, 0, hanatest.Mode("primary"))
					return runtest.Says(0, "done.\n")(ctx, c)
				})
				require.Equal(t, ocf.Success, w.Call(t, "promote").Code)
				require.Greater(t, lpt, "900000000")
				require.Equal(t, lpt, w.fileLPT())
				require.Equal(t, "T", permission)
				require.Equal(t, "PROMOTED", role)
				require.Equal(t, "T", w.Value(crm.TransientOf("suse01", "hana_ha1_srah")))
				require.Equal(t, "-", w.Value(crm.TransientOf("suse01", "hana_ha1_sra")))
			})
		})
	}
}

// The secondary that is started is SFAIL before it has a score at which it could be promoted.
func TestAScoreOfAStartComesAfterTheStateThatBarsItsPromotion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.baseS()
		w.stopped()
		w.slowWrite("hana_ha1_sync_state")
		wrote := w.wrote(func() { require.Equal(t, ocf.Success, w.Call(t, "start").Code) })
		for _, before := range []string{"sync_state=SFAIL", "lpt=10"} {
			require.Contains(t, wrote, before)
			require.Less(t, slices.Index(wrote, before), slices.Index(wrote, "score=0"), "%v", wrote)
		}
	})
}

// slowWrite makes the writes of one attribute take a while.
func (w *world) slowWrite(name string) {
	w.Runner = slowWrites{w.Cluster, name}
}

type slowWrites struct {
	run.Runner
	name string
}

// Run runs c, after a while when it writes the attribute.
func (s slowWrites) Run(ctx context.Context, c run.Cmd) (run.Result, error) {
	if slices.Contains(c.Args, "--name="+s.name) {
		time.Sleep(lateness)
	}
	return s.Runner.Run(ctx, c)
}
