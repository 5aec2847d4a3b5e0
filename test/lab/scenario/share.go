package scenario

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ocfbox/test/lab/cluster"
)

// crowd is how many clients share a load-sharing address; the first has this number in the subnet.
const (
	crowd      = 16
	firstGuest = 100
)

// sharedAddress: two instances of a clone hold one address, each for its share of the clients. When a
// node loses power, the other one runs both instances and answers everybody.
func sharedAddress(s *Stage) {
	s.Step("configure the virtual address %s as a clone of two instances", virtual4())
	s.Configure(virtualIP(virtual4(), "") +
		"clone spread vip meta globally-unique=true clone-max=2 clone-node-max=2\n")
	for i := range crowd {
		// A scenario before may have left them there.
		s.Run(cluster.ClientHost, "ip", "address", "replace", guest(i).String()+"/24", "dev", s.clientLink())
	}
	for _, node := range s.Members() {
		s.Await("the address on "+node, time.Minute, func(ctx context.Context) error { return s.holds(ctx, node) })
	}
	s.Await("an answer to every client", time.Minute, s.answersAll)
	hardware := s.learned()
	s.Fact("the clients know %s as %s", virtual4(), hardware)

	crashed := s.Members()[0]
	s.Broke()
	s.Crash(crashed)
	s.Await("an answer to every client by "+s.Other(crashed), time.Minute, s.answersAll)
	if now := s.learned(); now != hardware {
		s.Fail("the clients know %s as %s after the failure and knew it as %s before", virtual4(), now, hardware)
	}
	s.AwaitReady()
	s.AwaitSettled()
	s.Await("an answer to every client", time.Minute, s.answersAll)
}

func guest(i int) netip.Addr {
	base := virtual4().As4()
	base[3] = byte(firstGuest + i)
	return netip.AddrFrom4(base)
}

// clientLink is the client's interface towards the address.
func (s *Stage) clientLink() string {
	words := strings.Fields(s.Run(cluster.ClientHost, "ip", "-o", "route", "get", virtual4().String()))
	for i, word := range words[:max(len(words)-1, 0)] {
		if word == "dev" {
			return words[i+1]
		}
	}
	s.Fail("the client has no way to %s: %q", virtual4(), words)
	return ""
}

// holds fails unless a node has the address.
func (s *Stage) holds(ctx context.Context, node string) error {
	text, err := s.Lab().Run(ctx, node, "ip", "-o", "address", "show", "to", virtual4().String())
	if err == nil && strings.TrimSpace(text) == "" {
		err = fmt.Errorf("%s does not have %s", node, virtual4())
	}
	return err
}

// answersAll fails unless every client has an answer.
func (s *Stage) answersAll(ctx context.Context) error {
	for i := range crowd {
		_, err := s.Lab().Run(ctx, cluster.ClientHost, "ping", "-c", "1", "-W", "1", "-I", guest(i).String(), virtual4().String())
		if err != nil {
			return fmt.Errorf("client %s: %w", guest(i), err)
		}
	}
	return nil
}

// learned is the hardware address that the clients have for the address.
func (s *Stage) learned() string {
	_, hardware, _ := strings.Cut(s.Run(cluster.ClientHost, "ip", "neighbour", "show", virtual4().String()), "lladdr ")
	word, _, _ := strings.Cut(hardware, " ")
	if word == "" {
		s.Fail("the clients know no hardware address of %s", virtual4())
	}
	return word
}
