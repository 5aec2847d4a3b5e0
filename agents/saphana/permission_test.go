package saphana

import (
	"context"
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

// readable reports whether the CIB says that the takeover is the cluster's, as a provider would find it there.
func (w *world) readable() bool {
	cib, err := (&crm.Cluster{Runner: w.Cluster}).CIB(context.Background())
	require.NoError(w.T, err)
	value, _ := cib.Value(crm.TransientOf("suse01", "hana_ha1_sra"))
	return value == "T"
}

// A provider that guards against takeovers by hand must be able to read the cluster's permission (hana-hooks.md 4.3).
func TestATakeoverWaitsUntilItsPermissionIsReadable(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{
		"at once": 0, "after a while": 3 * time.Second, "too late": time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.baseS()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				readable := false
				w.Tool(takeover, func(ctx context.Context, c run.Cmd) (run.Result, error) {
					readable = w.readable()
					w.SAP(state, 0, hanatest.Mode("primary"))
					return runtest.Says(0, "done.\n")(ctx, c)
				})
				if late > 0 {
					w.Cluster.Hold()
					time.AfterFunc(late, w.Cluster.Release)
				}
				require.Equal(t, ocf.Success, w.Call(t, "promote").Code)
				require.Equal(t, late < permissionTime, readable)
				took := time.Since(began)
				require.GreaterOrEqual(t, took, min(late, permissionTime))
				require.LessOrEqual(t, took, min(late, permissionTime)+permissionPause)
				require.Equal(t, 1, w.Count(takeover))
				time.Sleep(late)
			})
		})
	}
}
