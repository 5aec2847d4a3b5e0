package guide

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/truth"
	"ocfbox/test/hanasim/writer"
	"ocfbox/test/lab/node"
)

// writing is the client: it writes rows through the cluster's address all the time.
type writing struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes what the client prints.
func (w *writing) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(text)
}

// answers are what became of its rows so far.
func (w *writing) answers() ([]writer.Answer, error) {
	w.mu.Lock()
	text := w.text.String()
	w.mu.Unlock()
	return writer.Read(strings.NewReader(text))
}

// write makes a table on the primary and starts the client.
func (p *pair) write(primary string) {
	p.sql(primary, "create table t (s varchar(20))")
	w := &writing{}
	p.writer = w
	process := p.openClient()
	p.Go(func(ctx context.Context) {
		defer process.Close()
		cmd := node.Command(ctx, hanasim.Writer, "-n", address+":31015", "-every", "100ms", "-patience", "2s")
		cmd.Stdout = w
		// It runs until it is ended.
		_ = node.Run(process, cmd)
	})
	w.awaitRow(p)
	p.Step("a client writes rows through %s", address)
}

// awaitRow waits until a row is acknowledged that the client asked for after now.
func (w *writing) awaitRow(p *pair) {
	since := truth.Now()
	p.Await("a row is written through "+address, patience, func(context.Context) error {
		answers, err := w.answers()
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

// servedAgain is when the first row was acknowledged that the client asked for after a moment; zero when none was.
func (w *writing) servedAgain(after time.Duration) (time.Duration, error) {
	answers, err := w.answers()
	if err != nil {
		return 0, err
	}
	for _, a := range answers {
		if a.Asked > after && a.Error == "" {
			return a.Answered, nil
		}
	}
	return 0, nil
}
