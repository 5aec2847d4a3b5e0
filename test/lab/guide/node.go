package guide

import (
	"context"
	"fmt"
	"strings"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/rack"
)

// sysrq crashes a node as the guide does. The time to recover counts from here.
func (p *pair) sysrq(on string) {
	p.Step("%s:~ # echo 'b' > /proc/sysrq-trigger", on)
	p.Broke()
	// A kernel without the file leaves the FIFO that stands behind it in a node. The node is gone before the answer.
	_, _ = p.Lab().Run(p.Context(), on, "sh", "-c",
		"test -e /proc/sysrq-trigger && exec >/proc/sysrq-trigger || exec >"+node.SysRqFIFO+"; echo b")
	p.AwaitEvent(on+" is fenced", 1, func(e rack.Event) bool {
		return e.What == rack.Fencing && e.Node == on && strings.Contains(e.Detail, "asked for off: done")
	})
}

// rejoin is what the guide's administrator does with a fenced node: clear its slot, and start the cluster. It returns
// where the trajectory was before.
func (p *pair) rejoin(host string) int {
	p.Await(host+" has booted", patience, func(ctx context.Context) error {
		nodes, err := p.Lab().Running(ctx)
		if err == nil && !strings.Contains(" "+strings.Join(nodes, " ")+" ", " "+host+" ") {
			err = fmt.Errorf("only %v are on", nodes)
		}
		if err == nil {
			_, err = p.Lab().Run(ctx, host, "sbd", "-d", "/dev/disk/by-id/SBDA", "list")
		}
		return err
	})
	at := p.follower.now()
	p.root(host, "sbd -d /dev/disk/by-id/SBDA message "+host+" clear")
	p.root(host, "systemctl start pacemaker")
	return at
}

// witness remembers the primary's processes; the function that it returns demands that they are still the same.
func (p *pair) witness(primary string) func() {
	untouched := p.witnesses(primary)
	return func() {
		untouched()
		p.RequireHeldBy(virtual(), primary)
	}
}

// services are the processes of a database that live as long as it runs, by the names that the kernel has of them.
const services = `^hdb(\.sap|.*serve|xsengine|preproc|webdisp)`

// witnesses remembers the processes of databases; the function that it returns demands that they are still the same.
func (p *pair) witnesses(hosts ...string) func() {
	pids := func(host string) string {
		out, err := p.Lab().Run(p.Context(), host, "pgrep", "-u", "ha1adm", services)
		p.Must(err)
		return strings.Join(strings.Fields(out), " ")
	}
	before := map[string]string{}
	for _, host := range hosts {
		before[host] = pids(host)
	}
	return func() {
		for _, host := range hosts {
			if after := pids(host); after != before[host] {
				p.Fail("the database on %s was touched: its processes were %s and are %s", host, before[host], after)
			}
			p.Step("the database on %s was not touched", host)
		}
	}
}

// requireNoFailures demands that the cluster remembers no failed action of a database.
func (p *pair) requireNoFailures() {
	p.Await("no failed actions", patience, func(ctx context.Context) error {
		view, err := p.Lab().View(ctx, p.Members()[0])
		if err == nil && len(view.Failures) > 0 {
			err = fmt.Errorf("there are %v", view.Failures)
		}
		return err
	})
}

func (p *pair) requireContains(text, part string) {
	if !strings.Contains(text, part) {
		p.Fail("%q is not in %q", part, text)
	}
}

// placed tells where the cluster has the promoted database.
func (p *pair) placed(ctx context.Context) (string, error) {
	view, err := p.Lab().View(ctx, p.Members()[0])
	if err != nil {
		return "", err
	}
	return primaryOf(view), nil
}

func primaryOf(view cluster.View) string {
	for _, r := range view.Resources {
		if strings.HasPrefix(r.ID, primitive) && (r.Role == "Promoted" || r.Role == "Master") {
			return r.Node
		}
	}
	return ""
}
