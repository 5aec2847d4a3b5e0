package feed

import (
	"fmt"
	"io"
	"os"

	"ocfbox/internal/drbd"
)

// maxProc bounds the kernel's file, in bytes: 4096 devices have less than a megabyte (replication-checker.md 2.2).
const maxProc = 1 << 20

// rows reads the kernel's file. The error is fs.ErrNotExist when the module is not loaded.
func (s Source) rows() (drbd.Host, error) {
	text, err := readBounded(s.proc(), maxProc)
	if err != nil {
		return drbd.Host{}, err
	}
	host, err := drbd.ParseProc(text, drbd.Strict)
	host.Loaded = true
	if err != nil {
		return host, fmt.Errorf("%s: %w", s.proc(), err)
	}
	return host, nil
}

// readBounded reads a file that must not be larger than limit.
func readBounded(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(text)) > limit:
		return nil, tooMuch(path)
	}
	return text, nil
}
