package metric

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/form"
)

func TestSamplesStandBelowTheirMetric(t *testing.T) {
	var set Set
	set.Add("sent_bytes", 1<<41, "resource", "a \"quoted\"\\\nname")
	set.Add("up", Truth(true))
	set.Add("up", Truth(true))
	set.Add("ratio", 0.25, "resource", "r0", "peer", "bravo")
	set.Add("not listed", 1)
	var text strings.Builder
	require.NoError(t, set.Write(&text, []Metric{{Name: "up", Help: "is it"}, {Name: "none", Help: "nothing"}, {Name: "ratio", Help: "part"},
		{Name: "sent_bytes", Help: "sent", Counter: true}}))
	require.Equal(t, `# HELP up is it
# TYPE up gauge
up 1
# HELP ratio part
# TYPE ratio gauge
ratio{resource="r0",peer="bravo"} 0.25
# HELP sent_bytes sent
# TYPE sent_bytes counter
sent_bytes{resource="a \"quoted\"\\\nname"} 2199023255552
`, text.String())
	require.Len(t, form.Metrics(t, text.String()), 3)
	require.Zero(t, Truth(false))
}
