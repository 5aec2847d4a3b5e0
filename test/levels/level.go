package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// silence is how long a level may print nothing before it says what it is waiting for.
const silence = 30 * time.Second

// long are the tests that the short form of a level leaves out.
const long = "^TestLong"

// runLevel runs one level's packages.
func runLevel(out io.Writer, l level, packages []string, pattern string) *summary {
	s := newSummary(l)
	if len(packages) == 0 {
		fmt.Fprintf(out, "%s: no tests\n", l.name)
		return s
	}
	fmt.Fprintf(out, "== %s: %d packages\n", l.name, len(packages))
	args := []string{"test", "-json", "-count=1", "-timeout", l.timeout.String()}
	if l.short {
		// They are left out by name: a test that is chosen and skips itself would look like one that lacks something.
		args = append(args, "-short", "-skip", long)
		fmt.Fprintf(out, "%s: without the tests %s, which make test-cluster or test-compare runs\n", l.name, long)
	}
	if l.serial {
		args = append(args, "-p=1")
	}
	if l.parallel > 0 {
		args = append(args, "-parallel", strconv.Itoa(l.parallel))
	}
	if pattern != "" {
		args = append(args, "-run", pattern)
	}
	cmd := exec.Command("go", append(args, packages...)...)
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		cmd.Stderr = cmd.Stdout
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(out, "levels:", err)
		s.broken = true
		return s
	}
	follow(out, s, stdout)
	if cmd.Wait() != nil && s.failures == 0 {
		s.broken = true
	}
	s.took = time.Since(s.began)
	fmt.Fprintln(out, s.closing())
	return s
}

// follow prints what there is to see of the events, until their end.
func follow(out io.Writer, s *summary, events io.Reader) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(events)
		scanner.Buffer(nil, 1<<20)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
	}()
	quiet := time.NewTimer(silence)
	defer quiet.Stop()
	for {
		select {
		case line, more := <-lines:
			if !more {
				return
			}
			text := s.take(line)
			if text != "" {
				fmt.Fprint(out, text)
				quiet.Reset(silence)
			}
		case <-quiet.C:
			fmt.Fprintln(out, s.waiting())
			quiet.Reset(silence)
		}
	}
}

// An event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
}

// take notes one line of output and returns what to print of it. What is no event, such as a
// compiler's message, is printed as it is.
func (s *summary) take(line string) string {
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil {
		return line + "\n"
	}
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		return e.Output
	case "output":
		s.output[key] = append(s.output[key], e.Output)
		if e.Test == "" && strings.HasPrefix(e.Output, "SKIP") {
			// A package that could not run at all says so before its first test.
			s.skipped++
			s.packageSkip[e.Package]++
			return fmt.Sprintf("    skip %s: %s", e.Package, e.Output)
		}
	case "run":
		s.running[key] = time.Now()
	case "pass", "fail", "skip":
		delete(s.running, key)
		defer delete(s.output, key)
		if e.Test == "" {
			return s.packageEnded(e)
		}
		return s.testEnded(e, strings.Join(s.output[key], ""))
	}
	return ""
}
