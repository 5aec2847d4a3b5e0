package guide

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/scenario"
)

// failFast is the pair under a Pacemaker that reboots its node as soon as one of its daemons dies.
func failFast() plant {
	p := newPlant("guide-fail-fast", wdf)
	p.options = func(o *cluster.Options) { o.PacemakerEnv = append(o.PacemakerEnv, "PCMK_fail_fast=yes") }
	return p
}

// daemonDeaths kill the cluster's daemons one by one on the primary's node. What Pacemaker 2.1.5 makes of each is written
// down here: all but corosync are started again; some of them have then forgotten the primary's attributes.
func daemonDeaths() []scenario.Scenario {
	return []scenario.Scenario{
		first().named("daemons-respawned", "Daemons of the cluster that are started again: no database is touched.",
			respawned("pacemaker-fenced", "pacemakerd")),
		first().named("daemon-attrd", "The attribute daemon dies and takes the primary's scores along: nobody takes over, and they come back.", killAttrd),
		first().named("daemons-controller", "Daemons of the cluster that end the controller: the node is fenced or nobody takes over.",
			eitherWay("pacemaker-based", "pacemaker-execd", "pacemaker-controld")),
		first().named("daemon-schedulerd", "The scheduler dies, and with it the controller where it is the DC: the node is fenced or nobody takes over.",
			eitherWay("pacemaker-schedulerd")),
		first().named("daemon-corosync", "Corosync dies, which costs the node: the other one takes over.", costsNode(off, "corosync")),
		failFast().named("daemons-fail-fast", "With PCMK_fail_fast the death of the attribute daemon, and of the scheduler, reboots the node: the other one takes over.",
			costsNode(rebooted, "pacemaker-attrd", "pacemaker-schedulerd")),
		failFast().named("daemons-fail-fast-controller", "With PCMK_fail_fast the death of the controller, and of the CIB's daemon, reboots the node: the other one takes over.",
			costsNode(rebooted, "pacemaker-controld", "pacemaker-based")),
		failFast().named("daemons-fail-fast-local", "With PCMK_fail_fast the death of the executor, and of the fencer, reboots the node: the other one takes over.",
			costsNode(rebooted, "pacemaker-execd", "pacemaker-fenced")),
	}
}

// killDaemon kills one of the cluster's daemons, and returns its process.
func (p *pair) killDaemon(on, daemon string) (pid string) {
	pid, err := p.tryKillDaemon(on, daemon)
	p.Must(err)
	return pid
}

// tryKillDaemon is killDaemon where the node may be off before the command has ended.
func (p *pair) tryKillDaemon(on, daemon string) (pid string, err error) {
	pid, err = p.daemon(p.Context(), on, daemon)
	p.Must(err)
	p.Step("%s:~ # kill -9 %s (%s)", on, pid, daemon)
	p.Broke()
	_, err = p.Lab().Run(p.Context(), on, "kill", "-9", pid)
	return pid, err
}

// daemon finds the process of one of the cluster's daemons.
func (p *pair) daemon(ctx context.Context, on, name string) (string, error) {
	out, err := p.Lab().Run(ctx, on, "pgrep", "-o", "-f", "^/usr/(sbin|lib/pacemaker)/"+name)
	return strings.TrimSpace(out), err
}

// awaitDaemon waits until there is another process of a daemon.
func (p *pair) awaitDaemon(on, daemon, was string) {
	p.Await(daemon+" runs again on "+on, patience, func(ctx context.Context) error {
		pid, err := p.daemon(ctx, on, daemon)
		if err == nil && pid == was {
			err = fmt.Errorf("its process is %s, as before", pid)
		}
		return err
	})
}

// respawned kills daemons that come back without harm.
func respawned(daemons ...string) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		p.begin(setting{}, a, b)
		untouched := p.witnesses(a, b)
		at := p.follower.now()
		for _, daemon := range daemons {
			p.awaitDaemon(a, daemon, p.killDaemon(a, daemon))
			p.awaitMonitors(a, b)
			p.end(a, b)
		}
		untouched()
		p.neverSince(at, a, "CS DEMOTED/UNDEFINED/gone")
		p.neverSince(at, b, "CS PROMOTED/UNDEFINED/gone")
		p.requireNoFailures()
	}
}

// killAttrd: the daemon clears all transient attributes of its node when it starts again. With the score goes the primary's
// right to its place. The takeover must be refused, because the primary lives.
func killAttrd(p *pair, a, b string) {
	p.begin(setting{}, a, b)
	untouched := p.witnesses(a)
	at := p.follower.now()
	p.awaitDaemon(a, "pacemaker-attrd", p.killDaemon(a, "pacemaker-attrd"))
	p.awaitMonitors(a, b)
	p.end(a, b)
	untouched()
	p.neverSince(at, b, "R 4P")
	p.refresh(b)
	p.end(a, b)
	p.requireNoFailures()
}

// eitherWay kills daemons with which the controller ends. If it is back before the other node's scheduler looks, the node
// stays and has only lost its attributes; otherwise it is fenced.
func eitherWay(daemons ...string) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		p.begin(setting{register: true}, a, b)
		for _, daemon := range daemons {
			at := p.follower.now()
			p.killDaemon(a, daemon)
			if p.outlives(a, b) {
				p.neverSince(at, b, "R 4P")
				p.end(a, b)
				continue
			}
			p.replaced(at, a, b)
			a, b = b, a
		}
	}
}

// outlives tells whether the primary's node a stays: its monitor goes on, and b has not fenced it.
func (p *pair) outlives(a, b string) (stays bool) {
	killed := time.Now()
	p.Await(a+" is fenced or goes on", patience, func(ctx context.Context) error {
		out, err := p.Lab().Run(ctx, b, "sbd", "-d", "/dev/disk/by-id/SBDA", "list")
		if err != nil {
			return err
		}
		for line := range strings.Lines(out) {
			if slot := strings.Fields(line); len(slot) > 2 && slot[1] == a && slot[2] != "clear" {
				return nil
			}
		}
		state := p.latest()[a]
		lpt, _ := strconv.ParseInt(state["LPT"], 10, 64)
		if lacking := fits("CS PROMOTED, R 4P, SY PRIM, SC 150", state); lacking != "" || time.Unix(lpt, 0).Before(killed.Add(5*time.Second)) {
			return fmt.Errorf("%s; the cluster: %s", lacking, p.latest())
		}
		stays = true
		return nil
	})
	p.Step("%s stays: %t", a, stays)
	return stays
}

// replaced sees b take over from a, which was fenced, and a come back.
func (p *pair) replaced(at int, a, b string) {
	p.expectFrom(at, patience, a, b, row{What: "the secondary takes over", A: "CS gone", B: "CS PROMOTED, LPT TS, HK PRIM, R 4P, SC 150"})
	p.served(b)
	at = p.rejoin(a)
	p.registersItself(at, a, b)
	p.end(b, a)
}

// rebooted finds the event of a node that lost its power by its own doing.
func rebooted(host string) func(rack.Event) bool {
	return func(e rack.Event) bool { return e.What == rack.PowerOff && e.Node == host && e.Detail != "fenced" }
}

// costsNode kills daemons each of which costs the primary's node, wherever the primary is by then. The node goes off as
// ends says, and the other one makes sure of it.
func costsNode(ends func(host string) func(rack.Event) bool, daemons ...string) func(p *pair, a, b string) {
	return func(p *pair, a, b string) {
		p.begin(setting{register: true}, a, b)
		lost := map[string]int{}
		for _, daemon := range daemons {
			at := p.follower.now()
			// The node may take the command with it; whether the daemon died is told by what comes of it.
			_, _ = p.tryKillDaemon(a, daemon)
			lost[a]++
			p.Step("%s went off: %s", a, p.AwaitEvent(a+" goes off", lost[a], ends(a)).Detail)
			p.AwaitEvent(a+" is fenced", lost[a], func(e rack.Event) bool {
				return e.What == rack.Fencing && e.Node == a && strings.Contains(e.Detail, "asked for off: done")
			})
			p.replaced(at, a, b)
			a, b = b, a
		}
	}
}
