package scenario

import (
	"fmt"
	"strings"
	"time"
)

// line is a result in words.
func (r Result) line() string {
	text := "PASS"
	if r.Err != nil {
		text = "FAIL: " + r.Err.Error()
	} else if r.Scenario.Red != "" {
		text = "PASS (red, as it must be)"
	}
	if r.Recovery > 0 {
		text += fmt.Sprintf(", recovered after %.1f s", r.Recovery.Seconds())
	}
	return fmt.Sprintf("%s, took %.1f s, trajectory %s", text, r.Took.Seconds(), r.Trajectory)
}

// Table is the closing table of many results. Times to detect, to take over, to the address and to the client count
// from the failure; "own" is the agents' share of the time from the monitor that saw it to the end of the promotion.
func Table(results []Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-34s %-6s %8s %8s %8s %8s %8s %7s %8s %9s\n",
		"scenario", "result", "took", "detect", "takeover", "address", "client", "own", "CPU", "programs")
	for _, r := range results {
		verdict := "PASS"
		if r.Err != nil {
			verdict = "FAIL"
		}
		own, cpu, programs := "-", "-", "-"
		if r.Cost.Takeover != nil {
			own = fmt.Sprintf("%.2f s", r.Cost.Takeover.Agent.Seconds())
		}
		if r.Cost.Unknown == "" && r.Cost.Operations > 0 {
			cpu, programs = fmt.Sprintf("%.2f s", r.Cost.CPU.Seconds()), fmt.Sprint(r.Cost.Programs)
		}
		fmt.Fprintf(&b, "%-34s %-6s %8s %8s %8s %8s %8s %7s %8s %9s\n", r.Scenario.Name, verdict, seconds(r.Took),
			seconds(r.Cost.Detected), seconds(r.Cost.Promoted), seconds(r.Cost.Addressed), seconds(r.Recovery), own, cpu, programs)
	}
	return b.String()
}

func seconds(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
