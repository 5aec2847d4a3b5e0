package ocf

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
)

// DefaultStateDir is where agents keep what must not outlive a boot (ocf-framework.md 11).
const DefaultStateDir = "/run/resource-agents"

// A State keeps small facts between the calls of a resource: files of key=value lines that are
// replaced whole or not at all, and that a reboot makes void.
type State struct {
	// Dir is the directory; it is made when something is written.
	Dir string
}

// ErrNoState is returned by Load when nothing was kept, what was kept is from before the last boot, or
// it is damaged.
var ErrNoState = errors.New("no state kept")

const bootKey = "boot"

// Save replaces the facts kept under name. A key is a word without "=" and not "boot"; values are one
// line each, and a line break in one becomes a blank.
func (s *State) Save(name string, facts map[string]string) error {
	text, err := encodeFacts(facts)
	if err != nil {
		return err
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	path := s.Path(name)
	// Without a directory of its own choice, renameio tries TMPDIR first.
	file, err := renameio.NewPendingFile(path, renameio.WithTempDir(s.Dir), renameio.WithPermissions(0o600))
	if err != nil {
		return err
	}
	defer func() { _ = file.Cleanup() }()
	if _, err := file.WriteString(text); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}

func encodeFacts(facts map[string]string) (string, error) {
	boot, err := bootID()
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s=%s\n", bootKey, boot)
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		if key == "" || key == bootKey || strings.ContainsAny(key, "=\n") {
			return "", fmt.Errorf("%q cannot be the key of a fact", key)
		}
		fmt.Fprintf(&text, "%s=%s\n", key, strings.ReplaceAll(facts[key], "\n", " "))
	}
	return text.String(), nil
}

// Load is what was kept under name since this boot. The error is ErrNoState when there is nothing to
// go by.
func (s *State) Load(name string) (map[string]string, error) {
	text, err := ReadFile(s.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoState
	}
	if err != nil {
		return nil, err
	}
	facts := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok {
			return nil, ErrNoState
		}
		facts[key] = value
	}
	boot, err := bootID()
	if err != nil {
		return nil, err
	}
	if facts[bootKey] != boot {
		return nil, ErrNoState
	}
	delete(facts, bootKey)
	return facts, nil
}

// Remove forgets what was kept under name; nothing kept is no error.
func (s *State) Remove(name string) error {
	err := os.Remove(s.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Path is the file that keeps the facts of that name. It is always in the directory itself.
func (s *State) Path(name string) string { return filepath.Join(s.Dir, safeName(name)) }

// safeName is name as the name of a file that is neither hidden nor elsewhere.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == 0 {
			return '_'
		}
		return r
	}, name)
	if name == "" || name[0] == '.' {
		return "_" + strings.TrimPrefix(name, ".")
	}
	return name
}

// makeDir makes the directory as systemd-tmpfiles would: containers and fresh boots may lack it.
func (s *State) makeDir() error {
	if info, err := os.Stat(s.Dir); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	return os.Chmod(s.Dir, 0o755|os.ModeSticky)
}

func bootID() (string, error) {
	id, err := ReadFile("/proc/sys/kernel/random/boot_id")
	return string(bytes.TrimSpace(id)), err
}
