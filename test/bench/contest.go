// Package bench measures what an agent's call costs, against a bare Go program, the shell agents of the
// distribution or a cluster's tool, in one run: their processor time differs between machines and hours,
// their ratio hardly does.
package bench

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

// A Contestant is a program that is called again and again.
type Contestant struct {
	// Name is how the table calls it.
	Name string
	// Args is the program and its arguments, Env its whole environment.
	Args, Env []string
	// Want is the exit code of a call that counts; any other ends the contest.
	Want int
	// Before is called ahead of each call, outside the measurement; nil is nothing.
	Before func()
	// Measure makes the call and measures it; nil starts Args with Env here, and counts the processor time
	// of the children as well.
	Measure func(t *testing.T) Sample

	cpu, wall []time.Duration
}

// A Sample is what one call has cost, and how it ended.
type Sample struct {
	CPU, Wall time.Duration
	Code      int
	Output    string
}

// Run calls all contestants in turn, so that whatever else the machine does falls on all alike.
func Run(t *testing.T, rounds int, contestants ...*Contestant) {
	t.Helper()
	for round := range rounds {
		for _, c := range contestants {
			c.call(t)
		}
		if (round+1)%50 == 0 {
			t.Logf("%d of %d rounds", round+1, rounds)
		}
	}
}

// call runs the contestant once.
func (c *Contestant) call(t *testing.T) {
	t.Helper()
	if c.Before != nil {
		c.Before()
	}
	measure := c.start
	if c.Measure != nil {
		measure = c.Measure
	}
	sample := measure(t)
	require.Equal(t, c.Want, sample.Code, "%s: %s", c.Name, sample.Output)
	c.wall = append(c.wall, sample.Wall)
	c.cpu = append(c.cpu, sample.CPU)
}

// start is the call of a program of this machine. Processor time includes that of the children it waited
// for.
func (c *Contestant) start(t *testing.T) Sample {
	t.Helper()
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Env = c.Env
	began := time.Now()
	output, err := cmd.CombinedOutput()
	wall := time.Since(began)
	require.NotNil(t, cmd.ProcessState, "%s: %v", c.Name, err)
	return Sample{
		CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Wall: wall,
		Code: cmd.ProcessState.ExitCode(), Output: string(output),
	}
}

// CPU is the contestant's processor time: the tenth percentile, which other work on the machine hardly
// moves.
func (c *Contestant) CPU() time.Duration { return percentile(c.cpu, 10) }

// Wall is the median of the time that the caller waited.
func (c *Contestant) Wall() time.Duration { return percentile(c.wall, 50) }

func percentile(values []time.Duration, percent int) time.Duration {
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare)
	return sorted[(len(sorted)-1)*percent/100]
}

// Table writes the contestants with their ratios to the first of them.
func Table(to io.Writer, title string, contestants ...*Contestant) {
	fmt.Fprintf(to, "\n%s\n", title)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "CPU p10\tCPU median\twall median\tratio\t  what\n")
	for _, c := range contestants {
		fmt.Fprintf(w, "%v\t%v\t%v\t%.2f\t  %s\n", round(c.CPU()), round(percentile(c.cpu, 50)), round(c.Wall()),
			ratio(c, contestants[0]), c.Name)
	}
	w.Flush()
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

func ratio(c, to *Contestant) float64 { return float64(c.CPU()) / float64(to.CPU()) }

// Bar fails the test when c costs more than limit times what other does.
func Bar(t *testing.T, c *Contestant, limit float64, other *Contestant) {
	t.Helper()
	got := ratio(c, other)
	verdict := "met"
	if got > limit {
		verdict = "MISSED"
		t.Errorf("%s costs %.3f x %s, and may cost %.3f x", c.Name, got, other.Name, limit)
	}
	fmt.Fprintf(os.Stdout, "bar %s: %s <= %.3f x %s (is %.3f)\n", verdict, c.Name, limit, other.Name, got)
}

// BarCount fails the test when there is more of something than limit.
func BarCount(t *testing.T, name string, got, limit int, what string) {
	t.Helper()
	verdict := "met"
	if got > limit {
		verdict = "MISSED"
		t.Errorf("%s has %d %s, and may have %d", name, got, what, limit)
	}
	fmt.Fprintf(os.Stdout, "bar %s: %s <= %d %s (is %d)\n", verdict, name, limit, what, got)
}
