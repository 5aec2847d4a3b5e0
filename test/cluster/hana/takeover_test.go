package hana_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/hanasim/text"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/lab/network"
)

// register makes a stopped site the secondary of another host.
func register(p *pair, on, remote, name, more string) string {
	return p.do(on, fmt.Sprintf("hdbnsutil -sr_register --remoteHost=%s --remoteInstance=10 --replicationMode=sync --operationMode=logreplay --name=%s %s",
		remote, name, more))
}

func TestTakeoverAfterACrashLosesNothing(t *testing.T) {
	p := newPair(t, 2, nil)
	p.sql(wdf, "create table t (n int)")
	for i := range 20 {
		p.sql(wdf, fmt.Sprintf("insert into t values (%d)", i))
	}
	p.do(wdf, "HDB kill-9")
	p.awaitLandscape(wdf, text.LandscapeError)
	p.do(rot, "hdbnsutil -sr_takeover")
	require.Equal(t, "20\n", p.sql(rot, "select count(*) from t"))
	p.sql(rot, "insert into t values (20)")
	require.Equal(t, int(core.NoReplication), p.status(rot))

	// Nobody told the old primary: started again, it is one still, and takes writes.
	p.do(wdf, "HDB start")
	require.Contains(t, p.do(wdf, "hdbnsutil -sr_stateConfiguration --sapcontrol=1"), "mode=primary\n")
	p.sql(wdf, "insert into t values (666)")
	p.sql(rot, "insert into t values (21)")
	writes := p.writes(wdf, rot)
	require.Len(t, truth.TwoPrimaries(writes), 1)

	// Its rows are gone with the registration, which costs it all its data.
	p.do(wdf, "HDB stop")
	require.Contains(t, register(p, wdf, rot, "WDF", ""), "done.\n")
	p.do(wdf, "HDB start")
	p.awaitStatus(rot, core.Active)
	require.Contains(t, whats(p.accepted(wdf)), truth.Discarded+" "+truth.Copied)
	lost := truth.Lost(writes, p.journal(rot))
	require.Len(t, lost, 1)
	require.Equal(t, []string{"666"}, lost[0].Entry.Row.Values)
	require.Equal(t, p.journal(rot).Entries, p.journal(wdf).Entries)
}

func TestLongHandshakeTakeoverSuspendsThePrimary(t *testing.T) {
	p := newPair(t, 2, nil)
	p.sql(wdf, "create table t (n int)")
	p.do(rot, "hdbnsutil -sr_takeover --suspendPrimary")
	p.awaitLandscape(wdf, text.LandscapeOK)
	require.Contains(t, p.do(wdf, "hdbnsutil -sr_state"), "is primary suspended: true\n")
	_, code := p.try(wdf, `hdbsql -i 10 -u SYSTEM "insert into t values (1)"`)
	require.Equal(t, 3, code)
	p.sql(rot, "insert into t values (2)")
	require.Empty(t, truth.TwoPrimaries(p.writes(wdf, rot)))

	// Nothing was written since: the former primary keeps its data.
	p.do(wdf, "HDB stop")
	register(p, wdf, rot, "WDF", "")
	p.do(wdf, "HDB start")
	p.awaitStatus(rot, core.Active)
	require.NotContains(t, whats(p.accepted(wdf)), truth.Copied)
	require.Equal(t, p.journal(rot).Entries, p.journal(wdf).Entries)

	p.do(wdf, "hdbnsutil -sr_takeover")
	require.NoError(t, p.lab.SetLink(t.Context(), wdf, network.Replication, true))
	out, code := p.try(rot, "hdbnsutil -sr_takeover --suspendPrimary")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "not a secondary")
}

func TestLongTakeoverNeedsAWholeCopy(t *testing.T) {
	p := newPair(t, 2, func(p *install.Plan) { p.State, p.Speed = install.Registered, 1 })
	out, code := p.try(rot, "hdbnsutil -sr_takeover")
	require.Equal(t, 1, code)
	require.Contains(t, out, "no consistent data")
	p.do(wdf, "HDB start")
	p.do(rot, "HDB start")
	require.Equal(t, int(core.Initializing), p.status(wdf))
	out, code = p.try(rot, "hdbnsutil -sr_takeover")
	require.Equal(t, 1, code)
	require.Contains(t, out, "no consistent data")
	p.awaitStatus(wdf, core.Active)
	p.do(rot, "HDB stop")
	require.Equal(t, "done.\n", p.do(rot, "hdbnsutil -sr_takeover"))
	require.Contains(t, p.do(rot, "hdbnsutil -sr_stateConfiguration --sapcontrol=1"), "mode=primary\nsite id=2\nsite name=ROT\n")
}

func TestLongPowerLossKeepsWhatWasAcknowledged(t *testing.T) {
	p := newPair(t, 2, nil)
	require.NoError(t, p.lab.SetFencing(t.Context(), "fails"))
	p.sql(wdf, "create table t (n int)")
	p.sql(wdf, "insert into t values (1)")
	require.NoError(t, p.lab.Crash(t.Context(), wdf))
	p.do(rot, "hdbnsutil -sr_takeover")
	require.Equal(t, "1\n", p.sql(rot, "select * from t"))
	require.NoError(t, p.lab.SetFencing(t.Context(), "works"))
	require.NoError(t, p.lab.Boot(t.Context(), wdf))
	p.awaitLandscape(wdf, text.LandscapeError)
	require.Contains(t, p.do(wdf, "hdbnsutil -sr_stateConfiguration --sapcontrol=1"), "mode=primary\n")
	require.Equal(t, [][]string{{"1"}}, p.journal(wdf).Tables()["T"])
	require.Len(t, p.writes(wdf), 2)
	register(p, wdf, rot, "WDF", "")
	p.do(wdf, "HDB start")
	p.awaitStatus(rot, core.Active)
	require.NotContains(t, whats(p.accepted(wdf)), truth.Copied)
}

// Without waiting for the secondary, a crash of the primary loses what was not shipped; that can be computed.
func TestLongAsyncLosesRows(t *testing.T) {
	p := newPair(t, 2, func(p *install.Plan) { p.Mode = core.Async })
	p.sql(wdf, "create table t (n int)")
	require.NoError(t, p.lab.SetLink(t.Context(), rot, network.Replication, true))
	began := time.Now()
	p.sql(wdf, "insert into t values (1)")
	require.Less(t, time.Since(began), time.Second, "async does not wait")
	p.do(wdf, "HDB kill-9")
	p.do(rot, "hdbnsutil -sr_takeover")
	lost := truth.Lost(p.writes(wdf, rot), p.journal(rot))
	require.Len(t, lost, 1)
	require.Equal(t, []string{"1"}, lost[0].Entry.Row.Values)
}

func TestLongThirdSite(t *testing.T) {
	for name, chain := range map[string]bool{"in a chain": true, "of the primary": false} {
		t.Run(name, func(t *testing.T) { thirdSite(t, chain) })
	}
}

func thirdSite(t *testing.T, chain bool) {
	p := newPair(t, 3, func(p *install.Plan) { p.Chain = chain })
	p.sql(wdf, "create table t (n int)")
	p.sql(wdf, "insert into t values (1)")
	source := map[bool]string{true: rot, false: wdf}[chain]
	p.awaitStatus(source, core.Active)
	p.await("the row on the third site", func() error {
		if rows := p.journal(dr1).Tables()["T"]; len(rows) != 1 {
			return fmt.Errorf("there are %v", rows)
		}
		return nil
	})
	require.Contains(t, p.do(wdf, "hdbnsutil -sr_stateHostMapping --sapcontrol=1"),
		"mapping/suse01=WDF/suse01\nmapping/suse01=ROT/suse02\nmapping/suse01=DR1/suse03\n")
	require.Contains(t, p.do(wdf, "hdbnsutil -sr_state"), map[bool]string{
		true:  "WDF (primary/primary)\n    |---ROT (sync/logreplay)\n        |---DR1 (async/logreplay)\n",
		false: "WDF (primary/primary)\n    |---ROT (sync/logreplay)\n    |---DR1 (sync/logreplay)\n",
	}[chain])
	// The other site does not matter for --site.
	p.do(dr1, "HDB stop")
	p.awaitStatus(source, core.Error)
	_, code := p.try(wdf, "HDBSettings.sh systemReplicationStatus.py --site=ROT")
	require.Equal(t, int(core.Active), code)
	p.do(dr1, "HDB start")
	p.awaitStatus(source, core.Active)

	p.do(rot, "hdbnsutil -sr_takeover")
	want := map[bool]core.Status{true: core.Active, false: core.NoReplication}[chain]
	p.awaitStatus(rot, want)
	if !chain {
		p.do(dr1, "HDB stop")
		register(p, dr1, rot, "DR1", "")
		p.do(dr1, "HDB start")
		p.awaitStatus(rot, core.Active)
	}
	p.sql(rot, "insert into t values (2)")
	p.await("the new primary's row on the third site", func() error {
		if rows := p.journal(dr1).Tables()["T"]; len(rows) != 2 {
			return fmt.Errorf("there are %v", rows)
		}
		return nil
	})
}

func TestLongTenantsReplicateEach(t *testing.T) {
	p := newPair(t, 2, func(p *install.Plan) { p.Tenants = []string{"QQ1"} })
	p.do(wdf, `hdbsql -i 10 -u SYSTEM -d QQ1 "create table q (n int)"`)
	p.do(wdf, `hdbsql -i 10 -u SYSTEM -d QQ1 "insert into q values (7)"`)
	_, code := p.try(wdf, `hdbsql -i 10 -u SYSTEM -d HA1 "select * from q"`)
	require.Equal(t, 3, code)
	out, _ := p.try(wdf, "HDBSettings.sh systemReplicationStatus.py")
	require.Equal(t, 1, strings.Count(out, "| QQ1      | suse01 | 31040 | indexserver  |         4 |"), out)
	// One tenant's service is enough for the system not to be in sync.
	p.signal(rot, "STOP", "hdbindexserver -port 31040")
	p.try(wdf, `hdbsql -i 10 -u SYSTEM -d QQ1 "insert into q values (8)"`)
	require.Equal(t, int(core.Error), p.status(wdf))
	p.signal(rot, "CONT", "hdbindexserver -port 31040")
	p.awaitStatus(wdf, core.Active)
	p.do(rot, "hdbnsutil -sr_takeover")
	require.Equal(t, "7\n8\n", p.do(rot, `hdbsql -i 10 -u SYSTEM -a -d QQ1 "select * from q"`))
}

func TestLongFullSyncWaitsForTheSecondary(t *testing.T) {
	p := newPair(t, 2, func(p *install.Plan) { p.State = install.Registered })
	_, err := p.lab.RunWith(t.Context(), "\n[system_replication]\nenable_full_sync = true\nlogshipping_timeout = 10\n", wdf, "sh", "-c", "cat >>/usr/sap/HA1/SYS/global/hdb/custom/config/global.ini")
	require.NoError(t, err)
	p.do(wdf, "HDB start")
	p.do(rot, "HDB start")
	p.awaitStatus(wdf, core.Active)
	p.sql(wdf, "create table t (n int)")
	p.do(rot, "HDB stop")
	p.awaitStatus(wdf, core.Error)
	_, code := p.root(wdf, "timeout", "4", "su", "-", "ha1adm", "-c", `hdbsql -i 10 "insert into t values (1)"`)
	require.Equal(t, 124, code)
	require.Len(t, p.writes(wdf), 1, "nothing is accepted alone")
	p.do(rot, "HDB start")
	p.awaitStatus(wdf, core.Active)
	p.sql(wdf, "insert into t values (2)")
	require.Empty(t, truth.Lost(p.writes(wdf), p.journal(rot)))
}

func TestLongReadAccessToTheSecondary(t *testing.T) {
	p := newPair(t, 2, func(p *install.Plan) { p.OperationMode = "logreplay_readaccess" })
	p.sql(wdf, "create table t (n int)")
	p.sql(wdf, "insert into t values (1)")
	require.Equal(t, "1\n", p.sql(rot, "select * from t"))
	out, code := p.try(rot, `hdbsql -i 10 "insert into t values (2)"`)
	require.Equal(t, 3, code)
	require.Contains(t, out, "not open for writing")
	require.Contains(t, p.do(rot, "hdbnsutil -sr_state"), "operation mode: logreplay_readaccess\n")
	out = p.do(rot, "cd $DIR_EXECUTABLE/python_support; python getParameter.py --key=global.ini/system_replication/operation_mode --sapcontrol=1")
	require.Contains(t, out, "global.ini/system_replication/operation_mode=logreplay_readaccess\n")
}
