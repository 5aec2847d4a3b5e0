package heartbeat

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/drbdsim"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
)

// client is a resource script of the laboratory: a database that writes through the device of a DRBD resource.
const client = `#!/bin/sh
pid=/run/instance-$1.pid
alive() { [ -e $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
case $2 in
start)
	alive && exit 0
	setsid ` + drbdsim.Hand + ` write "$1" 4 200ms >/dev/null 2>&1 </dev/null &
	echo $! >$pid
	;;
stop)
	alive || exit 0
	kill "$(cat $pid)"
	while alive; do sleep 0.1; done
	rm $pid
	;;
status)
	alive && echo running || echo stopped
	;;
*)
	exit 1
	;;
esac
`

// waitForPeer is what DRBD's own script does at boot: it waits until every resource has found its peer, for as long as
// degr-wfc-timeout says. Without that heartbeat would give a service back to data that are behind, and both copies would
// be written.
const waitForPeer = `#!/bin/sh
end=$(($(date +%s) + 20))
for resource in "$@"; do
	while [ "$(date +%s)" -lt $end ]; do
		case $(drbdadm cstate "$resource") in
		Connected | Sync* | Paused*) break ;;
		esac
		sleep 0.2
	done
done
`

// waits is the service that runs it before heartbeat.
func waits(resources []string) cluster.Addition {
	const name, path = "drbd-wait", "/usr/lib/ocflab/drbd-wait"
	return cluster.Addition{
		Image: []node.File{{Path: path, Text: waitForPeer, Mode: 0o755}, node.WantsLink(name)},
		Services: []node.Service{{
			Name: name, Args: append([]string{path}, resources...), Patience: 30 * time.Second,
			Unit: &node.Unit{Description: "DRBD waits for its peer", OneShot: true},
		}},
	}
}

// mirrored are the services of a pair whose disks DRBD mirrors: an address, the primary role, and a database.
func mirrored(nodes []string) []service {
	var list []service
	for i, name := range []string{"r0", "r1"} {
		v := service{name: name, home: nodes[i], address: cluster.HeartbeatAddress(i)}
		v.resources = []script{{"IPaddr", v.address.String() + "/24/eth0"}, {"drbddisk", name}, {"client", name}}
		list = append(list, v)
	}
	return list
}

// mirrorKit is a pair with two mirrored disks, which are brought up to date before heartbeat gives anything back.
func mirrorKit() scenario.Kit {
	return scenario.Kit{Name: "heartbeat-mirror", Change: func(o *cluster.Options) error {
		p := drbdsim.Default()
		// The usual size: the client of the simulator writes all over that.
		p.Resources, p.RateKiB = []string{"r0", "r1"}, 1024*1024
		addition, err := drbdsim.Addition(p, o.Nodes)
		if err != nil {
			return err
		}
		// The later one is started first.
		o.Additions = append(o.Additions, waits(p.Resources), addition)
		o.Files = append(o.Files, node.File{Path: scripts + "client", Text: client, Mode: 0o755})
		o.Heartbeat = &cluster.Heartbeat{}
		for _, v := range mirrored(o.Nodes) {
			o.Heartbeat.Haresources += v.line()
		}
		return nil
	}}
}

// mirrors loses each node of the pair, and gets it back with its data.
func mirrors(s *scenario.Stage) {
	one, two := mirrored(s.Members())[0], mirrored(s.Members())[1]
	begin(s, one, two)
	loseAndReturn(s, one.home, one, two)
	loseAndReturn(s, two.home, one, two)
	for _, v := range []service{one, two} {
		// Heartbeat does not look after what it has started.
		s.Run(v.home, scripts+"client", v.name, "stop")
		awaitMirror(s, v)
	}
	requireNeverTwice(s, one, two)
}

// mirrorByHand changes the roles as the guide's administrator does: secondary here, primary there; and as heartbeat does.
func mirrorByHand(s *scenario.Stage) {
	one := mirrored(s.Members())[0]
	home, other := one.home, s.Other(one.home)
	begin(s, one)

	s.Step("hb_standby on %s", home)
	s.Run(home, programs+"hb_standby", "local")
	awaitOn(s, one, other)
	moved := mirrorState(s, one)
	s.Run(home, programs+"hb_takeover", "local")
	awaitOn(s, one, home)

	s.Step("stop heartbeat, and change the roles with drbdadm")
	for _, n := range []string{other, home} {
		s.Run(n, "systemctl", "stop", "heartbeat")
	}
	s.Run(home, "drbdadm", "primary", one.name)
	s.Run(home, "drbdadm", "secondary", one.name)
	s.Run(other, "drbdadm", "primary", one.name)
	if have := mirrorState(s, one); have != moved {
		s.Fail("the roles are not as heartbeat left them: they were\n%s\nand are\n%s", moved, have)
	}
	s.Fact("both ways leave the same roles and states:\n%s", moved)
	requireNeverTwice(s, one)
}

// mirrorState is what DRBD says of a resource on both nodes.
func mirrorState(s *scenario.Stage, v service) string {
	var b strings.Builder
	for _, n := range s.Members() {
		for _, what := range []string{"role", "cstate", "dstate"} {
			fmt.Fprintf(&b, "%s %s: %s\n", n, what, strings.TrimSpace(s.Run(n, "drbdadm", what, v.name)))
		}
	}
	return b.String()
}

// awaitMirror waits until both copies are up to date and the same.
func awaitMirror(s *scenario.Stage, v service) {
	s.Await("both copies of "+v.name+" up to date", scenario.Patience, func(ctx context.Context) error {
		digests := map[string]bool{}
		for _, n := range s.Members() {
			text, err := s.Lab().Run(ctx, n, "drbdadm", "dstate", v.name)
			if err != nil {
				return err
			}
			if strings.TrimSpace(text) != "UpToDate/UpToDate" {
				return fmt.Errorf("%s says %s", n, strings.TrimSpace(text))
			}
			if text, err = s.Lab().Run(ctx, n, drbdsim.Hand, "digest", v.name); err != nil {
				return err
			}
			digests[text] = true
		}
		if len(digests) > 1 {
			return fmt.Errorf("the copies differ: %v", digests)
		}
		return nil
	})
}
