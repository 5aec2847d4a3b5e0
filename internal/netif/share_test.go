package netif_test

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// insideFiltered is inside where the kernel has nf_tables, with a sharing of ip on eth0.
func insideFiltered(t *testing.T, ip string, fn func(k *kernel, s netif.Sharing)) {
	t.Helper()
	inside(t, func(k *kernel) {
		if _, err := k.Shared(netip.MustParseAddr(ip)); errors.Is(err, netif.ErrNoFilter) {
			lab.Missing(t, "this test needs a kernel with nf_tables")
		}
		lab.NewVeth(t, "eth0")
		fn(k, netif.Sharing{
			Link: k.link("eth0"), IP: netip.MustParseAddr(ip), Total: 4, Seed: 17,
			Hardware: net.HardwareAddr{1, 2, 3, 4, 5, 6},
		})
	})
}

func TestBucketsAreReplacedAndGivenUp(t *testing.T) {
	t.Parallel()
	for _, ip := range []string{"10.0.0.9", "fd00::9"} {
		for _, hash := range []netif.Hash{netif.ByAddress, netif.ByPort, netif.ByPortAndTarget} {
			t.Run(fmt.Sprintf("%s, hash %d", ip, hash), func(t *testing.T) {
				insideFiltered(t, ip, func(k *kernel, s netif.Sharing) {
					has := func(ruled bool, buckets ...int) netif.Shared {
						t.Helper()
						shared, err := k.Shared(s.IP)
						require.NoError(t, err)
						require.Equal(t, ruled, shared.Ruled)
						require.Equal(t, buckets, shared.Buckets)
						return shared
					}
					s.Hash = hash
					has(false)
					require.NoError(t, k.Share(s, []int{2}))
					has(true, 2)
					require.NoError(t, k.Share(s, []int{4, 1}))
					shared := has(true, 1, 4)
					require.True(t, shared.Has(4))
					require.False(t, shared.Has(2))
					require.NoError(t, k.Unhear(s.IP, shared, 2))
					has(true, 1, 4)
					require.NoError(t, k.Unhear(s.IP, shared, 4))
					has(true, 1)
					require.NoError(t, k.Unhear(s.IP, has(true, 1), 1))
					has(true)
					require.NoError(t, k.Unshare(s.IP))
					has(false)
					require.NoError(t, k.Unshare(s.IP))
				})
			})
		}
	}
}

func TestOneAddressKnowsNothingOfAnother(t *testing.T) {
	insideFiltered(t, "10.0.0.9", func(k *kernel, s netif.Sharing) {
		require.NoError(t, k.Share(s, []int{2}))
		s.IP = netip.MustParseAddr("10.0.0.10")
		require.NoError(t, k.Share(s, []int{3}))
		require.NoError(t, k.Unshare(s.IP))
		shared, err := k.Shared(s.IP)
		require.NoError(t, err)
		require.False(t, shared.Ruled)
		shared, err = k.Shared(netip.MustParseAddr("10.0.0.9"))
		require.NoError(t, err)
		require.Equal(t, []int{2}, shared.Buckets)
	})
}

func TestARefusedRuleChangesNothing(t *testing.T) {
	insideFiltered(t, "10.0.0.9", func(k *kernel, s netif.Sharing) {
		require.NoError(t, k.Share(s, []int{2}))
		s.Total = 0 // the kernel knows no hash without buckets
		require.ErrorContains(t, k.Share(s, []int{1}), "share 10.0.0.9")
		shared, err := k.Shared(s.IP)
		require.NoError(t, err)
		require.Equal(t, []int{2}, shared.Buckets)
	})
}

func TestHardwareAddressIsLetInOnce(t *testing.T) {
	insideFiltered(t, "10.0.0.9", func(k *kernel, s netif.Sharing) {
		for range 2 {
			require.NoError(t, k.JoinHardware(s.Link, s.Hardware))
		}
		require.NoError(t, k.LeaveHardware(s.Link, s.Hardware))
		require.NoError(t, k.LeaveHardware(s.Link, s.Hardware))
		require.NoError(t, k.LeaveHardware(netif.Link{Name: "nonic"}, s.Hardware))
		require.Error(t, k.JoinHardware(netif.Link{Name: "nonic"}, s.Hardware))
	})
}
