package netif_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/test/lab"
)

func TestMain(m *testing.M) { lab.Main(m, lab.Net) }

// inside runs a test in a network namespace of its own, with a Net in it that
// records its requests.
func inside(t *testing.T, fn func(k *kernel)) {
	t.Helper()
	t.Parallel()
	lab.Inside(t, lab.Namespace(t), func() {
		k := &kernel{t: t}
		k.Trace = func(format string, args ...any) { k.asked = append(k.asked, fmt.Sprintf(format, args...)) }
		defer k.Close()
		fn(k)
	})
}

type kernel struct {
	netif.Net
	t     *testing.T
	asked []string
}

// link returns an interface that exists.
func (k *kernel) link(name string) netif.Link {
	k.t.Helper()
	l, err := k.LinkByName(name)
	require.NoError(k.t, err)
	return l
}

// addresses returns the addresses of an interface, as "10.0.0.1/8".
func (k *kernel) addresses(name string, f netif.Family) []string {
	k.t.Helper()
	list, err := k.Addresses(k.link(name).Index, f)
	require.NoError(k.t, err)
	var names []string
	for _, a := range list {
		names = append(names, netip.PrefixFrom(a.IP, a.Prefix).String())
	}
	return names
}

// entry returns the entry of ip on an interface.
func (k *kernel) entry(name, ip string) netif.Address {
	k.t.Helper()
	want := netip.MustParseAddr(ip)
	list, err := k.Addresses(k.link(name).Index, netif.FamilyOf(want))
	require.NoError(k.t, err)
	for _, a := range list {
		if a.IP == want {
			return a
		}
	}
	require.FailNow(k.t, "no such entry", "%s on %s", ip, name)
	return netif.Address{}
}

// await waits for a condition, on the goroutine that is in the namespace.
func (k *kernel) await(condition func() bool) {
	k.t.Helper()
	for end := time.Now().Add(5 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		require.True(k.t, time.Now().Before(end), "condition not met in 5 s")
	}
}

// lists returns how many of the requests so far were lists, and forgets all.
func (k *kernel) lists() (lists, requests int) {
	for _, what := range k.asked {
		if strings.HasPrefix(what, "list ") {
			lists++
		}
	}
	requests = len(k.asked)
	k.asked = nil
	return lists, requests
}
