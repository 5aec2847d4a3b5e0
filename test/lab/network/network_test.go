package network

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesFitInTheKernel(t *testing.T) {
	const longest = 15
	seen := map[string]bool{}
	c := Cabling{}
	for _, link := range Links() {
		names := []string{bridgeName(link)}
		for _, node := range []string{"suse01", "suse02", "a-node-with-a-long-name", "d", "e", "client"} {
			names = append(names, c.portName(node, link))
		}
		for _, name := range names {
			require.LessOrEqual(t, len(name), longest, name)
			require.False(t, seen[name], "%s is used twice", name)
			seen[name] = true
		}
	}
	require.Equal(t, "eth1", Card(Cluster))
}

func TestACardKeepsItsAddress(t *testing.T) {
	c := &Cabling{hardware: map[cable]net.HardwareAddr{}}
	first := c.card(cable{"suse01", Client})
	require.Len(t, first, 6)
	require.EqualValues(t, 2, first[0]&3, "it is of one card, and of no maker")
	require.Equal(t, first, c.card(cable{"suse01", Client}))
	require.NotEqual(t, first, c.card(cable{"suse01", Cluster}))
	require.NotEqual(t, first, c.card(cable{"suse02", Client}))
}
