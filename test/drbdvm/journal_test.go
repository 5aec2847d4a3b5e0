package drbdvm

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"

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

// A journal is a writer at work in a guest, and what this machine was told of its promises.
type journal struct {
	ended chan Result
	mu    sync.Mutex
	told  int
}

// Write counts the numbers that came. One that the power cut off does not count.
func (j *journal) Write(said []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.told += bytes.Count(said, []byte("\n"))
	return len(said), nil
}

func (j *journal) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.told
}

// writes starts a writer on a guest that has the group, and returns when this machine was told of a hundred records.
func (r *rig) writes(g *Guest) *journal {
	r.t.Helper()
	j := &journal{ended: make(chan Result, 1)}
	ctx := r.patience()
	go func() {
		// That it ends in an error is what is wanted: its guest loses its power.
		result, _ := g.Follow(ctx, j, "python3", "-c", writer)
		j.ended <- result
	}()
	r.await("a client writes on "+g.Name, func(context.Context) string {
		if told := j.count(); told < 100 {
			return fmt.Sprintf("%d records were promised", told)
		}
		return ""
	})
	return j
}

// promised is how many records the writer was promised, once its guest is dead.
func (j *journal) promised(r *rig) int {
	r.t.Helper()
	select {
	case result := <-j.ended:
		require.Empty(r.t, result.Stderr, "the writer had an end of its own")
	case <-r.patience().Done():
		require.Fail(r.t, "the writer goes on")
	}
	r.t.Logf("%d records were promised", j.count())
	return j.count()
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
