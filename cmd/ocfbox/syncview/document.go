package syncview

import (
	_ "embed"
	"encoding/json"
	"io"
	"time"

	"ocfbox/internal/drbd"
	"ocfbox/internal/drbd/feed"
)

// Schema is the version of the JSON document. A field that is there stays what it is; new ones may come.
const Schema = "ocfbox.sync.v1"

//go:embed schema.json
var schema string

// A Document is one look at a host: what is printed in any form.
type Document struct {
	Schema string    `json:"schema"`
	Time   time.Time `json:"time"`
	// Source is live, or the names of the files that were read.
	Source string `json:"source"`
	Name   string `json:"host,omitempty"`
	// Loaded reports whether the kernel has the module; Version is the module's number.
	Loaded  bool   `json:"loaded"`
	Version string `json:"version,omitempty"`
	// Scope is local, or both when the other host's view was compared.
	Scope string `json:"scope"`
	// Status is the exit code.
	Status int `json:"status"`
	drbd.Verdict
	Resources []Resource `json:"resources"`
	// Notes are what was asked for beside the state and not answered: they do not change what it is worth.
	Notes []string `json:"notes,omitempty"`
	// View is what the host says, for another host that compares it with its own view.
	feed.View
}

// live is the source of a view that was asked for.
const live = "live"

// newDocument judges an observation, of which said is this host's part.
func newDocument(o drbd.Observation, said feed.View, source string) Document {
	return documentOf(o, drbd.Classify(o), said, source)
}

func documentOf(o drbd.Observation, report drbd.Report, said feed.View, source string) Document {
	d := Document{
		Schema: Schema, Time: o.Options.Now, Source: source, Name: o.Local.Name, Loaded: o.Local.Loaded,
		Version: o.Local.Version.Text, Scope: report.Scope, Verdict: report.Verdict,
		Resources: view(o, report), Notes: said.Unanswered, View: feed.View{Host: o.Local, Log: said.Log, GI: said.GI},
	}
	d.Status = worst(report, d.Resources)
	return d
}

// writeJSON writes a document: indented for one that is read alone, else as one line.
func writeJSON(to io.Writer, d Document, oneLine bool) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	if !oneLine {
		encoder.SetIndent("", "  ")
	}
	return encoder.Encode(d)
}
