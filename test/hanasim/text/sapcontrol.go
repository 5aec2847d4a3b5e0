package text

import (
	"fmt"
	"strings"
	"time"

	"ocfbox/test/hanasim/wire"
)

// Call is the head of what sapcontrol prints: when, what, and how it went.
func Call(at time.Time, function, result string) string {
	return fmt.Sprintf("\n%s\n%s\n%s\n", at.Format("02.01.2006 15:04:05"), function, result)
}

// stamp is how SAP writes a time in a process list.
const stamp = "2006 01 02 15:04:05"

func elapsed(d time.Duration) string {
	d = d.Round(time.Second)
	return fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// ProcessList is the body of GetProcessList (saphana.md 6.5).
func ProcessList(list []wire.ProcessState, now time.Time, script bool) string {
	var b strings.Builder
	if !script {
		b.WriteString("name, description, dispstatus, textstatus, starttime, elapsedtime, pid\n")
	}
	for i, p := range list {
		started, since, pid := "", "", "0"
		if p.Pid > 0 {
			started, since, pid = p.Started.Format(stamp), elapsed(now.Sub(p.Started)), fmt.Sprint(p.Pid)
		}
		values := []string{p.Name, p.Title, p.Color, p.Text, started, since, pid}
		if !script {
			b.WriteString(strings.Join(values, ", ") + "\n")
			continue
		}
		for j, name := range []string{"name", "description", "dispstatus", "textstatus", "starttime", "elapsedtime", "pid"} {
			fmt.Fprintf(&b, "%d %s: %s\n", i, name, values[j])
		}
	}
	return b.String()
}

// ProcessListCode is the exit code of GetProcessList: 3 all run, 4 all are stopped, 0 anything else.
func ProcessListCode(list []wire.ProcessState) int {
	green, gray := 0, 0
	for _, p := range list {
		switch p.Color {
		case "GREEN":
			green++
		case "GRAY":
			gray++
		}
	}
	switch len(list) {
	case green:
		return 3
	case gray:
		return 4
	}
	return 0
}

// Color is that of a whole instance: the worst of its processes.
func Color(list []wire.ProcessState) string {
	switch ProcessListCode(list) {
	case 3:
		return "GREEN"
	case 4:
		return "GRAY"
	}
	return "YELLOW"
}
