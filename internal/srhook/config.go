package srhook

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"ocfbox/internal/crm"
)

// ConfigPath is the helper's configuration. It opens what is closed without it, so it must belong to root, and
// nobody else may be able to write it.
const ConfigPath = "/etc/ocfbox/srhook.conf"

// longestConfig is the size in bytes that the file may have.
const longestConfig = 64 << 10

// A Config is what the file says. The zero value is what holds without one, and the stricter choice each time.
type Config struct {
	// AcceptMaintenanceMode permits a takeover when only the property maintenance-mode is set.
	AcceptMaintenanceMode bool
	// FencePrekill lets fenceMe end the database first.
	FencePrekill bool
	// AllowSysRq opens the use case echoBe.
	AllowSysRq bool
	// AllowUsers are users who may call the helper by sudo besides <sid>adm.
	AllowUsers []string
}

// ParseConfig reads the text of the file: a line for each key, as key = value; # begins a comment. What is not
// understood leaves the default and is in the error, which may name several lines.
func ParseConfig(text string) (Config, error) {
	var c Config
	var wrong []error
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			wrong = append(wrong, fmt.Errorf("line %d: %q is not key = value", number, line))
			continue
		}
		if err := c.set(strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)); err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", number, err))
		}
	}
	return c, errors.Join(wrong...)
}

func (c *Config) set(key, value string) error {
	switches := map[string]*bool{
		"accept_maintenance_mode": &c.AcceptMaintenanceMode, "fence_prekill": &c.FencePrekill, "allow_sysrq": &c.AllowSysRq,
	}
	to, ok := switches[key]
	switch {
	case key == "allow_users":
		c.AllowUsers = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		return nil
	case !ok:
		return fmt.Errorf("no key is called %q", key)
	}
	*to, ok = crm.Bool(value)
	if !ok {
		return fmt.Errorf("%s: %q is neither yes nor no", key, value)
	}
	return nil
}

// ReadConfig reads the file at path, which need not exist. One that somebody else than owner can change is
// not used; owner is root's number but in tests.
func ReadConfig(path string, owner uint32) (Config, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil
	}
	if err != nil {
		return Config{}, err
	}
	defer file.Close()
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case stat.Mode&unix.S_IFMT != unix.S_IFREG:
		return Config{}, fmt.Errorf("%s is not used: it is no file", path)
	case stat.Uid != owner || stat.Mode&0o022 != 0:
		return Config{}, fmt.Errorf("%s is not used: it must belong to root, and nobody else may write it", path)
	}
	text, err := io.ReadAll(io.LimitReader(file, longestConfig))
	if err != nil {
		return Config{}, fmt.Errorf("%s: %w", path, err)
	}
	c, err := ParseConfig(string(text))
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return c, err
}
