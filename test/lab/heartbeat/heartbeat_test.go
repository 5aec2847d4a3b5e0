package heartbeat

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/cluster"
)

func TestAServiceIsALineOfHaresources(t *testing.T) {
	list := services(cluster.Names(2))
	require.Equal(t, "suse01 IPaddr::192.168.101.170/24/eth0 Filesystem::/dev/shared-one::/srv/one::ext4 instance::one::/srv/one\n",
		list[0].line())
	require.Equal(t, "suse02", list[1].home)
	require.NotEqual(t, list[0].address, list[1].address)
}

func TestRowsAreThoseOfTheNodesInTurn(t *testing.T) {
	good := []string{"a 1", "a 2", "b 1", "a 1", "a 2"}
	require.NoError(t, follow(good, []string{"a", "b", "a"}))
	for want, rows := range map[string][]string{
		"not of [a b a]":        {"a 1", "b 1"},
		`row 2 is "b 2"`:        {"a 1", "b 2", "a 2"},
		`row 2 is "a 3"`:        {"a 1", "a 3"},
		`row 1 is "a 2"`:        {"a 2"},
		`row 2 is "torn"`:       {"a 1", "torn"},
		`row 3 is "a 2", after`: {"a 1", "b 1", "a 2"},
	} {
		require.ErrorContains(t, follow(rows, []string{"a", "b", "a"}), want)
	}
}
