package ipaddr2

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
)

// The first example is measured (ipaddr2.md 7); the others follow its rules.
func TestIdentityIsWhatAllNodesCompute(t *testing.T) {
	t.Parallel()
	digest := identity(ipOf(v4), 24, ipOf("192.168.144.255"))
	require.Equal(t, []byte{0x58, 0x1b, 0x55, 0x97}, digest[:4])
	require.Equal(t, "51:1b:55:97:4e:28", hardwareOf(ipOf(v4), digest).String())
	without := identity(ipOf(v4), 24, netip.Addr{})
	require.NotEqual(t, digest, without)
	six := hardwareOf(ipOf(v6), identity(ipOf(v6), 64, netip.Addr{}))
	require.Equal(t, "33:33", six.String()[:5])
	odd := hardwareOf(ipOf(v4), [16]byte{0x5b, 1, 2, 3, 4, 5})
	require.Equal(t, "5b:01:02:03:04:05", odd.String(), "a group's address stays as it is")
}

func TestMulticastHardwareAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "",
		"01:00:5e:00:01:02": "01:00:5e:00:01:02",
		"0F-00-5E-00-01-02": "0f:00:5e:00:01:02",
		"51.00/5e_00 01,02": "51:00:5e:00:01:02",
		"00:00:5e:00:01:02": "bad",
		"1:0:5e:0:1:2":      "bad",
		"01:00:5e:00:01":    "bad",
		"01::005e:00:01:02": "bad",
		"0g:00:5e:00:01:02": "bad",
	} {
		var c clusterConfig
		if err := c.parseMAC(text); want == "bad" {
			require.Error(t, err, text)
			require.Nil(t, c.hardware)
			continue
		}
		require.Equal(t, want, c.hardware.String(), text)
	}
}

func TestHashSeed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]uint32{"0": 0, "17": 17, "0x581b5597": 0x581b5597} {
		var c clusterConfig
		require.NoError(t, c.parseSeed(text))
		require.Equal(t, want, *c.seed)
	}
	for _, text := range []string{"seed", "-1", "0x", "4294967296", "581b"} {
		require.Error(t, new(clusterConfig).parseSeed(text), text)
	}
	var c clusterConfig
	require.NoError(t, c.parseSeed(""))
	require.Nil(t, c.seed, "computed")
}

func TestHashOfClients(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]netif.Hash{
		"sourceip": netif.ByAddress, "sourceip-sourceport": netif.ByPort,
		"sourceip-sourceport-destport": netif.ByPortAndTarget,
	} {
		var c clusterConfig
		require.NoError(t, c.parseHash(text))
		require.Equal(t, want, c.hash)
	}
	require.Error(t, new(clusterConfig).parseHash("destip"))
	require.Equal(t, netif.ByAddress, new(config).cluster.hash, "without a word")
}

func TestBucketsOfOneNode(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int{2}, bucketsWith(nil, 2, 2))
	require.Equal(t, []int{1, 2}, bucketsWith([]int{1, 2}, 2, 2))
	require.Equal(t, []int{1, 2}, bucketsWith([]int{1, 3}, 2, 2), "left over by a larger clone-max")
	require.Equal(t, []int{1}, bucketsWithout([]int{1, 2, 5, -1}, 2, 4))
	require.Empty(t, bucketsWithout([]int{2}, 2, 2))
}
