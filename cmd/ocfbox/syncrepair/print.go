package syncrepair

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"ocfbox/internal/block"
	"ocfbox/internal/drbd"
	"ocfbox/internal/repair"
)

// printed is how many ranges the text names; the JSON has all.
const printed = 100

// printPlan shows a plan.
func (t *Tool) printPlan(p repair.Plan, o Options) error {
	if o.Output == "json" {
		return printJSON(t.Stdout, p)
	}
	var b strings.Builder
	ranges := p.Ranges()
	fmt.Fprintf(&b, "PLAN: copy %d bytes in %d ranges from %s to %s (%.3f %% of %d bytes)\n", p.Bytes(), len(ranges), p.Source.Path,
		p.Target.Path, 100*float64(p.Bytes())/float64(max(p.Size, 1)), p.Size)
	list(&b, "copy", ranges)
	for _, user := range repair.Users(p.Target.Path) {
		fmt.Fprintf(&b, "in the way: %s: %s\n", p.Target.Path, user)
	}
	switch {
	case len(p.Pieces) == 0:
		b.WriteString("nothing differs any more\n")
	case o.Plan == "":
		b.WriteString("nothing was written; --plan FILE keeps the plan, so that it can be carried out\n")
	default:
		fmt.Fprintf(&b, "nothing was written; until %s this carries it out:\n", p.Expires.Local().Format("2006-01-02 15:04"))
		fmt.Fprintf(&b, "ocfbox sync repair --apply --plan %s --yes-overwrite %s\n", o.Plan, p.Target.Path)
	}
	_, err := io.WriteString(t.Stdout, b.String())
	return err
}

func list(b *strings.Builder, what string, ranges block.Ranges) {
	for i, one := range ranges {
		if i == printed {
			fmt.Fprintf(b, "%s: %d ranges more; --output json names all\n", what, len(ranges)-printed)
			return
		}
		fmt.Fprintf(b, "%s: offset=%d length=%d\n", what, one.Offset, one.Length)
	}
}

// printReport says what was done.
func (t *Tool) printReport(r repair.Report, done, note string, o Options) error {
	if o.Output == "json" {
		return printJSON(t.Stdout, r)
	}
	if !r.Complete {
		done = "INCOMPLETE"
	} else if !r.Same() {
		done = "DIFFERENT"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d bytes written, %d were so before; %s\n", done, r.Written, r.Already, note)
	list(&b, "target has changed since the plan, left alone", r.TargetChanged)
	list(&b, "source has changed since the plan, left alone", r.SourceChanged)
	list(&b, "differs", r.Remaining)
	_, err := io.WriteString(t.Stdout, b.String())
	return err
}

// printSteps names commands for people to type.
func (t *Tool) printSteps(steps []drbd.Step, o Options) error {
	if o.Output == "json" {
		return printJSON(t.Stdout, map[string][]drbd.Step{"steps": steps})
	}
	var b strings.Builder
	for _, step := range steps {
		fmt.Fprintf(&b, "on %s: %s\n", step.Host, step.Command)
	}
	_, err := io.WriteString(t.Stdout, b.String())
	return err
}

func printJSON(out io.Writer, document any) error {
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", text)
	return err
}
