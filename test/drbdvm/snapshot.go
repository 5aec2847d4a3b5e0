package drbdvm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Save keeps both guests, memory and disks, under a name. They go on as if nothing had happened; a
// connection between them notices nothing of the second that it takes.
func (p *Pair) Save(ctx context.Context, name string) error {
	for _, g := range p.Guests() {
		if _, err := g.control(command{Execute: "stop"}); err != nil {
			return fmt.Errorf("save %s: %s: %w", name, g.Name, err)
		}
	}
	for _, g := range p.Guests() {
		if err := g.save(ctx, p.snapshot(name, g)); err != nil {
			return fmt.Errorf("save %s: %s: %w", name, g.Name, err)
		}
	}
	return p.resume()
}

// Saved reports whether there is a snapshot of that name.
func (p *Pair) Saved(name string) bool {
	_, err := os.Stat(filepath.Join(p.snapshot(name, p.Bravo), "memory"))
	return err == nil
}

// Load goes back to what was saved under a name, with this machine's time. Whatever the guests are doing is
// lost, and the links are whole.
func (p *Pair) Load(ctx context.Context, name string) error {
	for _, g := range p.Guests() {
		g.Kill()
	}
	for _, g := range p.Guests() {
		folder := p.snapshot(name, g)
		if err := copyDisks(folder, g.path("")); err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
		if err := g.launch(filepath.Join(folder, "memory")); err != nil {
			return fmt.Errorf("load %s: %s: %w", name, g.Name, err)
		}
	}
	for _, g := range p.Guests() {
		if err := g.awaitStatus(ctx, "query-status", "paused"); err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	if err := p.resume(); err != nil {
		return fmt.Errorf("load %s: %w", name, err)
	}
	for _, g := range p.Guests() {
		if err := g.Wait(ctx); err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	return p.both(ctx, "date -s @"+strconv.FormatInt(time.Now().Unix(), 10))
}

func (p *Pair) snapshot(name string, g *Guest) string {
	return filepath.Join(p.folder, "saved-"+name, g.Name)
}

// resume lets both go on.
func (p *Pair) resume() error {
	for _, g := range p.Guests() {
		if _, err := g.control(command{Execute: "cont"}); err != nil {
			return fmt.Errorf("%s: %w", g.Name, err)
		}
	}
	return nil
}

// save writes the stopped guest's memory and disks into a folder.
func (g *Guest) save(ctx context.Context, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	unlimited := command{"migrate-set-parameters", map[string]any{"max-bandwidth": int64(1) << 40}}
	migrate := command{"migrate", map[string]any{"uri": "exec:cat >" + filepath.Join(folder, "memory")}}
	if _, err := g.control(unlimited, migrate); err != nil {
		return err
	}
	if err := g.awaitStatus(ctx, "query-migrate", "completed"); err != nil {
		return err
	}
	return copyDisks(g.path(""), folder)
}

// awaitStatus waits until qemu's answer to a query has the word.
func (g *Guest) awaitStatus(ctx context.Context, query, word string) error {
	for {
		status, err := g.status(query)
		switch {
		case err == nil && status == word:
			return nil
		case !g.Running():
			return fmt.Errorf("%s has ended%s", g.Name, lastWords(g.path("")))
		case status == "failed" || status == "cancelled":
			return fmt.Errorf("%s: %s: %s%s", g.Name, query, status, lastWords(g.path("")))
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s: %s says %q and not %q: %v, %w", g.Name, query, status, word, err, context.Cause(ctx))
		}
	}
}

func copyDisks(from, to string) error {
	for name := range disks() {
		if err := tool("cp", "--sparse=always", filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}
