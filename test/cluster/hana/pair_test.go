package hana_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/text"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/network"
)

// Everything that can happen to a pair while its primary stays primary.
func TestReplicatedPair(t *testing.T) {
	p := newPair(t, 2, nil)
	p.sql(wdf, "create table t (n int, s varchar(10))")
	t.Run("a row is on the secondary's disk when it is acknowledged", func(t *testing.T) {
		p := p.with(t)
		p.sql(wdf, "insert into t values (1, 'one')")
		require.Equal(t, [][]string{{"1", "one"}}, p.journal(rot).Tables()["T"])
		require.Equal(t, "1,one\n", p.sql(wdf, "select * from t"))
	})
	t.Run("clients on other machines name host and port", func(t *testing.T) {
		p := p.with(t)
		for number, code := range map[int]int{1: 0, 2: 43} {
			address := cluster.Address(network.Client, number).String() + ":31015"
			out, got := p.root(cluster.ClientHost, hanasim.Client, "-n", address, "-u", "SYSTEM", "-a", "select * from t")
			require.Equal(t, code, got, out)
		}
	})
	t.Run("clients are not served by a secondary", func(t *testing.T) {
		out, code := p.with(t).try(rot, `hdbsql -i 10 -u SYSTEM "select * from t"`)
		require.Equal(t, 43, code, out)
	})
	for _, program := range []string{"hdbindexserver", "hdbxsengine", "hdbcompileserver", "hdbpreprocessor", "hdbwebdispatcher"} {
		t.Run(program+" is restarted by hdbdaemon", func(t *testing.T) {
			p := p.with(t)
			p.killOne(wdf, "^"+program)
			p.awaitStatus(wdf, core.Active)
		})
	}
	t.Run("a killed sapstartsrv costs nothing but sapcontrol", func(t *testing.T) { killStartService(p.with(t)) })
	t.Run("a commit waits for a stopped secondary, until its loss is reported", func(t *testing.T) { stopSecondary(p.with(t)) })
	t.Run("a cut replication network is a time-out, and heals", func(t *testing.T) { cutReplication(p.with(t)) })
	for _, pattern := range []string{"^hdbnameserver", "hdb.sapHA1_HDB10 -d"} {
		t.Run("without "+pattern+" the instance ends", func(t *testing.T) {
			p := p.with(t)
			p.signal(rot, "KILL", pattern)
			p.awaitLandscape(rot, text.LandscapeError)
			p.await("no process left", func() error {
				if out, code := p.root(rot, "pgrep", "-u", "ha1adm", "-fl", "^hdb|^sapstart |hdb.sap"); code == 0 {
					return fmt.Errorf("there are %s", out)
				}
				return nil
			})
			_, code := p.root(rot, "/usr/sap/HA1/HDB10/exe/sapcontrol", "-nr", "10", "-function", "GetProcessList")
			require.Equal(t, 4, code)
			p.awaitStatus(wdf, core.Error)
			p.do(rot, "HDB start")
			p.awaitStatus(wdf, core.Active)
		})
	}
	t.Run("a stopped nameserver leaves the tools hanging", func(t *testing.T) {
		p := p.with(t)
		p.signal(rot, "STOP", "^hdbnameserver")
		_, code := p.root(rot, "timeout", "1", "su", "-", "ha1adm", "-c", "HDBSettings.sh landscapeHostConfiguration.py")
		require.Equal(t, 124, code)
		require.Contains(t, p.do(rot, "hdbnsutil -sr_stateConfiguration --sapcontrol=1"), "mode=sync\n")
		p.signal(rot, "CONT", "^hdbnameserver")
		p.awaitLandscape(rot, text.LandscapeOK)
		p.awaitStatus(wdf, core.Active)
	})
	t.Run("nothing is lost and nobody else wrote", func(t *testing.T) {
		p := p.with(t)
		writes := p.writes(wdf, rot)
		require.NotEmpty(t, writes)
		require.Empty(t, truth.Lost(writes, p.journal(rot)))
		require.Empty(t, truth.TwoPrimaries(writes))
	})
}

// killOne kills a service and waits until hdbdaemon started it again.
func (p *pair) killOne(on, pattern string) {
	p.Helper()
	before := p.pid(on, pattern)
	p.signal(on, "KILL", pattern)
	p.await("a new "+pattern, func() error {
		if now, _ := p.root(on, "pgrep", "-u", "ha1adm", "-of", pattern); now == "" || strings.TrimSpace(now) == before {
			return fmt.Errorf("there is %q", now)
		}
		return nil
	})
	p.awaitLandscape(on, text.LandscapeOK)
}

func killStartService(p *pair) {
	p.signal(wdf, "KILL", "sapstartsrv pf=")
	out, code := p.root(wdf, "/usr/sap/HA1/HDB10/exe/sapcontrol", "-nr", "10", "-function", "GetProcessList")
	require.Equal(p, 1, code)
	require.Contains(p, out, "FAIL: NIECONN_REFUSED")
	p.awaitLandscape(wdf, text.LandscapeOK)
	_, code = p.root(wdf, "/usr/sap/HA1/HDB10/exe/sapstartsrv", "pf=/usr/sap/HA1/SYS/profile/HA1_HDB10_suse01", "-D", "-u", "ha1adm")
	require.Zero(p, code)
	_, code = p.root(wdf, "/usr/sap/HA1/HDB10/exe/sapcontrol", "-nr", "10", "-function", "GetProcessList", "-format", "script")
	require.Equal(p, 3, code)
}

// stopSecondary stops the secondary's indexserver: a commit takes as long as logshipping_timeout.
func stopSecondary(p *pair) {
	p.awaitStatus(wdf, core.Active)
	p.signal(rot, "STOP", "^hdbindexserver")
	defer p.root(rot, "pkill", "-CONT", "-u", "ha1adm", "-f", "^hdbindexserver")
	began := time.Now()
	p.sql(wdf, "insert into t values (2, 'waited')")
	require.Greater(p, time.Since(began), 2*time.Second)
	require.Equal(p, int(core.Error), p.status(wdf))
	began = time.Now()
	p.sql(wdf, "insert into t values (3, 'alone')")
	require.Less(p, time.Since(began), 2*time.Second)
	p.signal(rot, "CONT", "^hdbindexserver")
	p.awaitStatus(wdf, core.Active)
	require.Len(p, p.journal(rot).Tables()["T"], 3)
}

func cutReplication(p *pair) {
	require.NoError(p, p.lab.SetLink(p.Context(), rot, network.Replication, true))
	var group sync.WaitGroup
	group.Go(func() { p.try(wdf, `hdbsql -i 10 -u SYSTEM "insert into t values (4, 'cut')"`) })
	p.awaitStatus(wdf, core.Error)
	group.Wait()
	out, _ := p.try(wdf, "HDBSettings.sh systemReplicationStatus.py")
	require.Contains(p, out, "CONNECTION TIMEOUT")
	p.awaitLandscape(rot, text.LandscapeOK)
	require.NotContains(p, fmt.Sprint(p.journal(rot).Tables()["T"]), "cut")
	require.NoError(p, p.lab.SetLink(p.Context(), rot, network.Replication, false))
	p.awaitStatus(wdf, core.Active)
	require.Contains(p, fmt.Sprint(p.journal(rot).Tables()["T"]), "cut")
	require.Equal(p, 1, strings.Count(whats(p.accepted(rot)), truth.Copied), "only the first copy is a full one")
}

// whats lists what happened to the tenant's volume.
func whats(events []truth.Event) string {
	var b strings.Builder
	for _, e := range events {
		if e.Volume == 3 {
			b.WriteString(e.What + " ")
		}
	}
	return b.String()
}
