package rack

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const runFolder = "/run/ocflab"

// A Place is the folder of one laboratory on the host.
type Place struct {
	ID string
}

// NewPlace checks the name of a laboratory; the empty name is the usual one.
func NewPlace(id string) (Place, error) {
	if strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" || len(id) > 32 {
		return Place{}, fmt.Errorf("laboratory name %q: use at most 32 letters, digits and dashes", id)
	}
	return Place{ID: id}, nil
}

// Label is how the laboratory is called in messages.
func (p Place) Label() string {
	if p.ID == "" {
		return "default"
	}
	return p.ID
}

// Folder is where the laboratory keeps its socket, lock and log.
func (p Place) Folder() string       { return filepath.Join(runFolder, p.Label()) }
func (p Place) file(n string) string { return filepath.Join(p.Folder(), n) }

// Mark is what every process of the laboratory has in its environment.
func (p Place) Mark() string { return "OCFLAB_ID=" + p.ID }

// LogFile is what the rack process wrote.
func (p Place) LogFile() string { return p.file("rack.log") }

// ErrUp says that the laboratory exists already.
var ErrUp = errors.New("is already up")

// lock takes the laboratory for this process and those that inherit the file.
// It returns an error that wraps ErrUp when another one has it.
func (p Place) lock() (*os.File, error) {
	for {
		if err := os.MkdirAll(p.Folder(), 0o700); err != nil {
			return nil, err
		}
		file, err := os.OpenFile(p.file("lock"), os.O_CREATE|os.O_RDWR, 0o600)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == unix.EWOULDBLOCK {
			file.Close()
			return nil, fmt.Errorf("laboratory %s %w", p.Label(), ErrUp)
		}
		if err != nil {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", file.Name(), err)
		}
		if p.owns(file) {
			return file, nil
		}
		file.Close()
	}
}

// owns tells whether the lock file is still the one at its path: a `down` may
// have removed it after it was opened.
func (p Place) owns(file *os.File) bool {
	there, err := os.Stat(p.file("lock"))
	if err != nil {
		return false
	}
	ours, err := file.Stat()
	return err == nil && os.SameFile(there, ours)
}

// loopLabel is how the names of the laboratory's loop devices begin.
func (p Place) loopLabel() string { return "ocflab/" + p.Label() + "/" }

// loopFile lists the numbers of loop devices that the laboratory has, or was about to have.
func (p Place) loopFile() string { return p.file("loops") }

// noteLoop adds to the list what the laboratory is about to attach. The kernel does not detach it when the rack dies.
func (p Place) noteLoop(l loop) error {
	file, err := os.OpenFile(p.loopFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, int(l))
	return errors.Join(err, file.Close())
}

// removeLoops detaches what is in the list and carries the laboratory's label.
func (p Place) removeLoops(end time.Time) error {
	text, err := os.ReadFile(p.loopFile())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, word := range strings.Fields(string(text)) {
		n, err := strconv.Atoi(word)
		if err == nil {
			err = loop(n).detach(p.loopLabel(), end)
		}
		if err != nil {
			return fmt.Errorf("remove the loop devices of %s: %w", p.Label(), err)
		}
	}
	return nil
}

// sweep removes what an interrupted run left. Whoever holds the lock may do so: a rack would hold it.
func (p Place) sweep() (found bool, err error) {
	if err := p.removeLoops(time.Now().Add(releasePatience)); err != nil {
		return true, err
	}
	entries, err := os.ReadDir(p.Folder())
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		if e.Name() == "lock" {
			continue
		}
		found = true
		if err := os.RemoveAll(p.file(e.Name())); err != nil {
			return true, err
		}
	}
	return found, nil
}

// Remove ends the laboratory, in whatever state it is, and everything that belongs to it. It
// tells whether there was one.
func Remove(p Place) (found bool, err error) {
	if _, err := os.Stat(p.Folder()); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	end := time.Now().Add(20 * time.Second)
	for {
		if err := killHolders(p.file("lock"), end); err != nil {
			return true, err
		}
		lock, err := p.lock()
		if errors.Is(err, ErrUp) && time.Now().Before(end) {
			continue
		}
		if err != nil {
			return true, err
		}
		defer lock.Close()
		if err := awaitRemains(p, end); err != nil {
			return true, err
		}
		if err := p.removeLoops(end); err != nil {
			return true, err
		}
		if err := os.RemoveAll(p.Folder()); err != nil {
			return true, err
		}
		// The common folder goes with the last laboratory.
		if err := os.Remove(runFolder); err != nil && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, os.ErrNotExist) {
			return true, err
		}
		return true, nil
	}
}
