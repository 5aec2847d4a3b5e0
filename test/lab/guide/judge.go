package guide

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/process"
	"ocfbox/test/hanasim/site"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/writer"
)

// judge reads the databases' own logs, and blames the scenario for what must never happen.
func (p *pair) judge() {
	// The scenario may have ended because its time was over; the logs are read all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.Context()), time.Minute)
	defer cancel()
	for _, w := range p.writers {
		p.judgeDatabase(ctx, w)
	}
}

// judgeDatabase is the judgement of one database, by what its client was told.
func (p *pair) judgeDatabase(ctx context.Context, w *writing) {
	e, err := p.evidence(ctx, w)
	if err = errors.Join(e.verdict(), err); err != nil {
		p.Blame(err)
		return
	}
	p.Fact("the logs of %s: %d rows accepted, %d of %d acknowledged to the client, none lost, never two primaries",
		w.database, len(e.writes), e.promised(), len(e.answers))
	p.Fact("the client waited %.1f s at most from one acknowledged row to the next", writer.Outage(e.answers).Seconds())
}

// evidence gathers what there is; the error says what is missing.
func (p *pair) evidence(ctx context.Context, w *writing) (evidence, error) {
	events, err := p.events(ctx)
	if err != nil {
		return evidence{}, fmt.Errorf("read the databases' logs: %w", err)
	}
	e := evidence{
		writes: truth.Writes(events, w.database), events: w.since(events),
		held: p.held(), resumed: p.resumed, now: truth.Now(),
	}
	if e.answers, err = w.Answers(); err != nil {
		return e, err
	}
	if e.host = lastOpened(e.events, w.database); e.host == "" {
		return e, errors.New("no database was ever opened")
	}
	e.survivor, err = p.journal(ctx, e.host, w.server)
	return e, err
}

// events are what all sites noted, read from their disks, whether they are on or off.
func (p *pair) events(ctx context.Context) ([]truth.Event, error) {
	folder, err := os.MkdirTemp("", "ocflab-truth")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if err := p.Lab().SaveLogs(ctx, folder); err != nil {
		return nil, err
	}
	var events []truth.Event
	for _, host := range p.Members() {
		text, err := os.ReadFile(filepath.Join(folder, host, strings.TrimPrefix(p.plan.System(host).AcceptedFile(), "/var/log")))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list, err := truth.Read(strings.NewReader(string(text)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", host, err)
		}
		events = append(events, list...)
	}
	slices.SortStableFunc(events, func(a, b truth.Event) int { return int(a.At - b.At) })
	return events, nil
}

// journal is the data of a database on a node.
func (p *pair) journal(ctx context.Context, host string, server site.Service) (*core.Log, error) {
	text, err := p.Lab().Run(ctx, host, "cat", p.plan.System(host).Journal(server))
	if err != nil {
		return nil, fmt.Errorf("read the data of %s: %w", host, err)
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("ocflab-journal-%d", os.Getpid()))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(file)
	log, _, err := process.ReadJournal(file)
	return log, err
}

// held are the times in which the nodes had the address of the primary.
func (p *pair) held() []holding {
	var list []holding
	for _, span := range p.Spans(virtual()) {
		h := holding{host: span.Node, from: truth.Now() - time.Since(span.From)}
		if !span.To.IsZero() {
			h.to = truth.Now() - time.Since(span.To)
		}
		list = append(list, h)
	}
	return list
}
