package netif

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// ErrNoFilter means that the kernel has no packet filter of the nf_tables
// kind.
var ErrNoFilter = errors.New("the kernel has no nf_tables")

// filterMessage is the number of an nf_tables message in a netlink header.
func filterMessage(message int) uint16 {
	return uint16(unix.NFNL_SUBSYS_NFTABLES<<8 | message)
}

// filterRequest begins a message to nf_tables about a family of packets
// (NFPROTO_...).
func filterRequest(kind uint16, flags int, family uint8, attributes ...[]byte) *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(int(kind), flags)
	head := []byte{family, unix.NFNETLINK_V0, 0, 0}
	if kind == unix.NFNL_MSG_BATCH_BEGIN || kind == unix.NFNL_MSG_BATCH_END {
		binary.BigEndian.PutUint16(head[2:], unix.NFNL_SUBSYS_NFTABLES)
	}
	req.AddRawData(head)
	for _, attribute := range attributes {
		req.AddRawData(attribute)
	}
	return req
}

// attr encodes one attribute with its padding; nest one that holds others.
func attr(kind uint16, value []byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(unix.SizeofNlAttr+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%unix.NLA_ALIGNTO != 0 {
		b = append(b, 0)
	}
	return b
}

func nest(kind uint16, attributes ...[]byte) []byte {
	var all []byte
	for _, attribute := range attributes {
		all = append(all, attribute...)
	}
	return attr(kind|unix.NLA_F_NESTED, all)
}

// number and text are the values that nf_tables takes.
func number[T ~int | ~uint32](kind uint16, value T) []byte {
	return attr(kind, binary.BigEndian.AppendUint32(nil, uint32(value)))
}

func text(kind uint16, value string) []byte { return attr(kind, append([]byte(value), 0)) }

// commit sends messages as one transaction: all of them take effect at one
// moment, or none does. what says in words what it does.
func (n *Net) commit(what string, messages ...*nl.NetlinkRequest) error {
	err := commitOnce(messages)
	n.trace(what, len(messages), err)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// commitOnce uses a socket of its own, so that what the kernel says of the
// messages behind a refused one is never taken for another's answer.
func commitOnce(messages []*nl.NetlinkRequest) error {
	s, err := openFilterSocket()
	if err != nil {
		return err
	}
	defer s.close()
	messages[len(messages)-1].Flags |= unix.NLM_F_ACK
	all := []*nl.NetlinkRequest{filterRequest(unix.NFNL_MSG_BATCH_BEGIN, 0, 0)}
	all = append(all, messages...)
	all = append(all, filterRequest(unix.NFNL_MSG_BATCH_END, 0, 0))
	var batch []byte
	for i, m := range all {
		m.Flags |= unix.NLM_F_REQUEST
		m.Seq = uint32(i + 1)
		batch = append(batch, m.Serialize()...)
	}
	if err := unix.Sendto(s.fd, batch, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	for {
		answers, err := s.receive()
		if err != nil {
			return err
		}
		for _, m := range answers {
			if m.Header.Type != unix.NLMSG_ERROR {
				continue
			}
			// Refusals come before the one acknowledgement that was asked for.
			err := verdict(m, false)
			if err != nil || m.Header.Seq == uint32(len(messages)+1) {
				return filterError(err)
			}
		}
	}
}

// filterDump lists what nf_tables has, again when it changed meanwhile.
func (n *Net) filterDump(message int, reply int, family uint8, what string, attributes ...[]byte) ([][]byte, error) {
	s, err := openFilterSocket()
	if err != nil {
		return nil, err
	}
	defer s.close()
	var answers [][]byte
	for range dumpAttempts {
		answers, err = s.execute(filterRequest(filterMessage(message), unix.NLM_F_DUMP, family, attributes...),
			filterMessage(reply))
		n.trace(what, len(answers), err)
		if !errors.Is(err, errInterrupted) {
			break
		}
	}
	if err != nil {
		if errors.Is(err, unix.EINVAL) {
			// So a kernel answers whose netfilter knows no nf_tables.
			err = fmt.Errorf("%w (%w)", ErrNoFilter, err)
		}
		return nil, fmt.Errorf("%s: %w", what, filterError(err))
	}
	return answers, nil
}

func openFilterSocket() (*socket, error) {
	s, err := openSocket(unix.NETLINK_NETFILTER)
	return s, filterError(err)
}

// filterError tells a kernel without nf_tables from other refusals: it has
// not the protocol, or takes the messages for unknown ones.
func filterError(err error) error {
	if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("%w (%w)", ErrNoFilter, err)
	}
	return err
}
