package syncverify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ocfbox/internal/block/verify"
	"ocfbox/internal/mount"
	"ocfbox/internal/run"
)

// How writers are stopped: the file system on the device is frozen, or DRBD holds what is written back.
const (
	FreezeFS = "fsfreeze"
	FreezeIO = "suspend-io"
)

// FreezerName is the name under which this binary is started again to stop writers, and to let them go on whatever
// becomes of the process that asked.
const FreezerName = "ocfbox-freezer"

// What the freezer says.
const (
	frozenWord = "frozen"
	thawedWord = "thawed"
)

// freezer is how the run stops the writers of a side of this host, nil where it must not.
func (t *Tool) freezer(sides [2]side, o Options) func(context.Context) (func() error, error) {
	if o.Freeze == "" {
		return nil
	}
	return func(ctx context.Context) (func() error, error) {
		what, err := toFreeze(ctx, sides, o.Freeze)
		if err != nil {
			return nil, err
		}
		return freeze(ctx, o.Freeze+" "+what)
	}
}

// toFreeze is the mount point of the file system on a side, or the minor of its DRBD device.
func toFreeze(ctx context.Context, sides [2]side, how string) (string, error) {
	table, err := mount.Read()
	if err != nil {
		return "", err
	}
	for _, s := range sides {
		if s.device == nil || s.device.Major() == 0 {
			continue
		}
		device, minor := mount.Device(s.device.Number()), -1
		if s.replica != nil {
			if minor = s.replica.minor(ctx); minor >= 0 {
				device = mount.MakeDevice(drbdMajor, uint32(minor))
			}
		}
		if how == FreezeIO && minor >= 0 {
			return strconv.Itoa(minor), nil
		}
		if how != FreezeFS {
			continue
		}
		for _, entry := range table {
			if entry.Device == device {
				return entry.Point, nil
			}
		}
	}
	return "", fmt.Errorf("nothing on this host can be stopped by %s: it has to be where the file system is mounted", how)
}

// freeze has another process stop the writers, which lets them go on when it is told to, when this one is gone, or
// after [verify.MaxFrozen].
func freeze(ctx context.Context, request string) (thaw func() error, err error) {
	peer, err := run.StartPeer(FreezerName)
	if err != nil {
		return nil, err
	}
	said := bufio.NewReader(peer.From)
	thaw = func() error {
		// The end of its input tells it to let go.
		peer.To.Close()
		_ = peer.From.SetReadDeadline(time.Now().Add(2 * verify.MaxFrozen))
		line, err := said.ReadString('\n')
		if err == nil && strings.TrimSpace(line) == thawedWord {
			peer.End()
			return nil
		}
		// It is not ended: it may still have to let go.
		peer.From.Close()
		return fmt.Errorf("%s: %s", request, strings.TrimSpace(line))
	}
	if deadline, ok := ctx.Deadline(); ok {
		_ = peer.From.SetReadDeadline(deadline)
	}
	if _, err := peer.To.WriteString(request + "\n"); err != nil {
		return thaw, err
	}
	line, err := said.ReadString('\n')
	switch line = strings.TrimSpace(line); {
	case err != nil:
		return thaw, fmt.Errorf("%s: %w", request, err)
	case line != frozenWord:
		peer.End()
		return nil, errors.New(line)
	}
	return thaw, nil
}

// Freezer is the process that stops the writers. It reads what to stop, and lets go at the end of its input or after
// a time. The result is the exit code.
func Freezer(in *os.File, out io.Writer, runner run.Runner) int {
	// The signals of the terminal and of a cluster manager are for the one who asked: this one has to let go first.
	_, _ = unix.Setsid()
	said := bufio.NewReader(in)
	line, err := said.ReadString('\n')
	if err != nil {
		return 1
	}
	how, what, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	if err := setFrozen(runner, how, what, true); err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	told := make(chan struct{})
	go func() {
		_, _ = said.ReadByte()
		close(told)
	}()
	limit := time.NewTimer(verify.MaxFrozen)
	defer limit.Stop()
	fmt.Fprintln(out, frozenWord)
	select {
	case <-told:
	case <-limit.C:
	}
	if err := setFrozen(runner, how, what, false); err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	fmt.Fprintln(out, thawedWord)
	return 0
}

// The requests of the kernel's fs.h.
const (
	fiFreeze = 0xc0045877
	fiThaw   = 0xc0045878
)

// setFrozen stops the writers of a mount or of a DRBD device, or lets them go on.
func setFrozen(runner run.Runner, how, what string, stop bool) error {
	if how == FreezeIO {
		command := "resume-io"
		if stop {
			command = "suspend-io"
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		result, err := runner.Run(ctx, run.Cmd{Path: "drbdsetup", Args: []string{command, what}})
		if err == nil && !result.OK() {
			err = fmt.Errorf("drbdsetup %s %s: exit %d: %s", command, what, result.Code, result.FirstError())
		}
		return err
	}
	folder, err := unix.Open(what, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: what, Err: err}
	}
	defer unix.Close(folder)
	request := uint(fiThaw)
	if stop {
		request = fiFreeze
	}
	if err := unix.IoctlSetInt(folder, request, 0); err != nil {
		return &os.PathError{Op: how, Path: what, Err: err}
	}
	return nil
}
