package ipaddr2

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
	"ocfbox/internal/ocf/ocftest"
	"ocfbox/test/lab"
)

// A world is the laboratory of ipaddr2.md 14: a node of one network namespace with the interfaces eth0,
// which has addresses, and eth1, which is up and has none. What is behind them is a namespace each.
type world struct {
	t          testing.TB
	ns         string
	eth0, eth1 *lab.Veth
	// state is the node's folder for run-time state.
	state string
}

// inWorld makes a world of the test's own.
func inWorld(t *testing.T, test func(w *world)) {
	t.Helper()
	t.Parallel()
	test(newWorld(t))
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, ns: lab.Namespace(t), state: t.TempDir()}
	w.inside(func() {
		w.eth0, w.eth1 = lab.NewVeth(t, "eth0"), lab.NewVeth(t, "eth1")
		w.eth0.Address("192.168.144.1/24", "2001:db8:1234::1/64")
	})
	return w
}

// row runs one row of the matrix, or another fact of the specification, in a world of its own.
func row(t *testing.T, name string, test func(w *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { inWorld(t, test) })
}

// inside runs fn in the node's namespace, on this goroutine.
func (w *world) inside(fn func()) {
	w.t.Helper()
	lab.Inside(w.t, w.ns, fn)
}

// ip runs iproute2 on the node and returns what it prints.
func (w *world) ip(args ...string) string {
	w.t.Helper()
	return ipIn(w.t, w.ns, args...)
}

func ipIn(t testing.TB, ns string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("ip", append([]string{"-n", ns}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), "ip %s: %s", strings.Join(args, " "), errs.String())
	return out.String()
}

// An entry is an address entry in iproute2's words.
type entry struct {
	Local       string `json:"local"`
	Peer        string `json:"address"`
	Prefix      int    `json:"prefixlen"`
	Broadcast   string `json:"broadcast"`
	Scope       string `json:"scope"`
	Label       string `json:"label"`
	Metric      int    `json:"metric"`
	Secondary   bool   `json:"secondary"`
	Deprecated  bool   `json:"deprecated"`
	Tentative   bool   `json:"tentative"`
	DADFailed   bool   `json:"dadfailed"`
	NoPrefix    bool   `json:"noprefixroute"`
	NoDAD       bool   `json:"nodad"`
	ValidLft    uint32 `json:"valid_life_time"`
	PreferedLft uint32 `json:"preferred_life_time"`
}

// is is the entry's address with its prefix length.
func (e entry) is() string { return fmt.Sprintf("%s/%d", e.Local, e.Prefix) }

// entries lists the entries on an interface of the node, link-local ones of IPv6 left out.
func (w *world) entries(nic string) []entry {
	w.t.Helper()
	return entriesIn(w.t, w.ns, nic)
}

func entriesIn(t testing.TB, ns, nic string) []entry {
	t.Helper()
	var links []struct {
		Info []entry `json:"addr_info"`
	}
	require.NoError(t, json.Unmarshal([]byte(ipIn(t, ns, "-j", "address", "show", "dev", nic)), &links))
	var all []entry
	for _, link := range links {
		all = append(all, link.Info...)
	}
	return slices.DeleteFunc(all, func(e entry) bool {
		return e.Local == "" || (e.Scope == "link" && e.Local != "fe80::2")
	})
}

// has is the one entry of the address on the interface.
func (w *world) has(nic, address string) entry {
	w.t.Helper()
	all := w.entries(nic)
	found := slices.DeleteFunc(slices.Clone(all), func(e entry) bool { return e.is() != address })
	require.Len(w.t, found, 1, "entries of %s on %s among %v", address, nic, all)
	return found[0]
}

// lacks makes sure that no entry of the address is on the interface.
func (w *world) lacks(nic, address string) {
	w.t.Helper()
	for _, e := range w.entries(nic) {
		require.NotEqual(w.t, address, e.is(), "on %s", nic)
	}
}

// nowhere makes sure that the address is on no interface.
func (w *world) nowhere(ip string) {
	w.t.Helper()
	require.NotContains(w.t, w.ip("-o", "address", "show")+" ", " "+ip+"/")
}

// routes are the node's routes to a destination, in iproute2's words.
func (w *world) routes(family, destination string) []string {
	w.t.Helper()
	text := strings.TrimSpace(w.ip(family, "route", "show", destination))
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// labels are the address labels of the node for an address.
func (w *world) labels(ip string) []string {
	w.t.Helper()
	var found []string
	for line := range strings.Lines(w.ip("addrlabel", "list")) {
		if strings.HasPrefix(line, "prefix "+ip+"/128 ") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// p makes parameters of pairs.
func p(pairs ...string) map[string]string {
	params := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return params
}

const (
	v4 = "192.168.144.2"
	v6 = "2001:db8:1234::2"
)

// full are the parameters that leave nothing to be derived.
func full(more ...string) map[string]string {
	return p(append([]string{"ip", v4, "nic", "eth0", "cidr_netmask", "24"}, more...)...)
}

// A resource is one that lives on the world's node.
type resource struct {
	*ocftest.Resource
	w *world
}

// resource configures a resource on the node. It announces in the background as by default.
func (w *world) resource(params map[string]string) *resource {
	return &resource{&ocftest.Resource{Agent: on(w.ns), Params: params, State: w.state}, w}
}

// on is the agent as it acts on a node that is a network namespace.
func on(ns string) *ocf.Agent {
	agent := Agent
	bind := agent.New
	agent.New = func(params *ocf.Params) ocf.Actions {
		actions := bind(params)
		for _, act := range []*ocf.ActionFunc{&actions.Start, &actions.Stop, &actions.Monitor, &actions.Status, &actions.Validate} {
			*act = actIn(ns, *act)
		}
		return actions
	}
	return &agent
}

func actIn(ns string, act ocf.ActionFunc) ocf.ActionFunc {
	return func(ctx context.Context, c *ocf.Call) error {
		return netif.In(ns, func() error { return act(ctx, c) })
	}
}

// does calls an action and requires its code. "probe" is the one-shot monitor.
func (r *resource) does(action string, want ocf.Code) ocftest.Result {
	r.w.t.Helper()
	var got ocftest.Result
	if action == "probe" {
		got = r.Probe(r.w.t)
	} else {
		got = r.Call(r.w.t, action)
	}
	require.Equal(r.w.t, want, got.Code, "%s: want %v, got %v\n%s", action, want, got.Code, got.Stderr)
	return got
}

// with is the same resource after a change of its configuration.
func (r *resource) with(pairs ...string) *resource {
	params := maps.Clone(r.Params)
	maps.Copy(params, p(pairs...))
	copied := *r.Resource
	copied.Params = params
	return &resource{&copied, r.w}
}
