package ocf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"
	"golang.org/x/sys/unix"
)

// DefaultStateDir is where agents keep what must not outlive a boot (ocf-framework.md 11).
const DefaultStateDir = "/run/resource-agents"

// A State keeps small facts between the calls of a resource: files of key=value lines that are
// replaced whole or not at all, and that a reboot makes void.
type State struct {
	// Dir is the directory; it is made when something is written.
	Dir string
}

// ErrNoState is returned by Load when nothing was kept, or what was kept is from before the last boot.
var ErrNoState = errors.New("no state kept")

const bootKey = "boot"

// Save replaces the facts kept under name. Values are one line each.
func (s *State) Save(name string, facts map[string]string) error {
	boot, err := bootID()
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s=%s\n", bootKey, boot)
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		fmt.Fprintf(&text, "%s=%s\n", key, strings.ReplaceAll(facts[key], "\n", " "))
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	return renameio.WriteFile(s.Path(name), []byte(text.String()), 0o600)
}

// Load is what was kept under name since this boot. The error is ErrNoState when there is nothing to
// go by; a damaged file counts as nothing.
func (s *State) Load(name string) (map[string]string, error) {
	text, err := os.ReadFile(s.Path(name))
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

// Path is the file that keeps the facts of that name. Characters that could leave the directory are
// replaced.
func (s *State) Path(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == 0 {
			return '_'
		}
		return r
	}, name)
	return filepath.Join(s.Dir, strings.TrimLeft(name, "."))
}

// lockPause is how long a waiting process leaves a lock alone.
const lockPause = 20 * time.Millisecond

// Lock takes the lock of that name for this process, waiting no longer than ctx. The file stays: a
// lock whose file is removed can be held twice.
func (s *State) Lock(ctx context.Context, name string) (unlock func(), err error) {
	if err := s.makeDir(); err != nil {
		return nil, err
	}
	path := s.Path(name + ".lock")
	fd, err := unix.Open(path, unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock %s: %w", path, err)
	}
	tick := time.NewTicker(lockPause)
	defer tick.Stop()
	for {
		err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { unix.Close(fd) }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			unix.Close(fd)
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			unix.Close(fd)
			return nil, fmt.Errorf("lock %s is held by another operation: %w", path, ctx.Err())
		}
	}
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
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return string(bytes.TrimSpace(id)), err
}
