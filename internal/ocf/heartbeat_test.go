package ocf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
)

// owned is how heartbeat's ResourceManager reads the output of status: the first pattern that matches
// decides (ocf-framework.md 13.1).
func owned(output string) bool {
	lower := strings.NewReplacer("N", "n", "O", "o", "T", "t", "R", "r").Replace(output)
	if i := strings.Index(lower, "not"); i >= 0 && strings.Contains(lower[i:], "running") {
		return false
	}
	return strings.Contains(lower, "running") || strings.Contains(output, "OK")
}

// The dispatch table of ocf-framework.md 13.3 in its order, and the rows F38 to F48 as far as they are
// the framework's. Rows that speak of Filesystem are not named: that agent's own tests will be.
func TestDispatch(t *testing.T) {
	const ha, ra = "/etc/ha.d/resource.d/Box", "/usr/lib/ocf/resource.d/ocfbox/Box"
	cluster := map[string]string{"OCF_RA_VERSION_MAJOR": "1", "OCF_RESOURCE_INSTANCE": "t", "OCF_RESKEY_content": "gold"}
	for _, test := range []struct {
		name    string
		program string
		words   []string
		env     map[string]string
		held    bool // gold is in the box already
		want    ocf.Code
		stdout  string // its beginning; empty is nothing at all
	}{
		{"the cluster's variable means OCF whatever the path", ha, words("monitor", "status"), cluster, false, ocf.NotRunning, ""},
		{"one action word means OCF for a person", ra, words("monitor"), nil, false, ocf.NotRunning, ""},
		{"one action word means OCF even at heartbeat's path", ha, words("meta-data"), nil, false, 0, "<?xml"},
		{"an action nobody has is an OCF word too", ra, words("reload-agent"), nil, false, ocf.ErrUnimplemented, ""},
		{"two words with an action at the end mean heartbeat", ra, words("gold", "stop"), nil, false, 0, "INFO:  Success\n"},
		{"by the plain name as well", "Box", words("gold", "status"), nil, false, ocf.NotRunning, "INFO:  Resource is stopped\n"},
		{"an unknown word at an OCF path", ra, words("bogus"), nil, false, ocf.ErrUnimplemented, ""},
		{"no word at an OCF path", ra, nil, nil, false, ocf.ErrArgs, ""},
		{"no word at heartbeat's path", ha, nil, nil, false, 1, "usage: Box CONTENT"},
		{"a directory that only sounds like heartbeat's", "/srv/ha.d/x/resource.d/Box", words("bogus"), nil, false, ocf.ErrUnimplemented, ""},
		{"no action", ha, words("gold", "true", "ext4"), nil, false, 1, "ERROR:  \"ext4\" is no action of a resource script\nusage: Box "},
		{"status of what is held", ha, words("gold", "status"), nil, true, 0, "INFO:  Running OK\n"},
		{"status of what is not", ha, words("gold", "status"), nil, false, ocf.NotRunning, "INFO:  Resource is stopped\n"},
		{"F41 F42 F43 start with words for parameters", ha, words("gold", "start"), nil, false, 0, "INFO:  Success\n"},
		{"F44 restart is no action", ha, words("gold", "restart"), nil, false, 1, "ERROR:  \"restart\" is no action of a resource script\nusage: Box "},
		{"F45 stop of what is not held", ha, words("gold", "stop"), nil, false, 0, "INFO:  Success\n"},
		{"F46 an older name", "/etc/ha.d/resource.d/OldBox", words("gold", "start"), nil, false, 0, "INFO:  Success\n"},
		{"too many words", ha, words("gold", "true", "ext4", "a", "start"), nil, false, 1, "usage: Box CONTENT"},
		{"monitor is status", ha, words("gold", "monitor"), nil, true, 0, "INFO:  Running OK\n"},
		{"usage", ha, words("gold", "usage"), nil, false, 0, "usage: Box CONTENT[/NIC] [STRICT] {start|stop|status|monitor|usage}\nINFO:  Success\n"},
		{"help needs no right words", ha, words("a", "b", "c", "help"), nil, false, 0, "usage: Box CONTENT"},
		{"a failing start", ha, words("gold", "true", "start"), nil, false, 1, "ERROR:  unspecified error\n"},
		{"a bad value", ha, words("air", "start"), nil, false, ocf.ErrConfigured, "ERROR:  not configured\n"},
		{"what else the process has of a cluster is not ours", ha, words("gold", "start"),
			map[string]string{"OCF_RESOURCE_INSTANCE": "other", "OCF_RESKEY_strict": "true", "OCF_RESKEY_CRM_meta_timeout": "1", "OCF_CHECK_LEVEL": "20"},
			false, 0, "INFO:  Success\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			resource := &ocftest.Resource{Agent: boxAgent()}
			if test.held {
				require.Equal(t, ocf.Success, resource.Dispatch(t, nil, ha, "gold", "start").Code)
			}
			result := resource.Dispatch(t, test.env, test.program, test.words...)
			require.Equal(t, test.want, result.Code, result.Stderr)
			require.True(t, strings.HasPrefix(result.Stdout, test.stdout) && (test.stdout != "" || result.Stdout == ""), result.Stdout)
		})
	}
}

// F48: heartbeat looks for words in the text of status, and nowhere else; they must be right there and
// absent elsewhere.
func TestHeartbeatUnderstandsWhatWeSay(t *testing.T) {
	resource := &ocftest.Resource{Agent: boxAgent()}
	call := func(words ...string) string {
		return resource.Dispatch(t, nil, "/etc/ha.d/resource.d/Box", words...).Stdout
	}
	require.False(t, owned(call("gold", "status")), "F48 stopped")
	for _, text := range []string{call("gold", "start"), call("gold", "true", "start"), call("gold", "true", "stop")} {
		require.NotContains(t, strings.ToLower(text), "running")
		require.NotContains(t, text, "OK")
	}
	call("gold", "start")
	require.True(t, owned(call("gold", "status")), "running")
	require.False(t, owned(call("gold/missing", "restart")), "wrong use")
}

func TestCodesThatHeartbeatDoesNotKnowAreFailures(t *testing.T) {
	for code, want := range map[ocf.Code]ocf.Code{ocf.RunningPromoted: 1, ocf.Degraded: 1, ocf.ErrConfigured: 6, ocf.NotRunning: 7} {
		agent := boxAgent()
		agent.New = doingCode(code)
		result := (&ocftest.Resource{Agent: agent}).Dispatch(t, nil, "/etc/ha.d/resource.d/Box", "gold", "status")
		require.Equal(t, want, result.Code)
		require.Equal(t, code != ocf.NotRunning, strings.HasPrefix(result.Stdout, "ERROR:  "), result.Stdout)
		require.False(t, owned(result.Stdout), result.Stdout)
	}
}

func TestAnAgentWithoutHeartbeatHasNoSuchMode(t *testing.T) {
	agent := boxAgent()
	agent.Heartbeat = nil
	result := (&ocftest.Resource{Agent: agent}).Dispatch(t, nil, "/etc/ha.d/resource.d/Box", "gold", "start")
	require.Equal(t, ocf.ErrUnimplemented, result.Code)
}

// The tag of the log is the name of the script and its instance.
func TestHeartbeatsNameIsInTheLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	resource := &ocftest.Resource{Agent: boxAgent(), Env: map[string]string{"HA_LOGFILE": file}}
	resource.Dispatch(t, nil, "/etc/ha.d/resource.d/OldBox", "gold", "start")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), " OldBox(OldBox_gold)[")
}
