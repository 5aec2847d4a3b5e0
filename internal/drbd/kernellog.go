package drbd

import (
	"strconv"
	"strings"
	"time"
)

// A LogClock says how a log's time stamps are to be read.
type LogClock struct {
	// Boot is when the kernel's own clock was at 0; without it stamps of seconds since then give no time.
	Boot time.Time
	// Now is the year's and the zone's source for stamps without them; without it such stamps give no time.
	Now time.Time
}

// ParseKernelLog reads the kernel's messages about DRBD, of 0.7 to 9, from the lines of /dev/kmsg, dmesg, the journal
// or syslog, with or without time stamps. Messages that tell nothing about a connection's or a disk's history are left
// out, and so is what other programs wrote. The order is the text's.
func ParseKernelLog(text []byte, clock LogClock) []LogEvent {
	var events []LogEvent
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "drbd") {
			continue
		}
		at, message, ok := clock.split(strings.TrimRight(line, " \r\n"))
		if !ok {
			continue
		}
		if event, ok := readMessage(message); ok {
			event.At = at
			events = append(events, event)
		}
	}
	return events
}

// split takes the stamp and the name of the writer off a line; a line of syslog's that the kernel did not write is
// none of ours.
func (c LogClock) split(line string) (at time.Time, message string, ok bool) {
	if stamp, rest, ok := strings.Cut(line, ";"); ok {
		if at, ok := c.kmsg(stamp); ok {
			return at, rest, true
		}
	}
	at, line, ok = c.syslog(line)
	if !ok {
		return at, line, false
	}
	if rest, found := strings.CutPrefix(line, "["); found {
		stamp, rest, found := strings.Cut(rest, "]")
		if !found {
			return at, line, true
		}
		if precise, ok := c.bracket(stamp); ok && at.IsZero() {
			at = precise
		}
		line = strings.TrimLeft(rest, " ")
	}
	return at, line, true
}

// kmsg reads the head of a record of /dev/kmsg: priority, number, microseconds since boot, flags.
func (c LogClock) kmsg(head string) (time.Time, bool) {
	fields := strings.Split(head, ",")
	if len(fields) < 4 {
		return time.Time{}, false
	}
	for _, field := range fields[:2] {
		if _, err := strconv.ParseUint(field, 10, 64); err != nil {
			return time.Time{}, false
		}
	}
	micros, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return c.sinceBoot(time.Duration(micros) * time.Microsecond), true
}

// bracket reads a stamp of dmesg's: seconds since boot, or a date with -T.
func (c LogClock) bracket(stamp string) (time.Time, bool) {
	stamp = strings.TrimSpace(stamp)
	if seconds, err := strconv.ParseFloat(stamp, 64); err == nil && seconds >= 0 && seconds < 1<<31 {
		return c.sinceBoot(time.Duration(seconds * float64(time.Second))), true
	}
	at, err := time.ParseInLocation("Mon Jan _2 15:04:05 2006", stamp, c.zone())
	return at, err == nil
}

func (c LogClock) sinceBoot(d time.Duration) time.Time {
	if c.Boot.IsZero() || d < 0 {
		return time.Time{}
	}
	return c.Boot.Add(d)
}

func (c LogClock) zone() *time.Location {
	if c.Now.IsZero() {
		return time.UTC
	}
	return c.Now.Location()
}

// syslog takes "DATE HOST kernel:" off a line, with an ISO date or syslog's own. A line without it comes back whole.
func (c LogClock) syslog(line string) (at time.Time, rest string, ok bool) {
	head, rest, found := strings.Cut(line, " kernel: ")
	words := strings.Fields(head)
	if !found || len(words) < 2 {
		// A program's line has a date as well; a bare message of the kernel's begins with the module's name.
		return time.Time{}, line, strings.HasPrefix(line, "[") || strings.HasPrefix(line, "drbd") ||
			strings.HasPrefix(line, "block drbd")
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05.999999-0700"} {
		if at, err := time.Parse(layout, words[0]); err == nil {
			return at, rest, true
		}
	}
	return c.withoutYear(words), rest, true
}

// withoutYear reads syslog's date. It is of the year that does not put it into the future.
func (c LogClock) withoutYear(words []string) time.Time {
	if c.Now.IsZero() || len(words) < 3 {
		return time.Time{}
	}
	at, err := time.ParseInLocation("Jan 2 15:04:05 2006", strings.Join(words[:3], " ")+" "+strconv.Itoa(c.Now.Year()),
		c.Now.Location())
	switch {
	case err != nil:
		return time.Time{}
	case at.After(c.Now.Add(24 * time.Hour)):
		return at.AddDate(-1, 0, 0)
	}
	return at
}

// readMessage reads whom a message is about and what it says. Subjects are printed as: "drbd RES" and "drbd RES PEER"
// (8.4, 9), "drbd RES/VOL drbdN [PEER]" (9), "block drbdN" (8.x), "drbdN" (0.7, 8.0).
func readMessage(message string) (LogEvent, bool) {
	subject, text, ok := strings.Cut(message, ": ")
	words := strings.Fields(subject)
	event := LogEvent{Minor: -1, Text: strings.TrimSpace(text)}
	if !ok || len(words) == 0 {
		return event, false
	}
	if words[0] == "block" || words[0] == "drbd" {
		words = words[1:]
	}
	if len(words) > 0 && subject[0] == 'd' && strings.HasPrefix(subject, "drbd ") {
		event.Resource, words = words[0], words[1:]
		if name, _, volume := strings.Cut(event.Resource, "/"); volume {
			event.Resource = name
		}
	}
	if len(words) > 0 {
		if minor, ok := minorOf(words[0]); ok {
			event.Minor, words = minor, words[1:]
		}
	}
	if len(words) > 0 {
		event.Peer = words[0]
	}
	if event.Resource == "" && event.Minor < 0 {
		return event, false
	}
	event.Kind = kindOf(event.Text)
	return event, event.Kind != LogOther
}

// minorOf reads drbdN.
func minorOf(word string) (int, bool) {
	digits, ok := strings.CutPrefix(word, "drbd")
	minor, err := strconv.ParseUint(digits, 10, 20)
	return int(minor), ok && err == nil
}

// kindOf says what a message tells (replication-checker.md 6).
func kindOf(text string) LogKind {
	has := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case has("Split-Brain detected"):
		if has(" solved") && !has("unresolved") {
			return LogSolved
		}
		return LogSplitBrain
	case has("Unrelated data, aborting"):
		return LogUnrelated
	case strings.HasPrefix(text, "helper command: "):
		return helperKind(text)
	case strings.HasPrefix(text, "Resync done"):
		return LogResyncDone
	case strings.HasPrefix(text, "Online verify") && has("out of sync"):
		return LogOutOfSync
	case strings.HasPrefix(text, "Online verify") && has("done"):
		return LogVerifyDone
	case strings.HasPrefix(text, "Began resync as"), text == "Connection established.":
		return LogConnected
	case text == "Connection lost.":
		return LogConnectionLost
	case strings.HasPrefix(text, "Failed: "), strings.HasPrefix(text, "State change failed"):
		// What follows is a change that was refused.
		return LogOther
	}
	return changeKind(text)
}

// helperKind is of a handler that is called because of a split brain. Its end is no second one.
func helperKind(text string) LogKind {
	words := strings.Fields(text)
	if len(words) < 4 || strings.Contains(text, " exit code ") {
		return LogOther
	}
	switch words[3] {
	case "split-brain", "initial-split-brain":
		return LogSplitBrain
	}
	return LogOther
}

// changeKind is of a message that lists changes of state: a disk's failure counts most, then a connection that came
// up, then one that was lost.
func changeKind(text string) LogKind {
	kind := LogOther
	for _, change := range changes(text) {
		switch {
		case change.what == "disk" && ParseDisk(change.to) == Failed:
			return LogIOError
		case change.up():
			kind = LogConnected
		case kind == LogOther && change.lost():
			kind = LogConnectionLost
		}
	}
	return kind
}

// A change is `what( from -> to )`, or `cstate from --> to` of 0.7.
type change struct{ what, from, to string }

func changes(text string) []change {
	if rest, ok := cutAfter(text, "cstate "); ok {
		if from, to, ok := strings.Cut(rest, " --> "); ok {
			return []change{{"conn", from, strings.TrimSpace(to)}}
		}
	}
	var all []change
	words := strings.Fields(text)
	for i := 0; i+4 < len(words); i++ {
		if what, ok := strings.CutSuffix(words[i], "("); ok && words[i+2] == "->" && words[i+4] == ")" {
			all = append(all, change{what, words[i+1], words[i+3]})
			i += 4
		}
	}
	return all
}

func cutAfter(text, mark string) (string, bool) {
	_, rest, ok := strings.Cut(text, mark)
	return rest, ok
}

// up reports whether a change ends a handshake well. 9 connects first and then begins to replicate; before, one word
// says both.
func (c change) up() bool {
	switch c.what {
	case "conn":
		_, before := ParseLink(c.from)
		link, now := ParseLink(c.to)
		return link == Connected && now >= Established && before <= Off
	case "repl":
		return ParseRepl(c.from) <= Off && ParseRepl(c.to) >= Established
	}
	return false
}

// lost reports whether a change takes a connection away that was there.
func (c change) lost() bool {
	if c.what != "conn" {
		return false
	}
	before, _ := ParseLink(c.from)
	now, _ := ParseLink(c.to)
	return before == Connected && now != Connected && now != ConnUnknown
}
