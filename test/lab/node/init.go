package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/guard"
)

// Names under which the program is process 1: first outside the new root, where it
// still has the right to mount, then inside and without it.
const (
	BootName = "ocflab-boot"
	InitName = "ocflab-init"
)

// Boot is the first half of process 1: it reads its Spec, builds the root, enters
// it, gives up its rights and becomes Init. It returns only when that failed.
func Boot() int {
	runtime.LockOSThread()
	notices := os.NewFile(noticeFd, "notices")
	notify(notices, Broken, boot(notices).Error())
	return 1
}

// boot returns why it could not become Init.
func boot(notices *os.File) error {
	var s Spec
	if err := json.NewDecoder(notices).Decode(&s); err != nil {
		return fmt.Errorf("read the node's description: %w", err)
	}
	fresh, err := newDisk(s.Disk)
	if err != nil {
		return err
	}
	if err := furnish(s, fresh); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(s.Name)); err != nil {
		return fmt.Errorf("set host name: %w", err)
	}
	if err := enterRoot(s.Root); err != nil {
		return err
	}
	if s.Supervisor != "" {
		if err := guard.Lock(); err != nil {
			return err
		}
	}
	if err := Protect(); err != nil {
		return err
	}
	err = unix.Exec(Binary, []string{InitName, s.Name}, append(Environment(), s.Mark))
	return fmt.Errorf("become process 1: %w", err)
}

// furnish builds the node's root and puts everything into it that belongs there.
func furnish(s Spec, fresh bool) error {
	if err := buildRoot(s); err != nil {
		return err
	}
	if err := fillDev(filepath.Join(s.Root, "dev"), s.Devices); err != nil {
		return err
	}
	if err := fillRun(s); err != nil {
		return err
	}
	if err := coverProc(s.Root); err != nil {
		return err
	}
	if !fresh {
		return nil
	}
	for _, f := range s.Files {
		if err := f.Put(s.Root); err != nil {
			return err
		}
	}
	return os.WriteFile(finished(s.Disk), nil, 0o600)
}

// newDisk tells whether nothing was ever put on the disk, or not all of it.
func newDisk(disk string) (bool, error) {
	_, err := os.Stat(finished(disk))
	if !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	if err := os.RemoveAll(disk); err != nil {
		return false, err
	}
	return true, os.MkdirAll(disk, 0o755)
}

// finished is the mark, beside the layers of a disk, that all files were put on it.
func finished(disk string) string { return filepath.Join(disk, "finished") }

// fillRun puts into the node's /run what process 1 needs there.
func fillRun(s Spec) error {
	folder := filepath.Join(s.Root, filepath.Dir(specFile))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(s.Root, "run/lock"), 0o1777); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.Root, specFile), text, 0o600); err != nil {
		return err
	}
	for _, socket := range [][2]string{{s.Power, PowerSocket}, {s.Supervisor, SupervisorSocket}} {
		if socket[0] == "" {
			continue
		}
		target := filepath.Join(s.Root, socket[1])
		if err := os.WriteFile(target, nil, 0o600); err != nil {
			return err
		}
		if err := bind(socket[0], target); err != nil {
			return err
		}
	}
	return nil
}

func notify(to *os.File, what, detail string) {
	// Nobody listens any more only when the whole laboratory is going down.
	_ = json.NewEncoder(to).Encode(Notice{What: what, Detail: detail})
}
