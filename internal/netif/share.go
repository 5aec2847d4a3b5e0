package netif

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A Hash says which of a client's properties choose the bucket of a packet.
type Hash uint8

// The hashes. Packets that have no ports are spread by address alone.
const (
	ByAddress       Hash = iota // the client's address
	ByPort                      // and its port
	ByPortAndTarget             // and the port it asks for
)

// A Sharing is an address that several nodes hold at once. Every packet comes
// to all of them, sent to a multicast hardware address; each client belongs to
// one bucket, and a node hears the clients of its own buckets only
// (ipaddr2.md 7).
type Sharing struct {
	Link     Link
	IP       netip.Addr
	Total    int    // number of buckets, which count from 1
	Hash     Hash   //
	Seed     uint32 // of the hash; the same on all nodes
	Hardware net.HardwareAddr
}

// A Shared is what the packet filter has of an address.
type Shared struct {
	// Ruled tells that packets of other nodes' clients are dropped.
	Ruled bool
	// Buckets are those whose clients this node hears, in order, each once.
	Buckets []int

	rules []sharedRule
}

type sharedRule struct {
	table, chain string

	handle []byte
	bucket int // 0: none
	drops  bool
}

// Has reports whether the node hears the clients of a bucket.
func (s Shared) Has(bucket int) bool { return slices.Contains(s.Buckets, bucket) }

// shareTable is the name of the tables for an address, and shareChain and
// answerChain are those of what comes in and of what goes out.
func shareTable(ip netip.Addr) string {
	return "IPaddr2_" + strings.NewReplacer(".", "_", ":", "_").Replace(ip.String())
}

const (
	shareChain  = "prerouting"
	answerChain = "output"
	// bucketComment marks a bucket's rules, followed by its number.
	bucketComment = "cip-node-"
)

func filterFamily(ip netip.Addr) uint8 {
	if FamilyOf(ip) == IPv6 {
		return unix.NFPROTO_IPV6
	}
	return unix.NFPROTO_IPV4
}

// Shared returns what the packet filter has of the address: a single question.
// The error matches ErrNoFilter when there is no packet filter.
func (n *Net) Shared(ip netip.Addr) (Shared, error) {
	answers, err := n.filterDump(unix.NFT_MSG_GETRULE, unix.NFT_MSG_NEWRULE, filterFamily(ip),
		fmt.Sprintf("get the rules for %s", ip),
		text(unix.NFTA_RULE_TABLE, shareTable(ip)), text(unix.NFTA_RULE_CHAIN, shareChain))
	if err != nil {
		return Shared{}, err
	}
	var s Shared
	for _, answer := range answers {
		rule, err := parseSharedRule(answer)
		if err != nil {
			return Shared{}, fmt.Errorf("rules for %s: %w", ip, err)
		}
		if rule.table != shareTable(ip) || rule.chain != shareChain {
			continue // a kernel that lists all rules, whatever it is asked for
		}
		s.rules = append(s.rules, rule)
		s.Ruled = s.Ruled || rule.drops
		if rule.bucket != 0 && !slices.Contains(s.Buckets, rule.bucket) {
			s.Buckets = append(s.Buckets, rule.bucket)
		}
	}
	slices.Sort(s.Buckets)
	return s, nil
}

// parseSharedRule reads an NFT_MSG_NEWRULE message: the bucket from the
// comment, and whether the rule ends with a drop.
func parseSharedRule(b []byte) (sharedRule, error) {
	attributes, err := attributesAfter(b, nl.SizeofNfgenmsg)
	if err != nil {
		return sharedRule{}, err
	}
	var rule sharedRule
	for kind, value := range attributes {
		switch kind {
		case unix.NFTA_RULE_TABLE:
			rule.table = unix.ByteSliceToString(value)
		case unix.NFTA_RULE_CHAIN:
			rule.chain = unix.ByteSliceToString(value)
		case unix.NFTA_RULE_HANDLE:
			rule.handle = value
		case unix.NFTA_RULE_USERDATA:
			rule.bucket = bucketIn(value)
		case unix.NFTA_RULE_EXPRESSIONS:
			rule.drops = endsWithDrop(value)
		}
	}
	return rule, nil
}

// bucketIn returns the bucket in a rule's user data, a list of kind, length
// and value of which kind 0 is the comment; 0 when there is none.
func bucketIn(data []byte) int {
	for len(data) >= 2 && len(data) >= 2+int(data[1]) {
		kind, value := data[0], data[2:2+int(data[1])]
		data = data[2+len(value):]
		if bucket, ok := strings.CutPrefix(unix.ByteSliceToString(value), bucketComment); ok && kind == 0 {
			n, _ := strconv.Atoi(bucket)
			return n
		}
	}
	return 0
}

// endsWithDrop reports whether the last of a rule's expressions is the verdict
// to drop, which the kernel repeats as it was given.
func endsWithDrop(expressions []byte) bool {
	elements, err := attributesAfter(expressions, 0)
	if err != nil {
		return false
	}
	var last []byte
	for _, element := range elements {
		last = element
	}
	verdict, ok := dig(last, unix.NFTA_EXPR_DATA, unix.NFTA_IMMEDIATE_DATA, unix.NFTA_DATA_VERDICT, unix.NFTA_VERDICT_CODE)
	return ok && slices.Equal(verdict, []byte{0, 0, 0, dropPacket})
}

// dig returns the value of an attribute inside others.
func dig(b []byte, path ...uint16) ([]byte, bool) {
	for _, want := range path {
		attributes, err := attributesAfter(b, 0)
		if err != nil {
			return nil, false
		}
		found := false
		for kind, value := range attributes {
			if kind == want {
				b, found = value, true
			}
		}
		if !found {
			return nil, false
		}
	}
	return b, true
}

// Share makes this node hear the clients of the buckets and no others, in one
// step: whatever rules there were for the address are replaced, and nobody is
// heard twice or by nobody meanwhile. What the node says of the address's
// hardware address becomes the shared one.
func (n *Net) Share(s Sharing, buckets []int) error {
	family, table := filterFamily(s.IP), shareTable(s.IP)
	messages := chainFor(family, table, shareChain, unix.NF_INET_PRE_ROUTING)
	for _, bucket := range buckets {
		for _, rule := range s.bucketRules(bucket) {
			messages = append(messages, newRule(family, table, shareChain, bucketComment+strconv.Itoa(bucket), rule))
		}
	}
	for _, rule := range s.otherRules() {
		messages = append(messages, newRule(family, table, shareChain, "", rule))
	}
	messages = append(messages, s.answerMessages(table)...)
	return n.commit(fmt.Sprintf("share %s: buckets %v of %d", s.IP, buckets, s.Total), messages...)
}

// Unhear makes this node deaf to the clients of a bucket. The other buckets
// stay as they are.
func (n *Net) Unhear(ip netip.Addr, shared Shared, bucket int) error {
	var messages []*nl.NetlinkRequest
	for _, rule := range shared.rules {
		if rule.bucket == bucket {
			messages = append(messages, filterRequest(filterMessage(unix.NFT_MSG_DELRULE), 0, filterFamily(ip),
				text(unix.NFTA_RULE_TABLE, shareTable(ip)), text(unix.NFTA_RULE_CHAIN, shareChain),
				attr(unix.NFTA_RULE_HANDLE, rule.handle)))
		}
	}
	if len(messages) == 0 {
		return nil
	}
	return n.commit(fmt.Sprintf("stop hearing bucket %d of %s", bucket, ip), messages...)
}

// Unshare removes all rules for the address. It does nothing when there are
// none, or no packet filter.
func (n *Net) Unshare(ip netip.Addr) error {
	families := []uint8{filterFamily(ip)}
	if families[0] == unix.NFPROTO_IPV4 {
		families = append(families, unix.NFPROTO_ARP)
	}
	table := text(unix.NFTA_TABLE_NAME, shareTable(ip))
	var messages []*nl.NetlinkRequest
	for _, family := range families {
		// Made first, so that its absence is no error.
		messages = append(messages,
			filterRequest(filterMessage(unix.NFT_MSG_NEWTABLE), unix.NLM_F_CREATE, family, table),
			filterRequest(filterMessage(unix.NFT_MSG_DELTABLE), 0, family, table))
	}
	return n.commit(fmt.Sprintf("remove the rules for %s", ip), messages...)
}
