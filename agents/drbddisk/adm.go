package drbddisk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// attemptLimit bounds one call of drbdadm (drbddisk.md 4.2). With a fencing policy a handler may be running meanwhile,
// which takes as long as the cluster takes to answer.
const attemptLimit = 30 * time.Second

// An attempt is what came of one call of drbdadm.
type attempt struct {
	// code is its exit code, when err is nil.
	code int
	// number and text are the kernel's answer, such as -2 and "Need access to UpToDate data"; 0 where none was read.
	number int
	text   string
	// holders are the lines in which DRBD 9 tells who has the device open.
	holders []string
	err     error
	verb    string
}

// adm has drbdadm do something with the resource.
func (d *disk) adm(ctx context.Context, c *ocf.Call, limit time.Duration, verb string) attempt {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	words := []string{verb, d.resource}
	if d.configuration != "" && d.configuration != feed.DefaultConfiguration {
		words = append([]string{"-c", d.configuration}, words...)
	}
	result, err := c.Runner.Run(ctx, run.Cmd{Path: tool(d.root, c.Env, c.Log), Args: words})
	a := attempt{code: result.Code, err: err, verb: verb}
	if err == nil {
		a.read(string(result.Stderr))
	}
	for line := range strings.Lines(string(result.Stdout)) {
		c.Log.Info("drbdadm: %s", strings.TrimSpace(line))
	}
	c.Log.Info("ACT: drbdadm %s: %s", strings.Join(words, " "), a.outcome())
	return a
}

// read takes the kernel's answer from what drbdadm complains: "State change failed: (-2) Need access to UpToDate data",
// "Failure: (158) Unknown resource". What is neither is the first line.
func (a *attempt) read(stderr string) {
	first := ""
	for line := range strings.Lines(stderr) {
		line = strings.TrimSpace(line)
		if first == "" && line != "" {
			first = line
		}
		if strings.Contains(line, " opened by ") {
			a.holders = append(a.holders, line)
		}
		_, rest, found := strings.Cut(line, "ailed: (")
		if !found {
			_, rest, found = strings.Cut(line, "ailure: (")
		}
		if found && a.number == 0 {
			if _, err := fmt.Sscanf(rest, "%d)", &a.number); err == nil {
				_, a.text, _ = strings.Cut(rest, ") ")
			}
		}
	}
	if a.number == 0 {
		a.text = first
	}
}

// outcome is the attempt in a sentence's words.
func (a attempt) outcome() string {
	switch {
	case a.err != nil:
		return a.err.Error()
	case a.code == 0:
		return "done"
	case a.number != 0:
		return fmt.Sprintf("refused: %d %s (exit %d)", a.number, a.text, a.code)
	case a.text != "":
		return fmt.Sprintf("exit %d: %s", a.code, a.text)
	}
	return fmt.Sprintf("exit %d", a.code)
}

// The exit codes of drbdadm that decide what comes next (drbddisk.md 3).
const (
	codeConfig       = 1
	codeRefused      = 10
	codeNoDisk       = 16
	codeNoData       = 17
	codeUsage        = 20
	codeInconsistent = 21
)

// The kernel's answers for a resource that it does not have.
const (
	numberNoMinor         = 127
	numberUnknownResource = 158
	// numberPeerNotOutdated is the refusal to go on alone before the peer is known to be out of date.
	numberPeerNotOutdated = -7
)

// unknown reports whether the kernel does not have the resource.
func (a attempt) unknown() bool {
	return a.code == codeRefused && (a.number == numberNoMinor || a.number == numberUnknownResource)
}

// hopeless reports whether a promotion that ended so cannot become better by waiting; usages counts how often drbdadm
// has failed with its code for usage, which is tried once more.
func (a attempt) hopeless(usages int) bool {
	if a.err != nil {
		return errors.Is(a.err, run.ErrNotFound) || errors.Is(a.err, fs.ErrPermission)
	}
	switch a.code {
	case codeConfig, codeNoDisk, codeNoData, codeInconsistent:
		return true
	case codeUsage:
		return usages > 1
	}
	return false
}

const defaults = "/etc/default/drbd"

// tool is drbdadm: where the environment or the distribution's settings say, or on the search path.
func tool(root string, env func(string) string, log *ocf.Logger) string {
	if path := env("DRBDADM"); path != "" {
		return path
	}
	text, err := ocf.ReadFile(filepath.Join(root, defaults))
	if err != nil {
		return "drbdadm"
	}
	path, err := setting(string(text))
	if err != nil && log != nil {
		log.Warn("%s: %v", defaults, err)
	}
	if err != nil || path == "" {
		return "drbdadm"
	}
	return path
}

// setting reads DRBDADM= from a file that is written for a shell. It is not one: a value in which a shell would put
// something else, or that is no path, is refused.
func setting(text string) (path string, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "export "))
		value, ok := strings.CutPrefix(line, "DRBDADM=")
		if !ok {
			continue
		}
		if n := len(value); n > 1 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		if value == "" {
			path, err = "", nil
			continue
		}
		if !filepath.IsAbs(value) || strings.ContainsAny(value, " \t\"'`$\\;&|<>(){}[]*?!#~\n") {
			path, err = "", fmt.Errorf("DRBDADM is not taken for a program: %q", value)
			continue
		}
		path, err = value, nil
	}
	return path, err
}
