package process

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/text"
	"ocfbox/test/hanasim/wire"
)

func TestAJournalSurvivesAnyTornEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hdb00003.jsonl")
	j, log, _, err := openJournal(path)
	require.NoError(t, err)
	require.Zero(t, log.Last())
	require.NoError(t, j.write(record{Turns: []core.Turn{{Epoch: 1, From: 1}}}, record{InSync: map[int]bool{2: true}}))
	require.NoError(t, j.entries([]core.Entry{{Position: 1, Row: core.Row{Table: "T"}}, {Position: 2, Row: core.Row{Table: "T", Values: []string{"1"}}}}))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for cut := range len(whole) + 1 {
		require.NoError(t, os.WriteFile(path, whole[:cut], 0o600))
		log, inSync, err := ReadJournal(path)
		require.NoError(t, err)
		if cut == len(whole) {
			require.Equal(t, uint64(2), log.Last())
			require.Equal(t, map[int]bool{2: true}, inSync)
		}
	}
}

// What is written after a torn end must count, too.
func TestAJournalGoesOnBehindATornEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hdb00003.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(`{"turns":[{"epoch":1,"from":1}]}`+"\n"+`{"entry":{"posi`), 0o600))
	j, log, _, err := openJournal(path)
	require.NoError(t, err)
	require.NoError(t, j.entries([]core.Entry{log.Append(core.Row{Table: "T"})}))
	again, _, err := ReadJournal(path)
	require.NoError(t, err)
	require.Equal(t, uint64(1), again.Last())
}

func TestAFullCopyReplacesAJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "hdb00003.jsonl")
	j, _, _, err := openJournal(path)
	require.NoError(t, err)
	require.NoError(t, j.entries([]core.Entry{{Position: 1}}))
	require.NoError(t, j.restart([]core.Turn{{Epoch: 5, From: 1}}))
	log, _, err := ReadJournal(path)
	require.NoError(t, err)
	require.True(t, log.Loading)
	require.Zero(t, log.Last())
	require.Equal(t, uint64(5), log.Epoch())
	j.lazy = []core.Entry{{Position: 1}}
	require.NoError(t, j.flush())
	require.NoError(t, j.flush())
	log, _, err = ReadJournal(path)
	require.NoError(t, err)
	require.Equal(t, uint64(1), log.Last())
}

func TestValues(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"1", "a,b", ""}, splitValues("1, 'a,b' , ''"))
	rapid.Check(t, func(t *rapid.T) { splitValues(rapid.String().Draw(t, "list")) })
}

func TestOnlyPKIFilesAreTaken(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/etc/passwd", "/usr/sap/HA1/SYS/global/security/rsecssfs/data/../../../../../../etc/passwd", "/usr/sap/HA1/SYS/global/security/rsecssfs/key/SSFS_HA1.KEY.x"} {
		require.ErrorContains(t, writeKey(fileMessage{Path: path}), "no PKI file")
	}
}

// sapcontrol's WaitforStarted goes by the colours. A daemon that has just opened its socket must not look like one whose
// services all run.
func TestAnInstanceIsGreenWhenAllOfItsServicesAre(t *testing.T) {
	t.Parallel()
	d := newDaemon(site.System{SID: "HA1", Number: "10", Host: "suse01"})
	require.Len(t, d.processes(), len(d.system.Services())+1)
	for _, c := range d.children {
		for _, state := range []string{"stopped", "starting"} {
			c.state = state
			require.Equal(t, "YELLOW", text.Color(d.processes()), "%s is %s", c.service.Name, state)
		}
		c.state = "active"
	}
	require.Equal(t, "GREEN", text.Color(d.processes()))
}

// A service becomes green when the nameserver says of it that it is active, not before: then the landscape is ok as
// soon as all are green.
func TestANameserverKnowsOfAServiceBeforeTheDaemonDoes(t *testing.T) {
	t.Parallel()
	c := &coordinator{
		system: site.System{SID: "HA1", Number: "10", Host: "suse01"}, members: map[int]*member{},
		calls: make(chan func(), 10), changed: make(chan struct{}),
	}
	for _, v := range c.system.Services() {
		require.NotEqual(t, text.LandscapeOK, text.LandscapeOf(c.system.Host, c.state()).Status, "before %s", v.Name)
		ours, theirs := net.Pipe()
		me := &member{conn: wire.New(ours), service: v, active: "starting"}
		c.members[v.Port] = me
		go c.hear(me, wire.ServiceMessage{Active: true})
		var o wire.Order
		require.NoError(t, wire.New(theirs).Receive(&o))
		require.True(t, o.Active)
		known := slices.ContainsFunc(c.state().Services, func(s wire.ServiceState) bool { return s.Port == v.Port && s.Active == "yes" })
		require.True(t, known, v.Name)
	}
	require.Equal(t, text.LandscapeOK, text.LandscapeOf(c.system.Host, c.state()).Status)
}
