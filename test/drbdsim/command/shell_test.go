package command_test

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"

	"ocfbox/test/drbdsim/command"
	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/text"
)

// An answer is what a command line printed, and how it ended.
type answer struct {
	out, err string
	code     int
}

// shell runs the command lines of the recordings on a node. What is no command of DRBD's does to the device what it did
// there, and prints nothing.
func (r *replay) shell(host, line string) answer {
	if strings.Contains(line, "of=/dev/vdb") {
		r.plant(host, core.Command{Verb: core.Corrupt, Resource: "r0", Blocks: []int{1000, 20000, 40000}})
		return answer{}
	}
	if strings.Contains(line, "dmsetup load") {
		r.plant(host, core.Command{Verb: core.Break, Resource: "r1", Volume: 0})
		return answer{}
	}
	var all answer
	join := ";"
	for _, part := range regexp.MustCompile(`;|&&|\|\||[^;&|]+(?:[&|][^;&|]+|>&[0-9])*`).FindAllString(line, -1) {
		switch part = strings.TrimSpace(part); part {
		case ";", "&&", "||":
			join = part
			continue
		case "":
			continue
		}
		if join == "&&" && all.code != 0 || join == "||" && all.code == 0 {
			continue
		}
		one := r.simple(host, part)
		all = answer{all.out + one.out, all.err + one.err, one.code}
	}
	return all
}

// plant does something to a device or a disk, which is not refused.
func (r *replay) plant(host string, c core.Command) {
	result, err := r.pair.Side(host).Do(context.Background(), c)
	if err != nil || result.Code != 0 {
		r.Errorf("%s on %s: %v %+v", c.Verb, host, err, result)
	}
}

var mounting = regexp.MustCompile(`^mount /dev/drbd(\d)`)

// simple is one command.
func (r *replay) simple(host, line string) answer {
	quiet := strings.Contains(line, ">/dev/null")
	words := strings.Fields(regexp.MustCompile(`[0-9]*>[^ ]+`).ReplaceAllString(line, ""))
	switch {
	case words[0] == command.Adm || words[0] == command.Setup:
		a := r.tool(host, words[0], words[1:])
		if quiet {
			a.out, a.err = "", ""
		}
		return a
	case mounting.MatchString(line):
		result, err := r.pair.Side(host).Do(context.Background(), core.Command{Verb: core.Open, Resource: "r0"})
		if err != nil || result.Code != 0 {
			return answer{code: 32}
		}
	case words[0] == "umount":
		r.plant(host, core.Command{Verb: core.Close, Resource: "r0"})
	case strings.Contains(line, "of=/dev/drbd5"):
		r.write(host, "r1", 64)
	case strings.Contains(line, "of=/mnt") || strings.Contains(line, ">/mnt") || strings.HasPrefix(line, "mkfs"):
		r.write(host, "r0", 9)
	}
	return answer{}
}

// write writes blocks, at another place each time.
func (r *replay) write(host, resource string, blocks int) {
	c := core.Command{Verb: core.Write, Resource: resource}
	for range blocks {
		r.written++
		c.Blocks = append(c.Blocks, 100+r.written%5000)
	}
	r.plant(host, c)
}

// tool runs drbdadm or drbdsetup.
func (r *replay) tool(host, name string, args []string) answer {
	r.loaded[host] = true
	var out, messages bytes.Buffer
	t := command.Tool{Kernel: r.pair.Side(host), Host: host, Config: r.config, In: strings.NewReader(""), Out: &out, Err: &messages}
	code := t.Run(context.Background(), name, args)
	clean := func(s string) string {
		return strings.ReplaceAll(strings.ReplaceAll(s, r.config, "/etc/drbd.conf"), r.folder(), "/etc/drbd.d")
	}
	return answer{clean(out.String()), clean(messages.String()), code}
}

// ask is a command of a capture.
func (r *replay) ask(host, line string) answer {
	switch {
	case line == "cat /proc/drbd" && !r.loaded[host]:
		return answer{err: "cat: /proc/drbd: No such file or directory\n", code: 1}
	case line == "cat /proc/drbd":
		v, err := r.pair.Side(host).View(context.Background())
		if err != nil {
			return answer{err: err.Error(), code: 1}
		}
		r.everUp[host] = r.everUp[host] || len(v.Resources) > 0
		return answer{out: text.ProcFile(v, text.ProcOf(v.Generation), r.everUp[host])}
	case strings.HasPrefix(line, "dmesg"):
		side := r.pair.Side(host)
		log := side.Log
		side.Log = nil
		return answer{out: strings.Join(log, "\n"), code: -1}
	}
	return r.shell(host, line)
}

// normal is a text without what may differ: numbers of counters, identifiers, speeds. Whether something is out of sync stays.
func normal(s string) string {
	for _, rule := range []struct{ pattern, by string }{
		{`\b(ns|nr|dw|dr|al|bm|lo|ua|pe):\d+`, "$1:#"},
		{`\b(read|written|al-writes|bm-writes|upper-pending|lower-pending|received|sent|pending|unacked|rs-in-flight|ap-in-flight):\d+`, "$1:#"},
		{`"(read|written|al-writes|bm-writes|received|sent|pending|unacked|upper-pending|lower-pending|[ar][ps]-in-flight|rs-[a-z0-9-]+|ov-[a-z]+|ov-[a-z]+-sector|want|db.?/dt.? \[MiB/s\]|percent-[a-z-]+|estimated-seconds-to-finish)": -?[0-9.]+`, `"$1": #`},
		{`\b(ap:|oos:|out-of-sync:|out-of-sync": )[1-9]\d*`, "${1}some"},
		{`\[=*>\.*\] (sync'ed|verified): *[0-9.]+% \(\d+/\d+\)`, "[bar] $1"},
		{`finish: [0-9:]+ speed: [0-9,]+ \([0-9,]+\)`, "finish"},
		{`want: [0-9,]+`, "want"},
		{`\b(done|dbdt1):[0-9.]+`, "$1:#"},
		{`\beta:(\d+|nan)`, "eta:#"},
		{`opened by .*`, "opened"},
		{`(resync-rate\s+"?)\d+`, "${1}#"},
		{`("resync-rate": ")\d+`, "${1}#"},
		{`\b[0-9A-F]{15}[0-9A-F]\b`, "UUID"},
	} {
		s = regexp.MustCompile(rule.pattern).ReplaceAllString(s, rule.by)
	}
	return unwrap(s)
}

// unwrap takes back the line ends that numbers of another length move: lines of status that go on deeper.
func unwrap(s string) string {
	if !strings.Contains(s, " role:") {
		return s
	}
	for _, indent := range []string{"      ", "        "} {
		for _, word := range []string{"upper-pending", "lower-pending", "al-suspended", "blocked", "ap-in-flight", "rs-in-flight", "resync-suspended", "eta", "dbdt1"} {
			s = strings.ReplaceAll(s, "\n"+indent+word+":", " "+word+":")
		}
	}
	return s
}

// kept are the lines of the kernel's log that decide something.
var kept = regexp.MustCompile(`uuid_compare|Split-Brain|Becoming sync|No resync|State change failed: Need|Online verify|Began resync as|Resync done|Forced to|Handshake`)

// decisions are those lines without numbers.
func decisions(log string) string {
	var list []string
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		if !kept.MatchString(line) {
			continue
		}
		line = regexp.MustCompile(`\(total .*|\(will sync .*|sectors? \d+|\d+ bits`).ReplaceAllString(line, "#")
		list = append(list, line)
	}
	// Devices go their ways side by side.
	slices.SortStableFunc(list, func(a, b string) int {
		a, _, _ = strings.Cut(a, ": ")
		b, _, _ = strings.Cut(b, ": ")
		return strings.Compare(a, b)
	})
	return strings.Join(list, "\n")
}
