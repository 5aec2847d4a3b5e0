package hana_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/writer"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/network"
	"ocfbox/test/lab/node"
)

// Whatever happens to a pair under load: what a client was promised is there after a takeover from sync.
func TestLongTroubleUnderLoadLosesNothing(t *testing.T) {
	p := newPair(t, 2, nil)
	p.sql(wdf, "create table t (s varchar(20))")
	answers := startWriter(p)
	for range 2 {
		p.signal(rot, "STOP", "^hdbindexserver")
		p.awaitStatus(wdf, core.Error)
		p.signal(rot, "CONT", "^hdbindexserver")
		p.awaitStatus(wdf, core.Active)
		require.NoError(t, p.lab.SetLink(t.Context(), rot, network.Replication, true))
		p.awaitStatus(wdf, core.Error)
		require.NoError(t, p.lab.SetLink(t.Context(), rot, network.Replication, false))
		p.awaitStatus(wdf, core.Active)
		for _, on := range []string{wdf, rot} {
			p.killOne(on, "^hdbindexserver")
			p.awaitStatus(wdf, core.Active)
		}
	}
	p.do(wdf, "HDB kill-9")
	p.do(rot, "hdbnsutil -sr_takeover")
	promised := answers()
	require.Greater(t, len(promised), 100)
	have := map[string]int{}
	for _, row := range p.journal(rot).Tables()["T"] {
		have[row[0]]++
	}
	for _, a := range promised {
		if a.Error == "" {
			require.Equal(t, 1, have[a.Row], "row %s was acknowledged at %s", a.Row, a.Answered)
		}
	}
	writes := p.writes(wdf, rot)
	require.Empty(t, truth.Lost(writes, p.journal(rot)))
	require.Empty(t, truth.TwoPrimaries(writes))
	t.Logf("%d rows were tried, %d accepted, none is lost", len(promised), len(writes))
}

// startWriter writes rows from the client's machine. The function that it returns ends that and tells the outcome.
func startWriter(p *pair) func() []writer.Answer {
	file, err := os.Create(p.TempDir() + "/answers")
	require.NoError(p, err)
	process, err := p.lab.Process(p.Context(), cluster.ClientHost)
	require.NoError(p, err)
	ctx, cancel := context.WithTimeout(p.Context(), 5*time.Minute)
	cmd := node.Command(ctx, hanasim.Writer, "-n", cluster.Address(network.Client, 1).String()+":31015", "-patience", "20s")
	cmd.Stdout = file
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// It runs until it is killed.
		_ = node.Run(process, cmd)
		process.Close()
	}()
	return func() []writer.Answer {
		cancel()
		<-ended
		text, err := os.ReadFile(file.Name())
		require.NoError(p, err)
		answers, err := writer.Read(strings.NewReader(string(text)))
		require.NoError(p, err)
		return answers
	}
}
