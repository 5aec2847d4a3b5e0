package cluster

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// LoadConfiguration adds crmsh configuration text to the cluster's. When it configures fencing, the laboratory's own
// fencing resource goes first: of two devices for one node, the cluster would take either.
func (l *Lab) LoadConfiguration(ctx context.Context, on, text string) error {
	return l.load(ctx, on, "update", text)
}

// ReplaceConfiguration puts crmsh configuration text in the place of the cluster's. Crmsh leaves what is there, and adds
// to it, while any resource runs.
func (l *Lab) ReplaceConfiguration(ctx context.Context, on, text string) error {
	return l.load(ctx, on, "replace", text)
}

func (l *Lab) load(ctx context.Context, on, how, text string) error {
	if configuresFencing(text) {
		if err := l.removeOwnFencing(ctx, on); err != nil {
			return err
		}
	}
	_, err := l.RunWith(ctx, text, on, "crm", "-F", "configure", "load", how, "-")
	return err
}

func configuresFencing(text string) bool { return strings.Contains(text, "stonith:") }

// removeOwnFencing deletes the laboratory's fencing resource and waits until it has stopped. One that is not there is fine.
func (l *Lab) removeOwnFencing(ctx context.Context, on string) error {
	if _, err := l.Run(ctx, on, "cibadmin", "--delete", "--xml-text", fmt.Sprintf(`<primitive id="%s"/>`, FencingDevice)); err != nil {
		return err
	}
	return Await(ctx, "the laboratory's fencing resource gone", 30*time.Second, func(ctx context.Context) error {
		view, err := l.View(ctx, on)
		if err != nil {
			return err
		}
		if len(view.On(FencingDevice)) > 0 {
			return fmt.Errorf("%s sees: %s", on, view)
		}
		return nil
	})
}
