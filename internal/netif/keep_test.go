package netif_test

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

// Row 84: stopping the first address of a subnet must not take the others.
func TestDeletingAPrimaryAddressKeepsItsSecondaries(t *testing.T) {
	for _, promote := range []string{"0", "1"} {
		t.Run("promote_secondaries "+promote, func(t *testing.T) {
			inside(t, func(k *kernel) {
				lab.NewVeth(t, "eth1")
				setting(t, "ipv4/conf/all/promote_secondaries", "0")
				setting(t, "ipv4/conf/eth1/promote_secondaries", promote)
				index := k.link("eth1").Index
				give := []netif.Address{
					{Index: index, IP: ip("10.77.0.5"), Prefix: 24},
					{Index: index, IP: ip("10.77.0.6"), Prefix: 24, Label: "eth1:six", Broadcast: ip("10.77.0.255")},
					{Index: index, IP: ip("10.77.0.7"), Prefix: 24, Metric: 5, Flags: netif.NoPrefixRoute},
					{Index: index, IP: ip("10.88.0.8"), Prefix: 24},
					{Index: index, IP: ip("10.77.0.5"), Prefix: 32},
				}
				for _, a := range give {
					require.NoError(t, k.Add(a))
				}
				six, seven := k.entry("eth1", "10.77.0.6"), k.entry("eth1", "10.77.0.7")
				require.True(t, six.Flags.Secondary() && seven.Flags.Secondary())

				restored, err := k.DeleteKeeping(give[0], func(c netif.Company) {
					require.FailNow(t, "nothing will be lost", "%v", c)
				})
				require.NoError(t, err)
				require.True(t, restored.Empty(), "nothing had to be added again")
				promotes, err := os.ReadFile("/proc/sys/net/ipv4/conf/eth1/promote_secondaries")
				require.NoError(t, err)
				require.Equal(t, promote+"\n", string(promotes), "the setting is as before")
				require.ElementsMatch(t, []string{"10.77.0.6/24", "10.77.0.7/24", "10.88.0.8/24", "10.77.0.5/32"},
					k.addresses("eth1", netif.IPv4))
				require.False(t, k.entry("eth1", "10.77.0.6").Flags.Secondary(), "the next one is primary now")
				six.Flags &^= 1
				require.Equal(t, six, k.entry("eth1", "10.77.0.6"))
				require.Equal(t, seven, k.entry("eth1", "10.77.0.7"))
			})
		})
	}
}

// Where settings are read-only, the secondary addresses are added again.
func TestSecondariesAreAddedAgainWhenTheKernelCannotBeTold(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.77.0.5/24", "10.77.0.6/24", "10.77.0.7/24")
		setting(t, "ipv4/conf/all/promote_secondaries", "0")
		setting(t, "ipv4/conf/eth1/promote_secondaries", "0")
		vip, six, seven := k.entry("eth1", "10.77.0.5"), k.entry("eth1", "10.77.0.6"), k.entry("eth1", "10.77.0.7")
		var noted, restored netif.Company
		require.NoError(t, withReadOnlySettings(func() (err error) {
			restored, err = k.DeleteKeeping(vip, func(c netif.Company) { noted = c })
			return err
		}))
		require.Equal(t, noted.Addresses, restored.Addresses)
		require.Equal(t, []netif.Address{six, seven}, restored.Addresses)
		six.Flags &^= 1
		require.Equal(t, six, k.entry("eth1", "10.77.0.6"), "the first is primary now")
		require.Equal(t, seven, k.entry("eth1", "10.77.0.7"))
	})
}

// withReadOnlySettings runs fn on a thread that ends with it.
func withReadOnlySettings(fn func() error) error {
	network, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer network.Close()
	result := make(chan error)
	go func() {
		runtime.LockOSThread()
		for _, step := range []func() error{
			func() error { return unix.Setns(int(network.Fd()), unix.CLONE_NEWNET) },
			func() error { return unix.Unshare(unix.CLONE_NEWNS) },
			func() error { return unix.Mount("/proc/sys", "/proc/sys", "", unix.MS_BIND, "") },
			func() error {
				return unix.Mount("", "/proc/sys", "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
			},
			fn,
		} {
			if err := step(); err != nil {
				result <- err
				return
			}
		}
		result <- nil
	}()
	return <-result
}

func TestDeletingASecondaryAddressLosesNothing(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.77.0.5/24", "10.77.0.6/24", "10.77.0.7/24")
		setting(t, "ipv4/conf/all/promote_secondaries", "0")
		setting(t, "ipv4/conf/eth1/promote_secondaries", "0")
		restored, err := k.DeleteKeeping(k.entry("eth1", "10.77.0.6"), nil)
		require.NoError(t, err)
		require.True(t, restored.Empty(), "%v", restored)
		require.NotContains(t, strings.Join(k.asked, "\n"), "write", "no setting is touched")
		require.Equal(t, []string{"10.77.0.5/24", "10.77.0.7/24"}, k.addresses("eth1", netif.IPv4))
	})
}

// Several addresses of a subnet stop at once when a node goes to standby.
func TestASecondaryAddressThatIsDeletedMeanwhileStaysDeleted(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.77.0.5/24", "10.77.0.6/24", "10.77.0.7/24")
		setting(t, "ipv4/conf/all/promote_secondaries", "0")
		setting(t, "ipv4/conf/eth1/promote_secondaries", "0")
		five, six := k.entry("eth1", "10.77.0.5"), k.entry("eth1", "10.77.0.6")
		var other netif.Net
		defer other.Close()
		k.Trace = func(format string, args ...any) {
			if strings.HasPrefix(fmt.Sprintf(format, args...), "delete address 10.77.0.5") {
				require.NoError(t, other.Delete(six))
			}
		}
		_, err := k.DeleteKeeping(five, nil)
		require.NoError(t, err)
		require.Equal(t, []string{"10.77.0.7/24"}, k.addresses("eth1", netif.IPv4))
	})
}

// A crash between deletion and repair: what was stored is enough.
func TestRestoreFromAStateFile(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.77.0.5/24", "10.77.0.6/24")
		setting(t, "ipv4/conf/all/promote_secondaries", "0")
		k.addRoute("172.16.0.0/12", "eth1")
		vip := k.entry("eth1", "10.77.0.5")
		c, err := k.CompanyOf(vip)
		require.NoError(t, err)
		text, err := json.Marshal(c)
		require.NoError(t, err)
		require.NoError(t, k.Delete(vip))
		require.Empty(t, k.addresses("eth1", netif.IPv4))

		var stored netif.Company
		require.NoError(t, json.Unmarshal(text, &stored))
		restored, err := k.Restore(stored)
		require.NoError(t, err)
		require.Len(t, restored.Addresses, 1)
		require.Len(t, restored.Routes, 1)
		require.Equal(t, []string{"10.77.0.6/24"}, k.addresses("eth1", netif.IPv4))
		require.Len(t, k.routes("172.16.0.0/12"), 1)

		restored, err = k.Restore(stored)
		require.NoError(t, err)
		require.True(t, restored.Empty(), "nothing is missing any more")
	})
}

func TestDeleteKeepingOfAnAbsentAddress(t *testing.T) {
	inside(t, func(k *kernel) {
		lab.NewVeth(t, "eth1").Address("10.77.0.5/24")
		_, err := k.DeleteKeeping(netif.Address{Index: k.link("eth1").Index, IP: ip("10.77.0.9"), Prefix: 24}, nil)
		require.ErrorIs(t, err, unix.EADDRNOTAVAIL)
		require.Equal(t, []string{"10.77.0.5/24"}, k.addresses("eth1", netif.IPv4))
	})
}
