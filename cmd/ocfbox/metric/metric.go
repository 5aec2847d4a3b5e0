// Package metric writes what the tools measure in Prometheus's text format, as the node exporter's collector
// reads it from a file.
package metric

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A Metric is a name with what it tells. A counter only grows, until its source starts anew.
type Metric struct {
	Name, Help string
	Counter    bool
}

// A Set collects samples. Of a text that can be one of several words, only the one that holds is added, as a
// label, with the value 1.
type Set struct {
	samples map[string][]string
}

// Add adds a sample: labels are names and values in turn. The same sample twice is there once.
func (s *Set) Add(name string, value float64, labels ...string) {
	if s.samples == nil {
		s.samples = make(map[string][]string)
	}
	line := fmt.Sprintf("%s%s %s\n", name, labelled(labels), strconv.FormatFloat(value, 'f', -1, 64))
	if !slices.Contains(s.samples[name], line) {
		s.samples[name] = append(s.samples[name], line)
	}
}

// Write writes the samples below the name and help of their metric, in the order of the metrics. Those without a
// sample are left out, and so are samples of a metric that is not in the list.
func (s *Set) Write(to io.Writer, metrics []Metric) error {
	var text strings.Builder
	for _, m := range metrics {
		lines := s.samples[m.Name]
		if len(lines) == 0 {
			continue
		}
		kind := "gauge"
		if m.Counter {
			kind = "counter"
		}
		fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s %s\n%s", m.Name, m.Help, m.Name, kind, strings.Join(lines, ""))
	}
	_, err := io.WriteString(to, text.String())
	return err
}

// Truth is 1 for yes and 0 for no.
func Truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// labelled is a list of names and values as the format has it.
func labelled(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var parts []string
	for i := 0; i+1 < len(labels); i += 2 {
		parts = append(parts, labels[i]+`="`+escape.Replace(labels[i+1])+`"`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}
