package process

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ocfbox/test/hanasim/core"
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
