package saphana

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

// restartService ends the instance's sapstartsrv and starts it anew, as root and as SAP's start script does
// (saphana.md 4.2).
func (s *session) restartService(ctx context.Context, victim string) error {
	profile, err := s.startProfile(ctx)
	if err != nil {
		return err
	}
	s.killServices(ctx, victim)
	s.clearSockets()
	result, err := hana.Within(ctx, systemdLimit, 2, func(ctx context.Context) (run.Result, error) {
		return s.call.Runner.Run(ctx, run.Cmd{
			Path: s.program("sapstartsrv"), Args: []string{"pf=" + profile, "-D", "-u", s.instance.SID.User()}, Env: s.programEnv(),
		})
	})
	switch {
	case err != nil:
		return fmt.Errorf("start: %w", err)
	case !result.OK():
		return fmt.Errorf("start: exit %d: %s", result.Code, result.FirstError())
	}
	return s.answering(ctx)
}

// startProfile is the instance's profile, which has to be readable.
func (s *session) startProfile(ctx context.Context) (string, error) {
	dir := s.profiles
	if dir == "" {
		dir = filepath.Join("/usr/sap", string(s.instance.SID), "SYS/profile")
	}
	name := s.profile
	if name == "" {
		name = s.instance.String() + "_" + s.virtualHost(ctx)
	}
	path := filepath.Join(dir, name)
	file, err := os.Open(s.at(path))
	if err != nil {
		return "", fmt.Errorf("start profile: %w", err)
	}
	return path, file.Close()
}

// virtualHost is the host name that the instance's profile goes by (saphana.md 4, item 4).
func (s *session) virtualHost(ctx context.Context) string {
	all, err := hana.Instances(ctx, s.call.Runner)
	if err != nil {
		s.call.Log.Debug("DBG: %v", err)
	}
	if host := s.instance.VirtualHost(all); host != "" {
		return host
	}
	return s.own().host()
}

// killServices ends the processes that are the sapstartsrv of that instance.
func (s *session) killServices(ctx context.Context, instance string) {
	found, _ := filepath.Glob(s.at("/proc/[0-9]*/cmdline"))
	for _, path := range found {
		line, err := os.ReadFile(path)
		program, rest, _ := bytes.Cut(line, []byte("\x00"))
		if err != nil || filepath.Base(string(program)) != "sapstartsrv" || !bytes.Contains(rest, []byte(string(s.instance.SID)+"_"+instance)) {
			continue
		}
		pid := filepath.Base(filepath.Dir(path))
		s.call.Log.Warn("ACT: killing sapstartsrv of %s, process %s", instance, pid)
		if _, err := s.call.Runner.Run(ctx, run.Cmd{Path: "kill", Args: []string{"-9", pid}}); err != nil {
			s.call.Log.Warn("kill %s: %v", pid, err)
		}
	}
}

// clearSockets deletes sapstartsrv's sockets or, where that is not wanted, puts them right.
func (s *session) clearSockets() {
	for _, path := range s.sockets() {
		path = s.at(path)
		if !s.removeSockets && s.repairSocket(path) == nil {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.call.Log.Warn("%v", err)
		}
	}
}

// repairSocket gives a socket back to <sid>adm.
func (s *session) repairSocket(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case info.Mode()&os.ModeSocket == 0:
		return errors.New("no socket")
	case s.tools == nil:
		return errors.New("owner not known")
	}
	if err := os.Chown(path, s.tools.Account.UID, s.tools.Account.GID); err != nil {
		return err
	}
	return os.Chmod(path, 0o700)
}
