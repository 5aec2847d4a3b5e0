package syncverify

import (
	"fmt"
	"path/filepath"
	"strings"

	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/run"
)

// A place is where a side lies. The host is empty for this one.
type place struct{ host, path string }

// parsePlace reads HOST:PATH, or the path of a device or file here. A colon behind a slash belongs to a path.
func parsePlace(word string) (place, error) {
	if word == "" {
		return place{}, &Failure{Err: fmt.Errorf("a device has no name")}
	}
	at := strings.IndexByte(word, ':')
	if strings.HasPrefix(word, "[") {
		// An address of IPv6, which has colons itself.
		if end := strings.Index(word, "]:"); end >= 0 {
			at = end + 1
		}
	}
	if slash := strings.IndexByte(word, '/'); at < 0 || slash >= 0 && slash < at {
		return place{path: word}, nil
	}
	p := place{strings.Trim(word[:at], "[]"), word[at+1:]}
	if p.host == "" || !filepath.IsAbs(p.path) {
		return p, &Failure{
			Err:  fmt.Errorf("%q does not name a device of another host", word),
			Hint: "HOST:/dev/vg/disk; a file here whose name has a colon is ./" + word,
		}
	}
	p.path = filepath.Clean(p.path)
	return p, nil
}

// String is the place as a user writes it.
func (p place) String() string {
	switch {
	case p.host == "":
		return p.path
	case strings.Contains(p.host, ":"):
		return "[" + p.host + "]:" + p.path
	}
	return p.host + ":" + p.path
}

// command is what starts the helper there. rsh are the words that reach a host; without {host} the host is the last.
// A forced command of the other side takes the place of the words behind.
func (p place) command(rsh string, env []string) (run.Cmd, error) {
	shell := strings.Fields(rsh)
	if len(shell) == 0 {
		shell = feed.SSH()
	} else if !strings.Contains(rsh, hostWord) {
		shell = append(shell, hostWord)
	}
	remote := feed.Remote{
		Host: p.host, Shell: shell, Env: env,
		Command: []string{"ocfbox", "sync", "serve", "--allow", quoted(p.path)},
	}
	return remote.Cmd()
}

// hostWord stands for the host in what the user says reaches it.
const hostWord = "{host}"

// quoted is a word for the shell by which ssh starts a command on the other host.
func quoted(word string) string {
	if !strings.ContainsFunc(word, func(c rune) bool { return !strings.ContainsRune(plain, c) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// plain are characters that no shell takes for anything else.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,="
