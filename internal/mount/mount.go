package mount

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A Request says what to mount where.
type Request struct {
	// Type is the file system's type; "" is none, for a bind mount.
	Type string
	// Source is a device node, a directory for a bind mount, or whatever the file system takes.
	Source string
	// Point is the directory to mount on.
	Point string
	// Options are what the mount and the file system are to be like.
	Options Options
}

// An Error is a refusal of the kernel's with what the file system had to say about it.
type Error struct {
	// Step is what was tried, such as "create the superblock".
	Step string
	Err  error
	// Words are the kernel's, one message after the other; often there are none.
	Words string
}

// Error is the refusal in one line.
func (e *Error) Error() string {
	if e.Words != "" {
		return fmt.Sprintf("%s: %v (%s)", e.Step, e.Err, e.Words)
	}
	return fmt.Sprintf("%s: %v", e.Step, e.Err)
}

// Unwrap is the system's error.
func (e *Error) Unwrap() error { return e.Err }

// Mount mounts what is requested. The mount appears at its place with all its flags or not at all; only its
// propagation is set afterwards, and where that fails the mount is taken away again. Errors match those of the
// system with errors.Is.
func Mount(r Request) error {
	attach := attachFS
	if r.Options.Bind {
		attach = attachBind
	}
	err := attach(r)
	if errors.Is(err, unix.ENOSYS) {
		err = mountOld(r)
	}
	if err != nil {
		return err
	}
	for _, flag := range r.Options.Propagation {
		if err := unix.Mount("", r.Point, "", flag, ""); err != nil {
			return errors.Join(&Error{Step: "set the propagation", Err: err}, Unmount(r.Point, false))
		}
	}
	return nil
}

// attachFS makes a superblock and a mount of it, and attaches that.
func attachFS(r Request) error {
	fs, err := unix.Fsopen(r.Type, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return &Error{Step: "open file system type " + r.Type, Err: err}
	}
	defer unix.Close(fs)
	fail := func(step string, err error) error { return &Error{step, err, messages(fs)} }
	if r.Source != "" {
		if err := unix.FsconfigSetString(fs, "source", r.Source); err != nil {
			return fail("set the source", err)
		}
	}
	for _, option := range slices.Concat(superOptions(r.Options.Super), r.Options.Data) {
		if err := setOption(fs, option); err != nil {
			return fail("option "+option, err)
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return fail("mount "+r.Source, err)
	}
	tree, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, int(r.Options.Set))
	if err != nil {
		return fail("mount "+r.Source, err)
	}
	defer unix.Close(tree)
	return moveTo(tree, r.Point)
}

// superOptions are the flags of a new superblock: the last of two that contradict each other counts, and what is
// the kernel's default needs no word.
func superOptions(words []string) []string {
	var all []string
	drop := func(word string) { all = slices.DeleteFunc(all, func(have string) bool { return have == word }) }
	for _, word := range words {
		switch word {
		case "rw":
			drop("ro")
		case "async":
			drop("sync")
		case "nolazytime":
			drop("lazytime")
		case "nomand":
			drop("mand")
		default:
			drop(word)
			all = append(all, word)
		}
	}
	return all
}

func setOption(fs int, option string) error {
	name, value, ok := strings.Cut(option, "=")
	if ok {
		return unix.FsconfigSetString(fs, name, value)
	}
	return unix.FsconfigSetFlag(fs, name)
}

// messages are what the kernel has logged for a file system context, without their grades.
func messages(fs int) string {
	var all []string
	text := make([]byte, 1024)
	for {
		n, err := unix.Read(fs, text)
		if n <= 2 || err != nil {
			return strings.Join(all, "; ")
		}
		words := strings.TrimSpace(string(text[2:n]))
		if text[0] == 'e' || text[0] == 'w' {
			all = append(all, words)
		}
	}
}

// attachBind attaches a copy of the mount at the source, with its own flags from the first moment. Neither the
// source's mount nor its file system changes.
func attachBind(r Request) error {
	flags := uint(unix.OPEN_TREE_CLONE | unix.O_CLOEXEC)
	if r.Options.Recursive {
		flags |= unix.AT_RECURSIVE
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, r.Source, flags)
	if err != nil {
		return &Error{Step: "bind " + r.Source, Err: err}
	}
	defer unix.Close(tree)
	if r.Options.Set != 0 || r.Options.Clear != 0 {
		attr := unix.MountAttr{Attr_set: r.Options.Set, Attr_clr: r.Options.Clear}
		if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &attr); err != nil {
			return &Error{Step: "set the mount's flags", Err: err}
		}
	}
	return moveTo(tree, r.Point)
}

func moveTo(tree int, point string) error {
	if err := unix.MoveMount(tree, "", unix.AT_FDCWD, point, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return &Error{Step: "attach the mount to " + point, Err: err}
	}
	return nil
}
