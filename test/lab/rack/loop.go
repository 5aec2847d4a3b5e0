package rack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A loop is a loop device of the host by its number. The laboratory's carry a label, so that they can be told from others.
type loop int

// noLoop is none.
const noLoop loop = -1

func (l loop) path() string { return fmt.Sprintf("/dev/loop%d", int(l)) }

// loopMajor is the major number of loop devices.
const loopMajor = 7

// attach makes a loop device of an image, with direct I/O where the image's file system has that. It stays until detach:
// nobody keeps it open, since a device that is open keeps what was read from it, and a machine would see old blocks after
// another has written. Claim is told the number before anything is attached.
func attach(image, label string, claim func(loop) error) (loop, error) {
	file, err := os.OpenFile(image, os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	config := unix.LoopConfig{Fd: uint32(file.Fd())}
	config.Info.Flags = unix.LO_FLAGS_DIRECT_IO
	copy(config.Info.File_name[:len(config.Info.File_name)-1], label)
	const attempts = 100
	for range attempts {
		l, err := freeLoop()
		if err == nil {
			err = claim(l)
		}
		if err != nil {
			return 0, err
		}
		err = l.do(os.O_RDWR, func(fd int) error { return unix.IoctlLoopConfigure(fd, &config) })
		if err == nil {
			return l, nil
		}
		// Another one was named the same device.
		if !errors.Is(err, unix.EBUSY) {
			return 0, fmt.Errorf("attach %s to %s: %w", image, l.path(), err)
		}
		time.Sleep(time.Millisecond)
	}
	return 0, fmt.Errorf("no loop device stayed free for %s", image)
}

func freeLoop() (loop, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer control.Close()
	n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
	if err != nil {
		return 0, fmt.Errorf("ask for a free loop device: %w", err)
	}
	return loop(n), nil
}

func (l loop) do(mode int, do func(fd int) error) error {
	file, err := os.OpenFile(l.path(), mode|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	return do(int(file.Fd()))
}

// claimed tells whether a file system, or somebody else who wants it alone, has the device.
func (l loop) claimed() bool {
	return errors.Is(l.do(os.O_RDONLY|unix.O_EXCL, func(int) error { return nil }), unix.EBUSY)
}

// attached tells whether the device has an image under a label that begins so.
func (l loop) attached(label string) (found bool, err error) {
	err = l.do(os.O_RDONLY, func(fd int) error {
		info, err := unix.IoctlLoopGetStatus64(fd)
		if err == nil {
			found = strings.HasPrefix(unix.ByteSliceToString(info.File_name[:]), label)
		}
		return err
	})
	if errors.Is(err, unix.ENXIO) || errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return found, err
}

// detach takes the image away, once nobody has the device, and waits for that. Devices with another label stay.
func (l loop) detach(label string, end time.Time) error {
	for {
		found, err := l.attached(label)
		if err != nil || !found {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s is not let go of", l.path())
		}
		err = l.do(os.O_RDONLY, func(fd int) error { return unix.IoctlSetInt(fd, unix.LOOP_CLR_FD, 0) })
		if err != nil && !errors.Is(err, unix.ENXIO) && !errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("detach %s: %w", l.path(), err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}
