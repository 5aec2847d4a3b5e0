package netif

import (
	"slices"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// priorityMangle is where the rules run: behind connection tracking, before
// address translation (NF_IP_PRI_MANGLE).
const priorityMangle = -150

// chainFor are the messages that make an empty chain at a hook, whatever was
// in it before.
func chainFor(family uint8, table, chain string, hook int) []*nl.NetlinkRequest {
	return []*nl.NetlinkRequest{
		filterRequest(filterMessage(unix.NFT_MSG_NEWTABLE), unix.NLM_F_CREATE, family, text(unix.NFTA_TABLE_NAME, table)),
		filterRequest(filterMessage(unix.NFT_MSG_NEWCHAIN), unix.NLM_F_CREATE, family,
			text(unix.NFTA_CHAIN_TABLE, table), text(unix.NFTA_CHAIN_NAME, chain),
			nest(unix.NFTA_CHAIN_HOOK, number(unix.NFTA_HOOK_HOOKNUM, hook), number(unix.NFTA_HOOK_PRIORITY, priorityMangle)),
			text(unix.NFTA_CHAIN_TYPE, "filter")),
		filterRequest(filterMessage(unix.NFT_MSG_DELRULE), 0, family,
			text(unix.NFTA_RULE_TABLE, table), text(unix.NFTA_RULE_CHAIN, chain)),
	}
}

// newRule is the message that appends a rule.
func newRule(family uint8, table, chain, comment string, rule []expression) *nl.NetlinkRequest {
	expressions := make([][]byte, 0, len(rule))
	for _, e := range rule {
		expressions = append(expressions, e)
	}
	attributes := [][]byte{
		text(unix.NFTA_RULE_TABLE, table), text(unix.NFTA_RULE_CHAIN, chain),
		nest(unix.NFTA_RULE_EXPRESSIONS, expressions...),
	}
	if comment != "" {
		data := append([]byte{0, byte(len(comment) + 1)}, comment...)
		attributes = append(attributes, attr(unix.NFTA_RULE_USERDATA, append(data, 0)))
	}
	return filterRequest(filterMessage(unix.NFT_MSG_NEWRULE), unix.NLM_F_CREATE|unix.NLM_F_APPEND, family, attributes...)
}

// The parts of packets that the rules look at.
var (
	source4, target4 = span{unix.NFT_PAYLOAD_NETWORK_HEADER, 12, 4}, span{unix.NFT_PAYLOAD_NETWORK_HEADER, 16, 4}
	source6, target6 = span{unix.NFT_PAYLOAD_NETWORK_HEADER, 8, 16}, span{unix.NFT_PAYLOAD_NETWORK_HEADER, 24, 16}
	sourcePort       = span{unix.NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2}
	targetPort       = span{unix.NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2}

	arpSender, arpSenderIP = span{unix.NFT_PAYLOAD_NETWORK_HEADER, 8, 6}, span{unix.NFT_PAYLOAD_NETWORK_HEADER, 14, 4}

	icmpKind   = span{unix.NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1}
	ndTarget   = span{unix.NFT_PAYLOAD_TRANSPORT_HEADER, 8, 16}
	ndOption   = span{unix.NFT_PAYLOAD_TRANSPORT_HEADER, 24, 2}
	ndHardware = span{unix.NFT_PAYLOAD_TRANSPORT_HEADER, 26, 6}
)

const (
	icmpChecksum     = 2 // offset in an ICMPv6 message
	icmpSolicitation = 135
	optionSourceLink = 1
)

// ends are the source and target address of the family's packets.
func (s Sharing) ends() (source, target span) {
	if FamilyOf(s.IP) == IPv6 {
		return source6, target6
	}
	return source4, target4
}

// toUs matches what comes to the address through the interface.
func (s Sharing) toUs() []expression {
	_, target := s.ends()
	return append([]expression{loadMeta(unix.NFT_META_IIF), isValue(native(s.Link.Index))}, target.is(s.IP.AsSlice())...)
}

// bucketRules let the packets of a bucket's clients in. With ports there is a
// rule for each protocol that has some, and one for all others.
func (s Sharing) bucketRules(bucket int) [][]expression {
	source, _ := s.ends()
	hear := func(protocol []expression, parts ...span) []expression {
		register, length := firstRegister, 0
		rule := slices.Concat(s.toUs(), protocol)
		for _, part := range parts {
			rule = append(rule, part.load(register))
			words := (part.length + 3) / 4
			register, length = register+words, length+4*words
		}
		rule = append(rule, bucketOf(length, s.Total, s.Seed), isValue(native(bucket)))
		return append(append(rule, toThisHost()...), end(acceptPacket))
	}
	parts := []span{source, sourcePort, targetPort}
	switch s.Hash {
	case ByPort:
		parts = parts[:2]
	case ByPortAndTarget:
	default:
		return [][]expression{hear(nil, source)}
	}
	var rules [][]expression
	others := []expression{loadMeta(unix.NFT_META_L4PROTO)}
	for _, protocol := range []byte{unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_SCTP} {
		rules = append(rules, hear([]expression{loadMeta(unix.NFT_META_L4PROTO), isValue([]byte{protocol})}, parts...))
		others = append(others, isNotValue([]byte{protocol}))
	}
	return append(rules, hear(others, source))
}

// otherRules are those behind the buckets: neighbours that answer the address
// are heard by all nodes, and everybody else's packets by none.
func (s Sharing) otherRules() [][]expression {
	var rules [][]expression
	if FamilyOf(s.IP) == IPv6 {
		rules = append(rules, append(append(s.toUs(), isICMP(icmpAdvertisement)...), end(acceptPacket)))
	}
	return append(rules, append(s.toUs(), end(dropPacket)))
}

func isICMP(kind byte) []expression {
	return append([]expression{loadMeta(unix.NFT_META_L4PROTO), isValue([]byte{unix.IPPROTO_ICMPV6})},
		icmpKind.is([]byte{kind})...)
}

// answerMessages make the node name the shared hardware address whenever it
// speaks of the address to its neighbours. A neighbour that learned the node's
// own would send to this node alone, which drops most of it.
func (s Sharing) answerMessages(table string) []*nl.NetlinkRequest {
	out := []expression{loadMeta(unix.NFT_META_OIF), isValue(native(s.Link.Index))}
	ip := s.IP.AsSlice()
	if FamilyOf(s.IP) == IPv4 {
		const arpOutput = 1 // NF_ARP_OUT
		rule := slices.Concat(out, arpSenderIP.is(ip), arpSender.write(s.Hardware, -1))
		return append(chainFor(unix.NFPROTO_ARP, table, answerChain, arpOutput),
			newRule(unix.NFPROTO_ARP, table, answerChain, "", rule))
	}
	hardware := ndHardware.write(s.Hardware, icmpChecksum)
	answer := slices.Concat(out, isICMP(icmpAdvertisement), ndTarget.is(ip),
		ndOption.is([]byte{optionTargetLink, 1}), hardware)
	question := slices.Concat(out, isICMP(icmpSolicitation), source6.is(ip),
		ndOption.is([]byte{optionSourceLink, 1}), hardware)
	return append(chainFor(unix.NFPROTO_IPV6, table, answerChain, unix.NF_INET_LOCAL_OUT),
		newRule(unix.NFPROTO_IPV6, table, answerChain, "", answer),
		newRule(unix.NFPROTO_IPV6, table, answerChain, "", question))
}
