package hana_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
)

// A site leaves replication, comes back in another mode, and the primary becomes a system of its own.
func TestLongRolesAreChangedByHand(t *testing.T) {
	p := newPair(t, 2, nil)
	mode := func(on string) string { return p.do(on, "hdbnsutil -sr_stateConfiguration --sapcontrol=1") }

	p.do(rot, "hdbnsutil -sr_changemode --mode=syncmem")
	require.Contains(t, mode(rot), "mode=syncmem\n")
	p.await("the primary's list", func() error { return contains(p.do(wdf, "hdbnsutil -sr_state"), "ROT (syncmem/logreplay)") })
	p.sql(wdf, "create table t (n int)")
	p.awaitStatus(wdf, core.Active)

	out, code := p.try(wdf, "hdbnsutil -sr_disable")
	require.Equal(t, 1, code)
	require.Contains(t, out, "still registered")
	p.do(rot, "HDB stop")
	p.do(rot, "hdbnsutil -sr_unregister")
	require.Equal(t, "SAPCONTROL-OK: <begin>\nmode=none\nSAPCONTROL-OK: <end>\ndone.\n", mode(rot))
	require.Equal(t, int(core.NoReplication), p.status(wdf))

	register(p, rot, wdf, "ROT", "--force_full_replica")
	p.do(rot, "HDB start")
	p.awaitStatus(wdf, core.Active)
	p.do(rot, "HDB stop")
	p.do(wdf, "hdbnsutil -sr_unregister --name=ROT")
	require.Equal(t, int(core.NoReplication), p.status(wdf))
	_, code = p.try(rot, "hdbnsutil -sr_cleanup")
	require.Equal(t, 1, code)
	p.do(rot, "hdbnsutil -sr_cleanup --force")
	require.Contains(t, mode(rot), "mode=none\n")

	p.do(wdf, "hdbnsutil -sr_disable")
	require.Contains(t, mode(wdf), "mode=none\n")
	p.sql(wdf, "insert into t values (1)")
	for _, on := range []string{wdf, rot} {
		_, code = p.try(on, "hdbnsutil -sr_takeover")
		require.Equal(t, 1, code)
	}
	_, code = p.try(rot, "hdbnsutil -sr_register --remoteHost=suse01 --remoteInstance=10 --replicationMode=sync --operationMode=logreplay --name=ROT")
	require.Equal(t, 1, code, "a system without replication takes no secondaries")
}
