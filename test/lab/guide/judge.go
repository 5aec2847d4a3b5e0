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
)

// judge reads the databases' own logs, and blames the scenario when two primaries took rows, when a row that was
// accepted is gone, or when a row that the client was promised is not there once.
func (p *pair) judge() {
	// The scenario may have ended because its time was over; the logs are read all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.Context()), time.Minute)
	defer cancel()
	events, err := p.events(ctx)
	if err != nil {
		p.Blame(fmt.Errorf("read the databases' logs: %w", err))
		return
	}
	if p.writer == nil {
		return
	}
	p.Blame(p.verdict(ctx, events))
}

func (p *pair) verdict(ctx context.Context, events []truth.Event) error {
	writes := truth.Writes(events, p.plan.SID)
	events = p.writer.since(events)
	var found []error
	for _, o := range truth.TwoPrimaries(writes) {
		found = append(found, fmt.Errorf("two primaries accepted rows: %s and %s for %s", o.Sites[0], o.Sites[1],
			(o.To-o.From).Round(time.Millisecond)))
	}
	found = append(found, misled(events, p.held(), p.resumed))
	survivor, host, err := p.survivor(ctx, events)
	if err != nil {
		return errors.Join(append(found, err)...)
	}
	if lost := truth.Lost(writes, survivor); len(lost) > 0 {
		found = append(found, fmt.Errorf("%d accepted rows are lost: %s does not have what %s accepted last, %v", len(lost), host,
			lost[len(lost)-1].Site, lost[len(lost)-1].Entry))
	}
	answers, err := p.writer.answers()
	if err != nil {
		return errors.Join(append(found, err)...)
	}
	have := map[string]int{}
	for _, line := range survivor.Tables()["T"] {
		have[line[0]]++
	}
	promised := 0
	for _, a := range answers {
		if a.Error != "" {
			continue
		}
		promised++
		if have[a.Row] != 1 {
			found = append(found, fmt.Errorf("row %s was acknowledged, and %s has it %d times", a.Row, host, have[a.Row]))
		}
	}
	if err := errors.Join(found...); err != nil {
		return err
	}
	p.Fact("the databases' logs: %d rows accepted, %d of %d acknowledged to the client, none lost, never two primaries",
		len(writes), promised, len(answers))
	p.Fact("the client waited %.1f s at most from one acknowledged row to the next", outage(answers).Seconds())
	return nil
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

// survivor is the journal of the database that was opened last: the rows that there are from now on.
func (p *pair) survivor(ctx context.Context, events []truth.Event) (*core.Log, string, error) {
	host := ""
	for _, e := range events {
		if e.What == truth.Opened && e.Database == p.plan.SID {
			host = e.Host
		}
	}
	if host == "" {
		return nil, "", errors.New("no database was ever opened")
	}
	s := p.plan.System(host)
	i := slices.IndexFunc(s.Volumes(), func(v site.Service) bool { return v.Database == p.plan.SID && v.Name == "indexserver" })
	text, err := p.Lab().Run(ctx, host, "cat", s.Journal(s.Volumes()[i]))
	if err != nil {
		return nil, host, fmt.Errorf("read the data of %s: %w", host, err)
	}
	file := filepath.Join(os.TempDir(), fmt.Sprintf("ocflab-journal-%d", os.Getpid()))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, host, err
	}
	defer os.Remove(file)
	log, _, err := process.ReadJournal(file)
	return log, host, err
}

// wrongFor is how long after a takeover the address may still be on the node that was taken over from: a stop of the
// address and a start, on a busy machine.
const wrongFor = 15 * time.Second

// A holding is a time in which a node had the address, on the clock of the databases' logs. To is zero while it has it.
type holding struct {
	host     string
	from, to time.Duration
}

// misled tells when the address was on a node although the rows were accepted on another, for longer than a move takes
// while the cluster was in charge: before resumed an administrator was.
func misled(events []truth.Event, held []holding, resumed time.Duration) error {
	var last truth.Event
	for _, e := range events {
		if e.What == truth.Opened && e.Epoch > last.Epoch {
			last = e
		}
	}
	for _, h := range held {
		to := h.to
		if to == 0 {
			to = truth.Now()
		}
		if wrong := to - max(h.from, last.At, resumed); last.Host != "" && h.host != last.Host && wrong > wrongFor {
			return fmt.Errorf("the address was on %s for %s after %s had taken over", h.host, wrong.Round(time.Second), last.Host)
		}
	}
	return nil
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
