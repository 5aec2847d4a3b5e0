package guide

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/writer"
	"ocfbox/test/lab/node"
)

// writing is the client of one database: it writes rows through the cluster's address all the time.
type writing struct {
	database string
	// server is the service that takes the rows.
	server site.Service
	// primary is where it wrote first, and from when on, on the clock of the databases' logs.
	primary string
	from    time.Duration

	writer.Transcript
}

// since leaves out databases that were opened before the client came, but for the one that it wrote to first: whose
// rows count is then decided anew.
func (w *writing) since(events []truth.Event) []truth.Event {
	return slices.DeleteFunc(slices.Clone(events), func(e truth.Event) bool {
		return e.What == truth.Opened && e.At < w.from && e.Host != w.primary
	})
}

// write makes a table in each database on the primary, and starts a client of each. The time to recover is that of the
// first.
func (p *pair) write(primary string) {
	for _, server := range indexservers(p.plan.System(primary)) {
		w := &writing{database: server.Database, server: server, primary: primary, from: truth.Now()}
		if p.writer == nil {
			p.writer, w.Served = w, p.Served
		}
		p.writers = append(p.writers, w)
		p.writeTo(w)
	}
}

// indexservers are the services that have the rows: one for each database of a system, but for the system's own.
func indexservers(s site.System) []site.Service {
	return slices.DeleteFunc(s.Volumes(), func(v site.Service) bool { return v.Name != "indexserver" })
}

func (p *pair) writeTo(w *writing) {
	p.sqlAt(w.primary, w.server.SQL, "create table t (s varchar(20))")
	p.writeRows(fmt.Sprintf("%s:%d", address, w.server.SQL), 2*time.Second, w)
	w.awaitRow(p)
	p.Step("a client writes rows into %s through %s", w.database, address)
}

// writeRows starts a client that writes to host:port, and that asks anew after its patience is over.
func (p *pair) writeRows(to string, patience time.Duration, w *writing) {
	process := p.openClient()
	p.Go(func(ctx context.Context) {
		defer process.Close()
		cmd := node.Command(ctx, hanasim.Writer, "-n", to, "-every", "100ms", "-patience", patience.String())
		cmd.Stdout = w
		// It runs until it is ended.
		_ = node.Run(process, cmd)
	})
}

// awaitRow waits until a row is acknowledged that the client asked for after now.
func (w *writing) awaitRow(p *pair) {
	since := truth.Now()
	p.Await("a row is written through "+address, patience, func(context.Context) error {
		answers, err := w.Answers()
		if err != nil {
			return err
		}
		for i := len(answers) - 1; i >= 0; i-- {
			if a := answers[i]; a.Asked < since {
				break
			} else if a.Error == "" {
				return nil
			}
		}
		if len(answers) == 0 {
			return fmt.Errorf("the client has no answer yet")
		}
		return fmt.Errorf("the last answer: %q", answers[len(answers)-1].Error)
	})
}
