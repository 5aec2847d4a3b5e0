package rack

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"ocfbox/test/lab/node"
)

// launch starts process 1 of a machine in new namespaces, plugs in its cables and
// hands it its description.
func (r *rack) launch(s *slot) (*life, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{node.BootName, s.Name}, Dir: "/",
		Env: []string{}, Stderr: os.Stderr, ExtraFiles: []*os.File{theirs},
		SysProcAttr: &syscall.SysProcAttr{
			Setsid: true,
			Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS |
				unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP,
		},
	}
	if err := cmd.Start(); err != nil {
		ours.Close()
		return nil, err
	}
	err = r.cabling.Plug(s.Name, cmd.Process.Pid, s.Links)
	if err == nil {
		err = json.NewEncoder(ours).Encode(r.describe(s))
	}
	if err != nil {
		err = errors.Join(err, cmd.Process.Kill(), ours.Close())
		// The exit code of a process we killed says nothing.
		_ = cmd.Wait()
		return nil, errors.Join(err, r.cabling.Unplug(s.Name))
	}
	return &life{process: cmd, notices: ours, booted: make(chan struct{}), ended: make(chan struct{})}, nil
}

func (r *rack) describe(s *slot) node.Spec {
	spec := node.Spec{
		Name: s.Name, Mark: Place{r.id}.Mark(), Root: r.file("roots", s.Name), Disk: r.file("disks", s.Name),
		Layers: []string{r.file("image"), "/"}, Interfaces: s.Addrs, Files: s.Files, Services: s.Services,
		Devices: r.devices(s),
	}
	if len(s.Disks) > 0 {
		spec.Supervisor = r.supervisor(s)
	}
	if !s.Observer {
		spec.Power = r.file("power", s.Name)
	}
	return spec
}

func (r *rack) file(parts ...string) string {
	return filepath.Join(append([]string{r.folder}, parts...)...)
}

// socketPair returns two ends of a connection. Ours is one that Close interrupts.
func socketPair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	if err := unix.SetNonblock(fds[0], true); err != nil {
		return nil, nil, err
	}
	return os.NewFile(uintptr(fds[0]), "rack"), os.NewFile(uintptr(fds[1]), "node"), nil
}
