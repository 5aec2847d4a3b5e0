package hana_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/test/hanasim/install"
	"ocfbox/test/hanasim/simtest"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/product"
)

// The nodes: wdf has the primary.
const (
	wdf = "suse01"
	rot = "suse02"
)

// configuration is the guide's (test/topologies/hana-performance) without address and fencing device.
const configuration = `primitive rsc_SAPHanaTopology_HA1_HDB10 ocf:suse:SAPHanaTopology \
 op monitor interval=10 timeout=300 \
 op start interval=0 timeout=300 \
 op stop interval=0 timeout=300 \
 params SID=HA1 InstanceNumber=10
primitive rsc_SAPHana_HA1_HDB10 ocf:suse:SAPHana \
 op monitor interval=61 role=Unpromoted timeout=700 \
 op start interval=0 timeout=3600 \
 op stop interval=0 timeout=3600 \
 op promote interval=0 timeout=3600 \
 op monitor interval=60 role=Promoted timeout=700 \
 params SID=HA1 InstanceNumber=10 PREFER_SITE_TAKEOVER=true \
 DUPLICATE_PRIMARY_TIMEOUT=7200 AUTOMATED_REGISTER=false
clone msl_SAPHana_HA1_HDB10 rsc_SAPHana_HA1_HDB10 \
 meta clone-max=2 clone-node-max=1 interleave=true promotable=true
clone cln_SAPHanaTopology_HA1_HDB10 rsc_SAPHanaTopology_HA1_HDB10 \
 meta clone-node-max=1 interleave=true
order ord_SAPHana_HA1_HDB10 Optional: \
 cln_SAPHanaTopology_HA1_HDB10 msl_SAPHana_HA1_HDB10
`

// pair is a laboratory with a running pair in sync, of which the cluster has taken charge with our agents.
func pair(t *testing.T) *cluster.Lab {
	t.Helper()
	agents, err := cluster.Ours(t.Context(), installed(t))
	require.NoError(t, err)
	plan := install.Default()
	plan.State = install.Running
	l := simtest.Up(t, "bench", cluster.Options{Nodes: []string{wdf, rot}, Agents: agents}, plan)
	require.NoError(t, l.LoadConfiguration(t.Context(), wdf, configuration))
	awaitAttribute(t, l, wdf, "clone_state", "PROMOTED")
	awaitAttribute(t, l, rot, "clone_state", "DEMOTED")
	awaitAttribute(t, l, rot, "sync_state", "SOK")
	return l
}

// installed is the program as an installation has it: what the linker has just written is slower to start.
func installed(t *testing.T) string {
	t.Helper()
	program, err := os.ReadFile(filepath.Join(product.Root(t), "bin", "ocfbox"))
	require.NoError(t, err, "make build makes it")
	path := filepath.Join(t.TempDir(), "ocfbox")
	require.NoError(t, os.WriteFile(path, program, 0o755))
	return path
}

// awaitAttribute waits for the state that the agents have published.
func awaitAttribute(t *testing.T, l *cluster.Lab, of, name, want string) {
	t.Helper()
	what := fmt.Sprintf("%s=%s of %s", name, want, of)
	require.NoError(t, cluster.Await(t.Context(), what, 2*time.Minute, func(ctx context.Context) error {
		got, err := l.Run(ctx, wdf, "crm_attribute", "--query", "--quiet", "--node="+of, "--lifetime=reboot", "--name=hana_ha1_"+name)
		if err == nil && strings.TrimSpace(got) != want {
			err = fmt.Errorf("it is %s", got)
		}
		return err
	}))
}
