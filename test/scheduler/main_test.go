package scheduler

import (
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
)

// booted are the clusters at rest that the cases share, by their file.
var booted sync.Map

// boot is the cluster of a configuration, up and at rest.
func boot(t testing.TB, file string) *Cluster {
	t.Helper()
	lab.Need(t, Programs...)
	start := sync.OnceValues(func() (*Cluster, error) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		c, err := Load(t.Context(), string(text))
		if err != nil {
			return nil, err
		}
		return c.Boot(t.Context())
	})
	once, _ := booted.LoadOrStore(file, start)
	c, err := once.(func() (*Cluster, error))()
	require.NoError(t, err)
	return c
}
