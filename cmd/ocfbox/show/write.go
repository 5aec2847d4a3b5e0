package show

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
)

// writeView prints one system in one of the formats for people and old scripts.
func writeView(to io.Writer, o Options, layout Layout, s Snapshot, sid string) error {
	view, angi := Classic(s.CIB, sid), Angi(s.CIB, sid)
	if o.Style == "angi" {
		view = angi
	}
	at := cmp.Or(executed(s.CIB), "0")
	switch o.Format {
	case "script":
		if o.Style == "classic" {
			return Script(to, view, layout)
		}
		fallthrough
	case "path":
		return Lines(to, angi, layout, func(section, object, name, value string) string {
			return fmt.Sprintf("%s %s/%s/%s=\"%s\"", at, section, object, name, value)
		})
	case "tester":
		return Lines(to, angi, layout, func(section, object, name, value string) string {
			return fmt.Sprintf("%s/%s/%s=\"%s\"", section, object, name, value)
		})
	case "csv":
		return Lines(to, angi, layout, func(section, object, name, value string) string {
			return strings.Join([]string{at, section, object, name, value}, ";")
		})
	case "cache":
		return Cache(to, angi, layout)
	case "json":
		return AngiJSON(to, angi)
	}
	if len(s.Nodes) == 0 {
		_, err := fmt.Fprintf(to, "No attributes found for SID=%s\n", strings.ToLower(sid))
		return err
	}
	return Tables(to, view, layout)
}

// reports prints the typed formats.
func (t *Tool) reports(o Options, all []Snapshot) error {
	var reports []Report
	for _, s := range all {
		if err := t.each(o, s, func(sid string) error {
			reports = append(reports, NewReport(s.CIB, sid, s.Source, time.Now()))
			return nil
		}); err != nil {
			return err
		}
	}
	if isPrometheus(o.Format) {
		return Prometheus(t.Stdout, reports)
	}
	for _, report := range reports {
		if err := report.JSON(t.Stdout); err != nil {
			return err
		}
	}
	return nil
}

// check judges every system; the worst verdict is the exit code.
func (t *Tool) check(o Options, all []Snapshot) error {
	worst := Healthy
	for _, s := range all {
		err := t.each(o, s, func(sid string) error {
			health, line := NewReport(s.CIB, sid, s.Source, time.Now()).Check()
			worst = max(worst, health)
			_, err := fmt.Fprintln(t.Stdout, line)
			return err
		})
		if err != nil {
			fmt.Fprintf(t.Stdout, "HANA %s - %v\n", Unknown, err)
			return &Failure{nil, int(Unknown)}
		}
	}
	if worst != Healthy {
		return &Failure{nil, int(worst)}
	}
	return nil
}
