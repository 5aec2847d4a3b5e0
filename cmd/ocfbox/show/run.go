package show

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"ocfbox/internal/hana"
	"ocfbox/internal/run"
	"ocfbox/internal/term"
)

//go:embed schema.json
var schema string

// A Tool is one call of the tool.
type Tool struct {
	// Suse tells that it was called by SUSE's name: exit codes and output are those of SUSE's.
	Suse bool
	// Stdin and Stdout are the process's; Terminal is set where a person sits at both.
	Stdin    io.Reader
	Stdout   io.Writer
	Terminal *os.File
	Runner   run.Runner
	// NoColor is the variable NO_COLOR.
	NoColor bool
	// OldExit answers --path2table with 44, as the classic tool did.
	OldExit bool
}

// Exit codes (hana-tools.md 1.2, contract of the tools).
const (
	exitOK = 0
	// exitUsage is a wrong command line, and a file that cannot be read.
	exitUsage = 2
	// exitCheckUsage is a wrong command line of a check.
	exitCheckUsage = 64
	// exitNothing is that it could not be found out.
	exitNothing = 3
	exitDenied  = 4
	exitOldPath = 44
	// exitDown is the exit code of the cluster's own tools when it does not run.
	exitDown = 102
)

// A Failure is an error with the exit code it stands for. Err is nil when everything has been said.
type Failure struct {
	Err  error
	Code int
}

// Error is what went wrong.
func (f *Failure) Error() string {
	if f.Err == nil {
		return fmt.Sprintf("exit code %d", f.Code)
	}
	return f.Err.Error()
}

// Unwrap is the cause.
func (f *Failure) Unwrap() error { return f.Err }

func usageError(format string, args ...any) error {
	return &Failure{fmt.Errorf(format, args...), exitUsage}
}

// Run carries the options out. The error is a *Failure where an exit code other than 1 goes with it.
func (t *Tool) Run(ctx context.Context, o Options) error {
	err := t.run(ctx, o)
	var failed *Failure
	if o.Check && errors.As(err, &failed) && failed.Code == exitUsage && failed.Err != nil {
		return &Failure{failed.Err, exitCheckUsage}
	}
	return err
}

func (t *Tool) run(ctx context.Context, o Options) error {
	o.Style = cmp.Or(o.Style, "classic")
	switch {
	case o.Style != "classic" && o.Style != "angi":
		return usageError("there is no style %q: classic or angi", o.Style)
	case !slices.Contains([]string{"", "auto", "always", "never"}, o.Color):
		return usageError("colour is auto, always or never, and not %q", o.Color)
	case o.Schema:
		_, err := io.WriteString(t.Stdout, schema)
		return err
	case o.PathToTable:
		return t.pathToTable(o)
	}
	layout, err := t.layout(o)
	if err != nil {
		return err
	}
	write, err := t.writer(o, layout)
	if err != nil {
		return err
	}
	if o.Watch > 0 {
		return t.watch(ctx, o, layout)
	}
	snapshots, err := t.read(ctx, o)
	if err != nil {
		if o.Check {
			fmt.Fprintf(t.Stdout, "HANA %s - %v\n", Unknown, err)
			return &Failure{nil, int(Unknown)}
		}
		if isPrometheus(o.Format) {
			_ = Prometheus(t.Stdout, nil)
		}
		return err
	}
	if t.Suse && o.Style == "classic" && len(o.CIBs) == 1 && !o.Check && slices.Contains([]string{"", "text", "table", "tables", "script"}, o.Format) {
		fmt.Fprintf(t.Stdout, "Using cib file %s\n", o.CIBs[0])
	}
	return write(snapshots)
}

// layout reads what concerns columns, rows and colour.
func (t *Tool) layout(o Options) (Layout, error) {
	layout := Layout{Sort: ParseOrder(o.Sort), Color: o.Color == "always"}
	if o.Color == "auto" || o.Color == "" && !t.Suse {
		layout.Color = t.Terminal != nil && !t.NoColor
	}
	var err error
	switch {
	case o.Columns != "":
		layout.Selection, err = ParseColumns(o.Columns)
	case o.Properties != "":
		var data []byte
		data, err = os.ReadFile(o.Properties)
		if err == nil {
			layout.Selection, err = ParseProperties(data, cmp.Or(o.Select, "default"))
		}
		if err != nil {
			err = fmt.Errorf("properties in file %s %w", o.Properties, err)
		}
	case o.Select != "":
		layout.Selection = BuiltIn(o.Select)
	case o.Style == "angi":
		layout.Selection = BuiltIn("default")
	}
	if err != nil {
		return layout, &Failure{err, exitUsage}
	}
	return layout, nil
}

func isPrometheus(format string) bool { return format == "prom" || format == "prometheus" }

// writer is what prints the snapshots in the format that is asked for.
func (t *Tool) writer(o Options, layout Layout) (func([]Snapshot) error, error) {
	if o.Check {
		return func(all []Snapshot) error { return t.check(o, all) }, nil
	}
	switch o.Format {
	case "prom", "prometheus", "json2":
		return func(all []Snapshot) error { return t.reports(o, all) }, nil
	case "", "text", "table", "tables", "script", "path", "tester", "csv", "cache", "json":
		return func(all []Snapshot) error {
			for _, snapshot := range all {
				if err := t.each(o, snapshot, func(sid string) error { return writeView(t.Stdout, o, layout, snapshot, sid) }); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}
	return nil, usageError("there is no output format %q", o.Format)
}

// each calls f for every system that is asked for, or that the CIB knows.
func (t *Tool) each(o Options, s Snapshot, f func(sid string) error) error {
	sids, err := t.sids(o, s)
	for _, sid := range sids {
		if err := f(sid); err != nil {
			return err
		}
	}
	return err
}

func (t *Tool) sids(o Options, s Snapshot) ([]string, error) {
	if len(o.SIDs) > 0 {
		return o.SIDs, nil
	}
	sids := SIDs(s.CIB)
	if len(sids) == 0 && s.Source == Live {
		sids = t.installed()
	}
	if len(sids) > 0 {
		return sids, nil
	}
	code := exitNothing
	if o.Style == "angi" {
		code = 1
	}
	return nil, &Failure{errors.New("ERR: No SID found in cluster config"), code}
}

// installed are the SAP systems of this host, for a cluster that has no SAP HANA yet. SAP's own diagnosis
// agent is none.
func (t *Tool) installed() []string {
	all, _ := hana.Instances(context.Background(), t.Runner)
	var sids []string
	for _, one := range all {
		if one.SID != "DAA" {
			sids = append(sids, one.SID)
		}
	}
	slices.Sort(sids)
	return slices.Compact(sids)
}

// pathToTable turns the lines of the classic script format back into tables.
func (t *Tool) pathToTable(o Options) error {
	data, err := io.ReadAll(t.Stdin)
	if err != nil {
		return err
	}
	view, strangers := ParsePaths(string(data))
	for _, line := range strangers {
		if _, err := fmt.Fprintf(t.Stdout, "DBG: not a path: %s\n", line); err != nil {
			return err
		}
	}
	layout, err := t.layout(o)
	if err != nil {
		return err
	}
	if err := Tables(t.Stdout, view, layout); err != nil || !t.OldExit {
		return err
	}
	return &Failure{nil, exitOldPath}
}

// IsTerminal is the file if it is a terminal, else nil.
func IsTerminal(file *os.File) *os.File {
	if term.IsTerminal(file) {
		return file
	}
	return nil
}
