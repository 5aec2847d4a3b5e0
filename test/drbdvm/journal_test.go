package drbdvm

import (
	"context"
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"
)

// A client's records are of one size and told apart by their number, which each is full of. The number is
// printed when fsync has promised the record, and not before.
const (
	recordSize = 1024
	writer     = `
import os, sys
f = os.open("/mnt/data/journal", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
for n in range(1 << 30):
    os.write(f, (b"%07d\n" % n) * 128)
    os.fsync(f)
    print(n, flush=True)
`
)

// A journal is a writer at work in a guest.
type journal struct{ ended chan Result }

// writes starts a writer on a guest that has the group. What it was promised is told to this machine as it goes.
func (r *rig) writes(g *Guest) journal {
	r.t.Helper()
	j := journal{make(chan Result, 1)}
	ctx := r.patience()
	go func() {
		// That it ends in an error is what is wanted: its guest loses its power.
		result, _ := g.Run(ctx, "python3", "-c", writer)
		j.ended <- result
	}()
	const enough = 50 * recordSize
	r.awaitOutput(g, fmt.Sprintf("[ $(stat -c %%s /mnt/data/journal) -ge %d ] && echo enough", enough), "enough")
	return j
}

// promised is how many records the writer was promised, once its guest is dead.
func (j journal) promised(r *rig) int {
	r.t.Helper()
	var result Result
	r.await("the writer is dead", func(ctx context.Context) string {
		select {
		case result = <-j.ended:
			return ""
		default:
			return "it is not"
		}
	})
	// A number that the power cut off was not told.
	count := strings.Count(result.Stdout, "\n")
	require.Greater(r.t, count, 20, "%q %s", result.Stdout, result.Stderr)
	r.t.Logf("%d records were promised", count)
	return count
}

// kept holds a guest's journal to having every record that was promised, whole and in its place.
func (r *rig) kept(g *Guest, promised int) {
	r.t.Helper()
	result, err := g.Run(r.patience(), "cat", "/mnt/data/journal")
	require.NoError(r.t, err)
	content := result.Stdout
	require.GreaterOrEqual(r.t, len(content)/recordSize, promised, "records on %s", g.Name)
	for n := range promised {
		record := content[n*recordSize : (n+1)*recordSize]
		require.Equal(r.t, strings.Repeat(fmt.Sprintf("%07d\n", n), recordSize/8), record, "record %d on %s", n, g.Name)
	}
	r.t.Logf("%s has %d records, %d were promised", g.Name, len(content)/recordSize, promised)
}
