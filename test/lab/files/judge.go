package files

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/hanasim/writer"
)

// judge compares what the client was promised with what is on the disk, and blames the scenario for what is missing.
// That no two nodes had the disk at once is judged by the stage.
func (d *desk) judge() {
	if !d.written {
		return
	}
	// The scenario may have ended because its time was over; it is judged all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.Context()), time.Minute)
	defer cancel()
	// The answers first: whatever is acknowledged after them does not count.
	answers, err := d.client.Answers()
	if err != nil {
		d.Blame(err)
		return
	}
	rows, err := d.readRows(ctx)
	if err == nil {
		err = verdict(answers, rows)
	}
	if err != nil {
		d.Blame(err)
		return
	}
	d.Fact("%d of the client's %d rows were acknowledged, and none of those is lost", promised(answers), len(answers))
	d.Fact("the client waited %.1f s at most from one acknowledged row to the next", writer.Outage(answers).Seconds())
}

// readRows reads the rows on the node that has the disk mounted.
func (d *desk) readRows(ctx context.Context) ([]string, error) {
	nodes, err := d.Lab().Running(ctx)
	all := []error{err}
	for _, on := range nodes {
		text, err := d.Lab().Run(ctx, on, "cat", d.rowsFile())
		if err == nil {
			return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), nil
		}
		all = append(all, err)
	}
	return nil, fmt.Errorf("read the rows: %w", errors.Join(all...))
}

// verdict tells which promises are broken: rows that were acknowledged and are not there, or not once.
func verdict(answers []writer.Answer, rows []string) error {
	have := map[string]int{}
	for _, row := range rows {
		have[row]++
	}
	var found []error
	for _, a := range answers {
		if a.Error == "" && have[a.Row] != 1 {
			found = append(found, fmt.Errorf("row %s was acknowledged, and is there %d times", a.Row, have[a.Row]))
		}
	}
	const enough = 5
	if n := len(found); n > enough {
		found = append(found[:enough], fmt.Errorf("and %d more rows", n-enough))
	}
	return errors.Join(found...)
}

// promised is the number of rows that were acknowledged.
func promised(answers []writer.Answer) int {
	n := 0
	for _, a := range answers {
		if a.Error == "" {
			n++
		}
	}
	return n
}
