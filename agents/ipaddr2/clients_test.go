package ipaddr2

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ocfbox/internal/ocf"
	"ocfbox/test/lab"
)

// clients is how many there are. The chance that all of them fall to one of two nodes is nil.
const clients = 64

// A crowd is two nodes that share an address, and many clients on the same switch.
type crowd struct {
	t      *testing.T
	nodes  [2]*world
	client string // the clients' network namespace
	wire   string // the switch's
	mu     sync.Mutex
	heard  map[string][]int     // by client, the nodes that have heard its last question
	homes  map[netip.Addr][]int // by client's address, the nodes that have heard its last questions
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	c := &crowd{t: t, client: lab.Namespace(t), wire: lab.Namespace(t)}
	ipIn(t, c.wire, "link", "add", "switch", "type", "bridge")
	ipIn(t, c.wire, "link", "set", "switch", "up")
	for i := range c.nodes {
		c.nodes[i] = &world{t: t, ns: lab.Namespace(t), state: t.TempDir()}
		c.plug(c.nodes[i].ns, fmt.Sprintf("node%d", i))
		for _, prefix := range []string{fmt.Sprintf("192.168.144.%d/24", 200+i), fmt.Sprintf("2001:db8:1234::20%d/64", i)} {
			c.address(c.nodes[i].ns, prefix)
		}
	}
	c.plug(c.client, "clients")
	for i := range clients {
		c.address(c.client, fmt.Sprintf("192.168.144.%d/24", 100+i))
		c.address(c.client, fmt.Sprintf("2001:db8:1234::1:%d/64", 100+i))
	}
	return c
}

// plug gives a namespace the interface eth0, which ends in the switch.
func (c *crowd) plug(ns, port string) {
	ipIn(c.t, c.wire, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", ns)
	ipIn(c.t, c.wire, "link", "set", port, "master", "switch", "up")
	ipIn(c.t, ns, "link", "set", "eth0", "up")
}

func (c *crowd) address(ns, prefix string) {
	brd := []string{"broadcast", "192.168.144.255"}
	if strings.Contains(prefix, ":") {
		brd = []string{"nodad"} // nobody waits here
	}
	ipIn(c.t, ns, append([]string{"address", "add", prefix, "dev", "eth0"}, brd...)...)
}

// serve answers the questions that come to the address on a node.
func (c *crowd) serve(node int, ip string) {
	c.t.Helper()
	var conn *net.UDPConn
	c.nodes[node].inside(func() {
		var err error
		conn, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ipOf(ip), 9)))
		require.NoError(c.t, err)
	})
	c.t.Cleanup(func() { conn.Close() })
	go func() {
		buffer := make([]byte, 16)
		for {
			_, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			c.mu.Lock()
			c.heard[from.String()] = append(c.heard[from.String()], node)
			c.mu.Unlock()
			_, _ = conn.WriteToUDPAddrPort([]byte("here"), from)
		}
	}()
}

// ask sends a question of each client from a few ports, waits for all answers, and returns how many
// questions each node has heard. Each must have been heard by one node.
func (c *crowd) ask(ip, source string, ports int) (shares [2]int) {
	c.t.Helper()
	c.mu.Lock()
	c.heard = make(map[string][]int)
	c.mu.Unlock()
	var conns []*net.UDPConn
	lab.Inside(c.t, c.client, func() {
		for i := range clients * ports {
			from := net.UDPAddrFromAddrPort(netip.AddrPortFrom(ipOf(fmt.Sprintf(source, 100+i%clients)), uint16(5000+i/clients)))
			to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(ipOf(ip), 9))
			conn, err := net.DialUDP("udp", from, to)
			require.NoError(c.t, err)
			conns = append(conns, conn)
		}
	})
	for _, conn := range conns {
		_, err := conn.Write([]byte("who?"))
		require.NoError(c.t, err)
		require.NoError(c.t, conn.SetReadDeadline(time.Now().Add(patience)))
		_, err = conn.Read(make([]byte, 16))
		require.NoError(c.t, err, "nobody answers %s", conn.LocalAddr())
		conn.Close()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	require.Len(c.t, c.heard, len(conns))
	c.homes = make(map[netip.Addr][]int)
	for client, nodes := range c.heard {
		require.Len(c.t, nodes, 1, "nodes that have heard %s", client)
		shares[nodes[0]]++
		ip := netip.MustParseAddrPort(client).Addr()
		if !slices.Contains(c.homes[ip], nodes[0]) {
			c.homes[ip] = append(c.homes[ip], nodes[0])
		}
	}
	return shares
}

// neighbour is the hardware address that the clients have learned for the address.
func (c *crowd) neighbour(ip string) string {
	words := strings.Fields(ipIn(c.t, c.client, "neighbour", "show", ip))
	i := slices.Index(words, "lladdr")
	require.GreaterOrEqual(c.t, i, 0, "%v", words)
	return words[i+1]
}

// The purpose of it all: each client is answered by one node, and by the survivor when the other fails.
func TestClientsAreSharedAndSurviveAFailure(t *testing.T) {
	t.Parallel()
	needFilter(t)
	for _, test := range []struct {
		name   string
		params map[string]string
		source string
		ports  int
	}{
		{"by address", p("ip", v4), "192.168.144.%d", 3},
		{"IPv6", p("ip", v6), "2001:db8:1234::1:%d", 3},
		{"by address and port", p("ip", v4, "clusterip_hash", "sourceip-sourceport"), "192.168.144.%d", 3},
		{"by address and both ports", p("ip", v4, "clusterip_hash", "sourceip-sourceport-destport"), "192.168.144.%d", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t)
			on := func(node int, number string) *resource {
				r := c.nodes[node].resource(test.params)
				r.Env = cloneEnv("2", number, "true")
				r.Env["OCF_RESOURCE_INSTANCE"] = "t:" + number
				return r
			}
			ip := test.params["ip"]
			for node, number := range []string{"0", "1"} {
				on(node, number).does("start", ocf.Success)
				c.serve(node, ip)
			}
			shares := c.ask(ip, test.source, test.ports)
			require.Greater(t, min(shares[0], shares[1]), clients*test.ports/8, "shares %v", shares)
			// With the ports in the hash, the chance that all of a client's three fall to one node is 1/4.
			torn := 0
			for _, homes := range c.homes {
				torn += len(homes) - 1
			}
			require.Equal(t, test.params["clusterip_hash"] != "", torn > 0, "%d clients on two nodes", torn)
			own := c.neighbour(ip)
			require.Contains(t, "13", own[1:2], "%s is the address of a group", own)
			ipIn(t, c.client, "neighbour", "flush", "all")
			require.Equal(t, shares, c.ask(ip, test.source, test.ports), "a client stays with its node")
			require.Equal(t, own, c.neighbour(ip))

			ipIn(t, c.wire, "link", "set", "node1", "down")
			on(0, "1").does("start", ocf.Success)
			require.Equal(t, [2]int{clients * test.ports, 0}, c.ask(ip, test.source, test.ports))
			on(0, "0").does("monitor", ocf.Success)
			on(0, "1").does("monitor", ocf.Success)
		})
	}
}
