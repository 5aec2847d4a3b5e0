package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// A summary is what became of a level.
type summary struct {
	level                     level
	tests, skipped, failures  int
	broken                    bool
	packages                  []string
	began                     time.Time
	took                      time.Duration
	output                    map[string][]string
	running                   map[string]time.Time
	packageTests, packageSkip map[string]int
}

func newSummary(l level) *summary {
	return &summary{
		level:        l,
		began:        time.Now(),
		output:       make(map[string][]string),
		running:      make(map[string]time.Time),
		packageTests: make(map[string]int),
		packageSkip:  make(map[string]int),
	}
}

func (s *summary) failed() bool { return s.failures > 0 || s.broken }

func (s *summary) testEnded(e event, output string) string {
	s.tests++
	s.packageTests[e.Package]++
	switch {
	case e.Action == "fail":
		s.failures++
		return output
	case e.Action == "skip":
		s.skipped++
		s.packageSkip[e.Package]++
		return fmt.Sprintf("    skip %s: %s\n", e.Test, reason(output))
	case s.level.each && strings.Count(e.Test, "/") <= 1:
		return fmt.Sprintf("    pass %s (%.1fs)\n", e.Test, e.Elapsed)
	}
	return ""
}

// reason is what a skipped test has said, on one line.
func reason(output string) string {
	var said []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			said = append(said, line)
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, "; ")
}

// packageEnded prints go test's own line. The output of a package that failed outside its tests, as
// at a time-out, has not been shown yet.
func (s *summary) packageEnded(e event) string {
	count := fmt.Sprintf("(%d tests", s.packageTests[e.Package])
	if n := s.packageSkip[e.Package]; n > 0 {
		count += fmt.Sprintf(", %d skipped", n)
	}
	word, before := "ok  ", ""
	if e.Action == "fail" {
		word = "FAIL"
		before = outsideTests(s.output[e.Package+" "]) + s.unfinished(e.Package)
		if before != "" || s.failures == 0 {
			s.broken = true
		}
	}
	line := fmt.Sprintf("%s\t%s\t%.2fs\t%s)\n", word, e.Package, e.Elapsed, count)
	s.packages = append(s.packages, line)
	return before + line
}

// outsideTests is what a package has printed besides go test's own last lines.
func outsideTests(output []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(output), func(line string) bool {
		return line == "PASS\n" || line == "FAIL\n" || strings.HasPrefix(line, "FAIL\t")
	}), "")
}

// unfinished is the output of tests that the end of their package has cut off.
func (s *summary) unfinished(pkg string) string {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(s.running)) {
		if strings.HasPrefix(key, pkg+" ") {
			text.WriteString(strings.Join(s.output[key], ""))
			delete(s.running, key)
		}
	}
	return text.String()
}

// waiting says what has been running for longest.
func (s *summary) waiting() string {
	oldest, since := "a build", s.began
	for key, began := range s.running {
		if oldest == "a build" || began.Before(since) {
			oldest, since = key, began
		}
	}
	return fmt.Sprintf("   ... %s: %s since %s", s.level.name,
		strings.TrimPrefix(oldest, module+"/"), time.Since(since).Round(time.Second))
}

// closing is the level's one line.
func (s *summary) closing() string {
	outcome := "ok"
	if s.failed() {
		outcome = "FAILED"
	}
	return fmt.Sprintf("%s: %s, %s in %.1fs", s.level.name, outcome, s.counts(), s.took.Seconds())
}

func (s *summary) counts() string {
	text := fmt.Sprintf("%d tests", s.tests)
	if s.failures > 0 {
		text += fmt.Sprintf(", %d failures", s.failures)
	}
	return text + fmt.Sprintf(", %d skipped", s.skipped)
}

// finish repeats each package's line and adds up.
func finish(out io.Writer, all []*summary) {
	total := newSummary(level{})
	fmt.Fprintln(out, "== summary")
	for _, s := range all {
		for _, line := range s.packages {
			fmt.Fprint(out, line)
		}
		total.tests += s.tests
		total.skipped += s.skipped
		total.failures += s.failures
		total.broken = total.broken || s.broken
		total.took += s.took
	}
	for _, s := range all {
		if s.tests > 0 || s.failed() {
			fmt.Fprintln(out, s.closing())
		}
	}
	if total.failed() {
		fmt.Fprintln(out, "FAIL")
	}
	fmt.Fprintf(out, "DONE %s in %.1fs\n", total.counts(), total.took.Seconds())
}
