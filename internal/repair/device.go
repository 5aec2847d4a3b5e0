package repair

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"ocfbox/internal/block"
	"ocfbox/internal/drbd/metadata"
)

// A Target is what is written. Flush returns when all that was written is on the medium.
type Target interface {
	Disk
	WriteAt(p []byte, offset int64) (int, error)
	Flush() error
}

// A Writer is a device or file that nobody else has, read past the page cache and written the same way.
type Writer struct {
	*block.Device
	fd int
}

// WriteAt writes all of p; the memory must be aligned for a block device.
func (w *Writer) WriteAt(p []byte, offset int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Pwrite(w.fd, p[done:], offset+int64(done))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return done, &os.PathError{Op: "write", Path: w.Path(), Err: err}
		default:
			done += n
		}
	}
	return done, nil
}

// Flush waits until what was written is on the medium.
func (w *Writer) Flush() error {
	if err := unix.Fdatasync(w.fd); err != nil {
		return &os.PathError{Op: "flush", Path: w.Path(), Err: err}
	}
	return nil
}

// Close gives the device back.
func (w *Writer) Close() error { return errors.Join(unix.Close(w.fd), w.Device.Close()) }

// Devices are the two devices of a plan, taken so that nobody else changes them. What could not be had is told by the
// Facts; then Source or Target may be nil.
type Devices struct {
	Source *block.Device
	Target *Writer
	held   []int
}

// Take opens the devices of a plan, and fills in the facts about them. An error is a device that cannot be read.
func Take(p Plan, f *Facts) (*Devices, error) {
	d := &Devices{}
	if err := d.take(p, f); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// TakeTarget opens the target alone, to put back what a repair has overwritten. What the facts say of the source, the
// direction and the plan's age is then what permits it.
func TakeTarget(p Plan, f *Facts) (*Devices, error) {
	d := &Devices{}
	f.Plan, f.Now, f.Source, f.SourceData = p, p.Made, p.Source, p.Size
	f.Direction, f.AnyGeneration, f.MaxShare = true, true, 100
	if err := d.takeTarget(p.Target.Path, f); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Devices) take(p Plan, f *Facts) error {
	f.Plan = p
	if err := d.takeSource(p, f); err != nil {
		return err
	}
	if err := d.takeTarget(p.Target.Path, f); err != nil {
		return err
	}
	if d.Target == nil {
		return nil
	}
	a, err := super(d.Source)
	if err != nil {
		return err
	}
	b, err := super(d.Target.Device)
	if err != nil {
		return err
	}
	f.SourceData, f.TargetData = data(d.Source, a), data(d.Target.Device, b)
	if a != nil && b != nil {
		f.Relation, f.Shown = relate(a, b)
		f.Inconsistent = a.Format != metadata.V07 && a.Flags&metadata.Consistent == 0
	}
	return nil
}

func (d *Devices) takeSource(p Plan, f *Facts) (err error) {
	if d.Source, err = block.Open(p.Source.Path, block.OpenOptions{}); err != nil {
		return err
	}
	f.Source, f.SourceData = d.Source.Identity(), d.Source.Size()
	if isReadOnly(p.Source.Path) {
		return nil
	}
	fd, busy, err := claim(p.Source.Path, false)
	switch {
	case err != nil:
		return err
	case busy != nil:
		f.SourceWriters = busy
		return nil
	}
	d.held = append(d.held, fd)
	return nil
}

// takeTarget opens what is to be written. Not being allowed to is a fact, as is somebody who has it.
func (d *Devices) takeTarget(path string, f *Facts) error {
	device, err := block.Open(path, block.OpenOptions{})
	if err != nil {
		return err
	}
	f.Target, f.TargetData, f.Writable = device.Identity(), device.Size(), true
	// A file counts as free when nobody has it open, this program included.
	if err := device.Close(); err != nil {
		return err
	}
	if isReadOnly(path) {
		f.Writable, f.Refusal = false, "it is read-only"
		return nil
	}
	fd, busy, err := claim(path, true)
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM), errors.Is(err, unix.EROFS):
		f.Writable, f.Refusal = false, err.Error()
		return nil
	case err != nil:
		return err
	case busy != nil:
		f.TargetUsers = busy
		return nil
	}
	if device, err = block.Open(path, block.OpenOptions{}); err != nil {
		unix.Close(fd)
		return err
	}
	d.Target = &Writer{device, fd}
	return nil
}

// Close gives all devices back.
func (d *Devices) Close() error {
	var all []error
	if d.Source != nil {
		all = append(all, d.Source.Close())
	}
	if d.Target != nil {
		all = append(all, d.Target.Close())
	}
	for _, fd := range d.held {
		all = append(all, unix.Close(fd))
	}
	return errors.Join(all...)
}

// super is DRBD's meta data on a device, nil without any.
func super(d *block.Device) (*metadata.Superblock, error) {
	s, err := metadata.Find(d, d.Size())
	if errors.Is(err, metadata.ErrNone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Path(), err)
	}
	return s, nil
}

// data is how much of a device is not DRBD's own.
func data(d *block.Device, s *metadata.Superblock) int64 {
	if s == nil {
		return d.Size()
	}
	return s.Effective
}
