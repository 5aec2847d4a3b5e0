package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/lab/scenario"
)

// Scenarios lists the scenarios of services.
func Scenarios() []scenario.Scenario {
	return []scenario.Scenario{{
		Name: "mysql-move", Kit: kit(),
		Title: "A database server is moved to the other node and back by crm while a client writes: no committed row is lost.",
		Run:   func(s *scenario.Stage) { moved(s, database()) },
	}, {
		Name: "mysql-crash", Kit: kit(),
		Title: "The database server's node loses power: the other one recovers the database and goes on.",
		Run:   func(s *scenario.Stage) { crashed(s, database()) },
	}, {
		Name: "mysql-crash-unsynced", Kit: kit(), Red: "is lost, which",
		Title: "The same with a database server that acknowledges a row before it writes it: the row is lost.",
		Run: func(s *scenario.Stage) {
			p, home := begin(s, database())
			s.Step("a COMMIT on %s is answered from memory", home)
			s.Run(home, "mysql", "--no-defaults", "--execute="+unsynced)
			p.awaitRow(time.Now())
			p.crash(home)
			p.end()
		},
	}, {
		Name: "mysql-killed", Kit: kit(),
		Title: "The database server is killed: its own guardian starts it again, and the cluster when that is killed, too.",
		Run:   databaseKilled,
	}, {
		Name: "apache-move", Kit: kit(),
		Title: "A web server is moved to the other node and back by crm while a client writes: no acknowledged row is lost.",
		Run:   func(s *scenario.Stage) { moved(s, website()) },
	}, {
		Name: "apache-crash", Kit: kit(),
		Title: "The web server's node loses power: the other one goes on with its files.",
		Run:   func(s *scenario.Stage) { crashed(s, website()) },
	}, {
		Name: "apache-killed", Kit: kit(),
		Title: "The web server's processes are killed: the cluster starts it again.",
		Run: func(s *scenario.Stage) {
			p, home := begin(s, website())
			p.kill(home, p.program)
			p.end()
		},
	}, {
		Name: "apache-orphaned", Kit: kit(),
		Title: "Only the web server's first process is killed, and its others go on: the cluster ends them and starts it again.",
		Run: func(s *scenario.Stage) {
			p, home := begin(s, website())
			p.orphan(home)
			p.end()
		},
	}}
}

// moved moves the group there and back.
func moved(s *scenario.Stage, g group) {
	p, home := begin(s, g)
	for _, to := range []string{s.Other(home), home} {
		s.Step("crm resource move %s %s", g.id, to)
		since := time.Now()
		s.Run(to, "crm", "resource", "move", g.id, to)
		p.resumed(since, "moved to "+to, func() string { s.AwaitOn(g.resource, to); return to })
		s.Run(to, "crm", "resource", "clear", g.id)
	}
	p.end()
}

// crashed takes the power from the node that serves; when it is back, nothing moves.
func crashed(s *scenario.Stage, g group) {
	p, home := begin(s, g)
	survivor := p.crash(home)
	s.RequireFencedFirst(address(), survivor, home)

	s.Step("%s was switched on again by fencing; it must come back and take nothing", home)
	s.AwaitReady()
	s.AwaitSettled()
	s.AwaitOn(g.resource, survivor)
	s.RequireHeldBy(address(), survivor)
	p.awaitRow(time.Now())
	p.end()
}

// crash takes the power from a node, sees the service on the other one, and returns that.
func (p *play) crash(home string) string {
	survivor := p.Other(home)
	since := time.Now()
	p.Crash(home)
	return p.resumed(since, home+" lost power", func() string { p.AwaitOn(p.resource, survivor); return survivor })
}

// unsynced lets the server keep what it has committed in its memory.
const unsynced = "SET GLOBAL innodb_flush_log_at_trx_commit=0; SET GLOBAL innodb_flush_log_at_timeout=2700"

// databaseKilled kills the server alone, which mysqld_safe makes good, and then both.
func databaseKilled(s *scenario.Stage) {
	p, home := begin(s, database())
	if at := p.kill(home, p.program); at != home {
		s.Fail("the group has moved to %s although mysqld_safe was there", at)
	}
	p.kill(home, guardian, p.program)
	p.end()
}

// guardian is the program that starts a database server again which has died.
const guardian = "mysqld_safe"

// kill ends all processes of these names on a node, at once and without a word, and sees the service again, there or on
// the other node. It returns where.
func (p *play) kill(on string, names ...string) string {
	since := time.Now()
	for _, name := range names {
		p.Step("kill -9 every %s on %s", name, on)
		p.Run(on, "pkill", "-KILL", "-x", name)
	}
	p.awaitRow(time.Now())
	return p.resumed(since, fmt.Sprintf("killed %v", names), func() string { return p.AwaitStarted(p.resource) })
}

// pidFile is where the web server says which of its processes is the first.
const pidFile = "/run/apache2/service.pid"

// orphan kills the web server's first process. The others keep the port, and serve, until the monitor comes.
func (p *play) orphan(on string) {
	since, old := time.Now(), strings.TrimSpace(p.Run(on, "cat", pidFile))
	p.Step("kill -9 the first process of the web server on %s", on)
	p.Run(on, "kill", "-KILL", old)
	p.Await("the web server is started again", scenario.Patience, func(ctx context.Context) error {
		text, err := p.Lab().Run(ctx, on, "cat", pidFile)
		if err == nil && strings.TrimSpace(text) == old {
			err = fmt.Errorf("its first process is still %s", old)
		}
		return err
	})
	p.resumed(since, "killed the first process", func() string { return p.AwaitStarted(p.resource) })
}
