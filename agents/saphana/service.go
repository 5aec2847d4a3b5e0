package saphana

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

const (
	// systemdLimit bounds a question to systemd and a start of the unit, serviceLimit one to sapstartsrv.
	systemdLimit = 60 * time.Second
	serviceLimit = 10 * time.Second
)

// unit is the systemd unit of the instance's sapstartsrv.
func (s *session) unit() string {
	return "SAP" + string(s.instance.SID) + "_" + string(s.instance.Number) + ".service"
}

// keepService sees to it that sapstartsrv answers, and reports whether it does (saphana.md 4.1, 4.2).
func (s *session) keepService(ctx context.Context) bool {
	if s.hasUnit(ctx) {
		return s.keepUnit(ctx)
	}
	return s.keepProcess(ctx)
}

func (s *session) hasUnit(ctx context.Context) bool {
	if info, err := os.Stat(s.at("/etc/systemd/system/" + s.unit())); err == nil && info.Mode().IsRegular() {
		return true
	}
	result, err := s.systemctl(ctx, "list-unit-files", "--no-legend", s.unit())
	return err == nil && result.OK() && strings.HasPrefix(result.Text(), s.unit())
}

// keepUnit starts the unit when it is not active. It never restarts one: that would stop HANA.
func (s *session) keepUnit(ctx context.Context) bool {
	result, err := s.systemctl(ctx, "is-active", "--quiet", s.unit())
	if err == nil && result.OK() {
		return true
	}
	s.call.Log.Warn("ACT: unit %s is not active: starting it", s.unit())
	result, err = s.systemctl(ctx, "start", s.unit())
	switch {
	case err != nil:
		s.call.Log.Err("start of %s: %v", s.unit(), err)
	case !result.OK():
		s.call.Log.Err("start of %s: exit %d: %s", s.unit(), result.Code, result.FirstError())
	}
	return err == nil && result.OK()
}

func (s *session) systemctl(ctx context.Context, args ...string) (run.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, min(systemdLimit, hana.Left(ctx)/2))
	defer cancel()
	return s.call.Runner.Run(ctx, run.Cmd{Path: "systemctl", Args: args})
}

// keepProcess is the way without systemd.
func (s *session) keepProcess(ctx context.Context) bool {
	reason, victim := s.serviceFault(ctx)
	if reason == "" {
		return true
	}
	s.call.Log.Warn("ACT: sapstartsrv has to be started: %s", reason)
	if err := s.restartService(ctx, victim); err != nil {
		s.call.Log.Err("sapstartsrv: %v", err)
		return false
	}
	return true
}

// serviceFault is why sapstartsrv has to be started, and which instance's one is in the way; empty is that
// it answers.
func (s *session) serviceFault(ctx context.Context) (reason, victim string) {
	own := s.instance.Name()
	if info, err := os.Stat(s.at(s.sockets()[0])); err != nil || info.Mode()&os.ModeSocket == 0 {
		return "it has no socket", own
	}
	result, err := s.askService(ctx, "ParameterValue", "INSTANCE_NAME")
	if err != nil || !result.OK() {
		return "it does not answer", own
	}
	for line := range strings.Lines(string(result.Stdout)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "0 : "); ok && name != own {
			return "it is that of " + name, name
		}
	}
	result, err = s.askService(ctx, "AccessCheck", "Start")
	if err != nil || !result.OK() {
		return "it refuses access", own
	}
	return "", ""
}

func (s *session) askService(ctx context.Context, args ...string) (run.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, min(serviceLimit, hana.Left(ctx)/4))
	defer cancel()
	return s.sapcontrol(ctx, append(append([]string{"-function"}, args...), "-format", "script")...)
}

// sockets are sapstartsrv's UNIX sockets.
func (s *session) sockets() []string {
	port := "/tmp/.sapstream5" + string(s.instance.Number)
	return []string{port + "13", port + "14"}
}

// answering waits until the new sapstartsrv lists processes. An exit status of 1 is no answer.
func (s *session) answering(ctx context.Context) error {
	const pauseBetween, attempts = time.Second, 60
	for range attempts {
		result, err := hana.Within(ctx, serviceLimit, 2, func(ctx context.Context) (run.Result, error) {
			return s.sapcontrol(ctx, "-function", "GetProcessList", "-format", "script")
		})
		if err == nil && result.Code != 1 {
			return nil
		}
		if hana.Left(ctx) < 2*pauseBetween || errors.Is(err, run.ErrNotFound) {
			break
		}
		hana.Pause(ctx, pauseBetween)
	}
	return errors.New("it does not answer after its start")
}
