package fault

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "HANASIM_SAPCONTROL_GETPROCESSLIST", HANA().Name("sapcontrol", "GetProcessList"))
	require.Equal(t, "HANASIM_HDBNSUTIL_SR_TAKEOVER", HANA().Name("hdbnsutil", "-sr_takeover"))
	require.Equal(t, "HANASIM_LANDSCAPEHOSTCONFIGURATION", HANA().Name("landscapeHostConfiguration.py", ""))
	require.Equal(t, "HANASIM_HDBSETTINGS_SH", HANA().Name("HDBSettings.sh", ""))
	require.Equal(t, "HANASIM_HDB_KILL_9", HANA().Name("HDB", "kill-9"))
	require.Equal(t, "DRBDSIM_DRBDADM_PRIMARY", Simulator{Prefix: "DRBDSIM_"}.Name("drbdadm", "primary"))
}

func TestTheMoreSpecialSwitchCounts(t *testing.T) {
	t.Parallel()
	none := func(string) string { return "" }
	text := Set("", "HANASIM_SAPCONTROL", "slow:2s")
	text = Set(text, "HANASIM_SAPCONTROL_START", "hang")
	require.Equal(t, "hang", HANA().find(text, none, "sapcontrol", "Start"))
	require.Equal(t, "slow:2s", HANA().find(text, none, "sapcontrol", "Stop"))
	require.Equal(t, Works, HANA().find(text, none, "HDB", "start"))
	environment := func(name string) string { return map[string]string{"HANASIM_SAPCONTROL_START": "fail:3"}[name] }
	require.Equal(t, "fail:3", HANA().find(text, environment, "sapcontrol", "Start"))
	text = Set(Set(text, "HANASIM_SAPCONTROL", "rubbish"), "HANASIM_SAPCONTROL_START", Works)
	require.Equal(t, "HANASIM_SAPCONTROL=rubbish\n", text)
}
