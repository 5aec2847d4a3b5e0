package fuse

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Type is the type by which a node mounts a folder that is passed through; the folder is the source.
const Type = "fuse.ocflab"

// The names of the programs: what mount(8) calls for the two types, and the server itself.
const (
	helperName = "mount." + Type
	blockName  = "mount." + BlockType
	serverName = "ocflab-fuse"
)

// Helpers are the paths of the programs that a node needs.
func Helpers() []string { return []string{"/usr/sbin/" + helperName, "/usr/sbin/" + blockName} }

// FolderOption is the option with which a mount of the type BlockType says what it passes through: its source is the
// block device that it has for itself.
const FolderOption = "folder="

// Dispatch plays the program that argv[0] names; ok is false when it is none of these.
func Dispatch(args []string) (code int, ok bool) {
	var err error
	switch name := filepath.Base(args[0]); name {
	case helperName:
		err = help(Type, args[1:])
	case blockName:
		err = help(BlockType, args[1:])
	case serverName:
		err = serve(args[1:])
	default:
		return 0, false
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(args[0]), err)
		return 1, true
	}
	return 0, true
}

// A wish is what mount(8) asks a helper for.
type wish struct {
	source, point, folder string
	flags                 uintptr
}

// parseWish reads a helper's arguments: SOURCE DIRECTORY [-sfnv] [-o OPTIONS] [-t TYPE], mount(8).
func parseWish(args []string) (wish, error) {
	if len(args) < 2 {
		return wish{}, errors.New("usage: SOURCE DIRECTORY [-sfnv] [-o OPTIONS] [-t TYPE]")
	}
	w := wish{source: args[0], point: args[1], folder: args[0]}
	set := flag.NewFlagSet("mount helper", flag.ContinueOnError)
	options := set.String("o", "", "options")
	set.String("t", "", "type")
	for _, ignored := range []string{"s", "f", "n", "v"} {
		set.Bool(ignored, false, "ignored")
	}
	if err := set.Parse(args[2:]); err != nil {
		return wish{}, err
	}
	bits := map[string]uintptr{"ro": unix.MS_RDONLY, "nosuid": unix.MS_NOSUID, "nodev": unix.MS_NODEV, "noexec": unix.MS_NOEXEC}
	for option := range strings.SplitSeq(*options, ",") {
		if folder, ok := strings.CutPrefix(option, FolderOption); ok {
			w.folder = folder
		}
		w.flags |= bits[option]
	}
	return w, nil
}

// help mounts and leaves a server behind.
func help(fstype string, args []string) error {
	w, err := parseWish(args)
	if err != nil {
		return err
	}
	if info, err := os.Stat(w.folder); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is no folder", w.folder)
	}
	fd, err := Open()
	if err != nil {
		return fmt.Errorf("open %s: %w", Device, err)
	}
	connection := os.NewFile(uintptr(fd), Device)
	defer connection.Close()
	if err := Mount(fd, w.source, w.point, fstype, w.flags); err != nil {
		return err
	}
	return startServer(w.folder, connection)
}

// inherited is the number of the descriptor that the server is started with.
const inherited = 3

// startServer starts a server that outlives us and holds nothing of ours but the connection. Its working directory is
// the root, so that it keeps no file system busy.
func startServer(folder string, connection *os.File) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(own)
	cmd.Args = []string{serverName, folder, strconv.Itoa(inherited)}
	cmd.Dir, cmd.ExtraFiles = "/", []*os.File{connection}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start()
}

// serve is the server's process.
func serve(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: FOLDER DESCRIPTOR")
	}
	fd, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	return Server{Folder: args[0], Mode: FromFile(ModeFile)}.Serve(fd)
}
