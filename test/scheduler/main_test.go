package scheduler

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab"
	"ocfbox/test/product"
)

// booted are the clusters at rest that the cases share, by their file.
var booted sync.Map

// boot is the cluster of a configuration, up and at rest. prepare puts in what agents have written by then.
func boot(t testing.TB, file string, prepare func(*Cluster) *Cluster) *Cluster {
	t.Helper()
	lab.Need(t, Programs...)
	make := sync.OnceValues(func() (*Cluster, error) {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		c, err := Load(t.Context(), string(text))
		if err != nil {
			return nil, err
		}
		return prepare(c).Boot(t.Context())
	})
	once, _ := booted.LoadOrStore(file, make)
	c, err := once.(func() (*Cluster, error))()
	require.NoError(t, err)
	return c
}

func topology(t testing.TB, name string) string {
	return filepath.Join(product.Root(t), "test", "topologies", name, "cluster.crm")
}

func asItIs(c *Cluster) *Cluster { return c }
