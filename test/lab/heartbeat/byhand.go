package heartbeat

import (
	"slices"
	"strings"

	"ocfbox/test/lab/scenario"
)

// byHand moves the service with heartbeat's tool, and back; then with the scripts, while heartbeat is stopped. After both
// the nodes are in the same state.
func byHand(s *scenario.Stage) {
	one := services(s.Members())[0]
	home, other := one.home, s.Other(one.home)
	begin(s, one)

	s.Step("hb_standby on %s", home)
	s.Run(home, programs+"hb_standby", "local")
	awaitOn(s, one, other)
	moved := [2]string{state(s, home), state(s, other)}
	s.Step("hb_takeover on %s", home)
	s.Run(home, programs+"hb_takeover", "local")
	awaitOn(s, one, home)

	s.Step("stop heartbeat on both nodes, and start the service on %s", home)
	for _, node := range []string{other, home} {
		s.Run(node, "systemctl", "stop", "heartbeat")
	}
	s.Must(notOn(s.Context(), s, one, home))
	act(s, one, home, "start")
	awaitOn(s, one, home)
	s.Step("move it to %s: stop everything here, last first, and start it there", other)
	act(s, one, home, "stop")
	act(s, one, other, "start")
	awaitOn(s, one, other)
	for i, node := range []string{home, other} {
		if have := state(s, node); have != moved[i] {
			s.Fail("%s is not as heartbeat left it: it was\n%s\nand is\n%s", node, moved[i], have)
		}
	}
	s.Fact("both ways leave the same addresses, mounts and processes")
	requireRows(s, one, home, other, home, home, other)
	requireNeverTwice(s, one)
}

// act calls the scripts of a service one after the other, backwards to stop.
func act(s *scenario.Stage, v service, node, what string) {
	list := slices.Clone(v.resources)
	if what == "stop" {
		slices.Reverse(list)
	}
	for _, r := range list {
		s.Run(node, append(append([]string{scripts + r[0]}, r[1:]...), what)...)
	}
}

// state is what a service leaves on a node: addresses, mounts, and processes of instances.
func state(s *scenario.Stage, node string) string {
	return strings.Join([]string{
		s.Run(node, "ip", "-o", "-4", "-brief", "address"),
		s.Run(node, "sh", "-c", "grep /srv /proc/mounts; true"),
		s.Run(node, "sh", "-c", "ls /run | grep instance; true"),
	}, "")
}
