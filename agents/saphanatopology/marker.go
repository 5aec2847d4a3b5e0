package saphanatopology

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ocfbox/internal/ocf"
)

// A marker is the file whose being there means started (saphana-topology.md 5.4). It lies in a folder
// that a reboot empties.
type marker struct {
	dir, name string
}

// oldMarker is the name that releases for one SID per host used.
const oldMarker = "SAPTopologyON"

func (a *topology) marker(c *ocf.Call) marker {
	return marker{dir: filepath.Join(c.State.Dir, "SAPHana"), name: oldMarker + "." + string(a.instance.SID)}
}

func (m marker) path() string { return filepath.Join(m.dir, m.name) }
func (m marker) old() string  { return filepath.Join(m.dir, oldMarker) }

// set makes the marker. A start that reported success without one would be followed by monitors that
// find nothing, for ever.
func (m marker) set() error {
	if err := m.makeDir(); err != nil {
		return err
	}
	file, err := os.OpenFile(m.path(), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), gone(os.Remove(m.old())))
}

// makeDir makes the folder, readable for all whatever umask the cluster has.
func (m marker) makeDir() error {
	if info, err := os.Stat(m.dir); err == nil && info.IsDir() {
		return nil
	}
	return errors.Join(os.MkdirAll(m.dir, 0o755), os.Chmod(m.dir, 0o755))
}

// isSet reports whether the marker is there. An old one counts and gets the new name.
func (m marker) isSet() bool {
	if _, err := os.Lstat(m.old()); err == nil {
		_ = os.Rename(m.old(), m.path())
	}
	_, err := os.Lstat(m.path())
	return err == nil
}

// remove takes the marker away, the old one included.
func (m marker) remove() error {
	return errors.Join(gone(os.Remove(m.path())), gone(os.Remove(m.old())))
}

// gone is the error of removing something, unless it was not there.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// result is the marker as a monitor's answer.
func (m marker) result() error {
	if m.isSet() {
		return nil
	}
	return ocf.NotRunning
}

// failed is the outcome of a start or stop whose marker could not be changed.
func (m marker) failed(err error) error {
	return ocf.ErrGeneric.With("%w", fmt.Errorf("marker %s: %w", m.path(), err))
}
