package show

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/crm"
	"ocfbox/internal/term"
)

const (
	// fresh is for how many looks a changed cell is shown inverse, and remembered how many changes are
	// listed below the tables.
	fresh      = 2
	remembered = 100
)

// A history knows what changed between looks.
type history struct {
	values map[string]string
	// age counts the looks since a cell has changed, down to 0.
	age     map[string]int
	changes []string
}

func key(section, object, column string) string { return section + "/" + object + "/" + column }

// look takes the values of a view, and notes what has changed since the last.
func (h *history) look(v View, now time.Time) {
	first := h.values == nil
	seen := make(map[string]string)
	if h.age == nil {
		h.age = make(map[string]int)
	}
	for cell := range h.age {
		h.age[cell]--
	}
	for _, section := range v.Sections {
		for _, object := range section.Objects {
			for _, value := range object.Values {
				cell := key(section.Name, object.Name, value.Name)
				seen[cell] = value.Value
				if before := h.values[cell]; !first && before != value.Value {
					h.age[cell] = fresh
					h.changes = append(h.changes, fmt.Sprintf("%s %s: %s -> %s", now.Format("15:04:05"), cell, before, value.Value))
				}
			}
		}
	}
	for cell, before := range h.values {
		if _, there := seen[cell]; !there {
			h.changes = append(h.changes, fmt.Sprintf("%s %s: %s -> (gone)", now.Format("15:04:05"), cell, before))
		}
	}
	h.changes = h.changes[max(0, len(h.changes)-remembered):]
	h.values = seen
}

func (h *history) changed(section, object, column string) bool {
	return h.age[key(section, object, column)] > 0
}

// A watcher looks again and again.
type watcher struct {
	*Tool
	options   Options
	layout    Layout
	histories map[string]*history
	last      string
	paused    bool
}

// watch shows the state until it is told to end. On a terminal a screen is redrawn; elsewhere each look
// that shows something else is printed below the last one, with its time.
func (t *Tool) watch(ctx context.Context, o Options, layout Layout) error {
	w := &watcher{Tool: t, options: o, layout: layout, histories: map[string]*history{}}
	if t.Terminal == nil {
		return w.appendLooks(ctx)
	}
	ctx, stop := signal.NotifyContext(ctx, unix.SIGINT, unix.SIGTERM)
	defer stop()
	screen, err := term.OpenScreen(t.Terminal)
	if err != nil {
		return err
	}
	defer screen.Close()
	w.layout.Color = o.Color != "never" && !t.NoColor
	return w.onScreen(ctx, screen)
}

func (w *watcher) appendLooks(ctx context.Context) error {
	tick := time.NewTicker(w.options.Watch)
	defer tick.Stop()
	for {
		picture, changed := w.picture(ctx)
		if changed {
			if _, err := fmt.Fprintf(w.Stdout, "%s\n%s", time.Now().Format(time.RFC3339), picture); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// onScreen redraws on a tick, a key or another window size.
func (w *watcher) onScreen(ctx context.Context, screen *term.Screen) error {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, unix.SIGWINCH)
	defer signal.Stop(resized)
	keys := screen.Keys(ctx)
	tick := time.NewTicker(w.options.Watch)
	defer tick.Stop()
	picture, changed := w.picture(ctx)
	for {
		if changed {
			if err := screen.Draw(picture); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-resized:
			changed = true
		case pressed := <-keys:
			switch pressed {
			case 'q':
				return nil
			case 'p':
				w.paused = !w.paused
			}
		case <-tick.C:
			if !w.paused {
				picture, changed = w.picture(ctx)
			}
		}
	}
}

// picture is what there is to see, and whether that is something else than the last time.
func (w *watcher) picture(ctx context.Context) (string, bool) {
	snapshots, err := w.read(ctx, w.options)
	var text bytes.Buffer
	for _, s := range snapshots {
		if err != nil {
			break
		}
		err = w.each(w.options, s, func(sid string) error { return w.draw(&text, s.CIB, sid) })
	}
	if err != nil {
		fmt.Fprintf(&text, "%v\n", err)
	}
	changed := text.String() != w.last
	w.last = text.String()
	return w.last, changed
}

func (w *watcher) draw(to io.Writer, cib *crm.CIB, sid string) error {
	view := Classic(cib, sid)
	if w.options.Style == "angi" {
		view = Angi(cib, sid)
	}
	past := w.histories[sid]
	if past == nil {
		past = new(history)
		w.histories[sid] = past
	}
	past.look(view, time.Now())
	layout := w.layout
	layout.Changed = past.changed
	if err := Tables(to, view, layout); err != nil {
		return err
	}
	_, err := io.WriteString(to, strings.Join(past.changes, "\n")+"\n")
	return err
}
