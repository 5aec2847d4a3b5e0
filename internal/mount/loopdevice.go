package mount

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// loopMajor is the major number of loop devices.
const loopMajor = 7

// An Image is the part of a file that is to be a block device.
type Image struct {
	Path          string
	Offset, Limit uint64 // in bytes; a limit of 0 is none
	ReadOnly      bool
}

// A Loop is a loop device that holds an image. The device lets go of the image by itself when it is no longer
// mounted and nobody has it open (autoclear), so it is to be kept open until it is mounted.
type Loop struct {
	Path string
	file *os.File
}

// Close lets go of the device.
func (l *Loop) Close() error { return l.file.Close() }

// The race with others for a free loop device: the kernel names the same one to all who ask.
const (
	attachAttempts = 100
	attachPause    = time.Millisecond
)

// Attach makes a loop device for the image, or finds the one that holds the same part already. device names the one
// to use; "" is any free one.
func Attach(image Image, device string) (*Loop, error) {
	mode := os.O_RDWR
	if image.ReadOnly {
		mode = os.O_RDONLY
	}
	file, err := os.OpenFile(image.Path, mode|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EROFS) || errors.Is(err, unix.EACCES) {
		image.ReadOnly = true
		file, err = os.OpenFile(image.Path, os.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if loop := reuse(image, device); loop != nil {
		return loop, nil
	}
	for attempt := range attachAttempts {
		path := device
		if path == "" {
			if path, err = freeLoop(); err != nil {
				return nil, err
			}
		}
		loop, err := configure(path, file, image)
		if !errors.Is(err, unix.EBUSY) || device != "" {
			return loop, err
		}
		time.Sleep(attachPause * time.Duration(1+(os.Getpid()+attempt)%7))
	}
	return nil, fmt.Errorf("no loop device stayed free for %s", image.Path)
}

// reuse is the loop device that holds the same part of the same file, or nil.
func reuse(image Image, device string) *Loop {
	want, err := Inspect(image.Path)
	if err != nil {
		return nil
	}
	devices, _ := filepath.Glob("/sys/block/loop*/loop")
	for _, folder := range devices {
		path := "/dev/" + filepath.Base(filepath.Dir(folder))
		if device != "" && device != path {
			continue
		}
		file, err := os.OpenFile(path, os.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		info, err := unix.IoctlLoopGetStatus64(int(file.Fd()))
		if err == nil && loopFile(info) == want.File && info.Offset == image.Offset && info.Sizelimit == image.Limit &&
			(info.Flags&unix.LO_FLAGS_READ_ONLY != 0) == image.ReadOnly {
			return &Loop{path, file}
		}
		file.Close()
	}
	return nil
}

// freeLoop is a loop device that holds nothing at the moment.
func freeLoop() (string, error) {
	control, err := unix.Open("/dev/loop-control", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", fmt.Errorf("open /dev/loop-control: %w", err)
	}
	defer unix.Close(control)
	n, err := unix.IoctlRetInt(control, unix.LOOP_CTL_GET_FREE)
	if err != nil {
		return "", fmt.Errorf("ask for a free loop device: %w", err)
	}
	return fmt.Sprintf("/dev/loop%d", n), nil
}

// configure lets the device hold the image. It is not attached to anything before all is set (LOOP_CONFIGURE, Linux
// 5.8).
func configure(path string, image *os.File, wish Image) (*Loop, error) {
	device, err := os.OpenFile(path, os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	config := unix.LoopConfig{Fd: uint32(image.Fd())}
	config.Info.Offset, config.Info.Sizelimit = wish.Offset, wish.Limit
	config.Info.Flags = unix.LO_FLAGS_AUTOCLEAR
	if wish.ReadOnly {
		config.Info.Flags |= unix.LO_FLAGS_READ_ONLY
	}
	// The kernel's note of the name is for people; what does not fit is cut.
	copy(config.Info.File_name[:len(config.Info.File_name)-1], wish.Path)
	if err := unix.IoctlLoopConfigure(int(device.Fd()), &config); err != nil {
		device.Close()
		return nil, fmt.Errorf("let %s hold %s: %w", path, wish.Path, err)
	}
	return &Loop{path, device}, nil
}

// Backing is the image file behind a loop device by the kernel's notes, which ask no file system; "" when the device
// is no loop device or holds nothing. A file that was deleted has " (deleted)" after its name.
func Backing(device Device) string {
	if device.Major() != loopMajor {
		return ""
	}
	text, err := os.ReadFile(fmt.Sprintf("/sys/dev/block/%s/loop/backing_file", device))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(text), "\n")
}

// BackingFile is the identity of the image file behind a loop device.
func BackingFile(device Device) (File, error) {
	fd, err := unix.Open(fmt.Sprintf("/dev/loop%d", device.Minor()), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return File{}, err
	}
	defer unix.Close(fd)
	info, err := unix.IoctlLoopGetStatus64(fd)
	if err != nil {
		return File{}, err
	}
	return loopFile(info), nil
}

func loopFile(info *unix.LoopInfo64) File { return File{Device(info.Device), info.Inode} }
