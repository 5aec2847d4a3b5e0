package term

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// IsTerminal reports whether the file is one.
func IsTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// A Screen is a terminal that shows one picture at a time, and gives back what it had shown before.
type Screen struct {
	terminal *os.File
	before   unix.Termios
}

// Codes of the terminal.
const (
	// Rows are cut at the right edge: one that went on in the next would move all below it.
	alternate = "\x1b[?1049h\x1b[?25l\x1b[?7l"
	ordinary  = "\x1b[?7h\x1b[?25h\x1b[?1049l"
	home      = "\x1b[H"
	restOfRow = "\x1b[K"
	below     = "\x1b[J"
)

// OpenScreen takes the terminal over: keys arrive one by one and are not shown. Close gives it back.
func OpenScreen(terminal *os.File) (*Screen, error) {
	before, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		return nil, err
	}
	raw := *before
	raw.Lflag &^= unix.ICANON | unix.ECHO
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(int(terminal.Fd()), unix.TCSETS, &raw); err != nil {
		return nil, err
	}
	_, err = io.WriteString(terminal, alternate)
	return &Screen{terminal: terminal, before: *before}, err
}

// Close restores the terminal.
func (s *Screen) Close() error {
	_, err := io.WriteString(s.terminal, ordinary)
	return errors.Join(err, unix.IoctlSetTermios(int(s.terminal.Fd()), unix.TCSETS, &s.before))
}

// Draw replaces the picture, in one write, so that nothing flickers. Rows that do not fit are left out.
func (s *Screen) Draw(picture string) error {
	rows := strings.Split(strings.TrimSuffix(picture, "\n"), "\n")
	if height := s.height(); len(rows) > height {
		rows = rows[:height]
	}
	var text strings.Builder
	text.WriteString(home)
	for i, row := range rows {
		if i > 0 {
			text.WriteString("\r\n")
		}
		text.WriteString(row + restOfRow)
	}
	text.WriteString(below)
	_, err := io.WriteString(s.terminal, text.String())
	return err
}

// Keys are the keys that are pressed, until ctx ends. The last read of the terminal may outlive it.
func (s *Screen) Keys(ctx context.Context) <-chan byte {
	keys := make(chan byte)
	go func() {
		one := make([]byte, 1)
		for {
			if n, err := s.terminal.Read(one); err != nil || n == 0 {
				return
			}
			select {
			case keys <- one[0]:
			case <-ctx.Done():
				return
			}
		}
	}()
	return keys
}

func (s *Screen) height() int {
	size, err := unix.IoctlGetWinsize(int(s.terminal.Fd()), unix.TIOCGWINSZ)
	if err != nil || size.Row == 0 {
		return 24
	}
	return int(size.Row)
}
