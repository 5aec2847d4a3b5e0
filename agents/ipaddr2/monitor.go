package ipaddr2

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ocfbox/internal/netif"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// conflictLevel is the check level from which monitor asks by ARP whether another host uses the address.
const conflictLevel = 10

// conflictWindow is how long that question waits for an answer.
const conflictWindow = 500 * time.Millisecond

// monitor answers whether the address is held and usable, and renews its announcement if that is
// configured. It changes nothing.
func (a *config) monitor(ctx context.Context, c *ocf.Call) error {
	if err := a.checkIdentity(c); err != nil {
		return err
	}
	err := a.inside(c, func(s *session) error { return s.monitor(ctx) })
	if errors.Is(err, netif.ErrNoNamespace) {
		return ocf.NotRunning
	}
	return badNamespace(err)
}

func (s *session) monitor(ctx context.Context) error {
	f, err := s.observe()
	if err != nil {
		return err
	}
	probe := s.call.Probe()
	s.call.Log.Trace("state %d at %s/%d on %s", f.state, s.ip, f.at.prefix, f.at.link.Name)
	if err := f.verdict(probe); err != nil {
		return err
	}
	if s.call.CheckLevel >= conflictLevel && s.ip.Is4() && !s.shares(f.at.link) {
		if err := s.checkConflict(ctx, f.at); err != nil {
			return err
		}
	}
	if s.pings && s.call.Env("OCFBOX_HB_PING") == "1" {
		return s.ping(ctx)
	}
	if s.refresh > 0 && !probe {
		s.announceAgain(ctx, f.at)
	}
	return nil
}

// checkConflict fails when another host answers for the address.
func (s *session) checkConflict(ctx context.Context, at place) error {
	if at.link.Mute() != "" {
		return nil
	}
	owner, err := s.net.ProbeARP(ctx, at.link, s.ip, 1, conflictWindow)
	if err != nil {
		s.call.Log.Warn("no look for other users of %s: %v", s.ip, err)
		return nil
	}
	if owner != nil {
		return ocf.ErrGeneric.With("%s is in use elsewhere on %s as well: %s answers for it", s.ip, at.link.Name, owner)
	}
	return nil
}

// status is monitor's older twin for people and init scripts: the same codes, and a word.
func (a *config) status(ctx context.Context, c *ocf.Call) error {
	if err := a.checkIdentity(c); err != nil {
		return err
	}
	err := a.inside(c, func(s *session) error {
		f, err := s.observe()
		if err != nil {
			return err
		}
		switch {
		case f.lost != nil:
			return f.verdict(false)
		case f.state == held:
			return nil
		}
		return ocf.NotRunning
	})
	if errors.Is(err, netif.ErrNoNamespace) {
		err = ocf.NotRunning
	}
	switch ocf.CodeOf(err) {
	case ocf.Success:
		fmt.Fprintln(c.Out, "running")
	case ocf.NotRunning:
		fmt.Fprintln(c.Out, "stopped")
	}
	return badNamespace(err)
}

// validate checks the configuration and where the address would go. It never touches the kernel's state.
func (a *config) validate(ctx context.Context, c *ocf.Call) error {
	if err := a.checkStart(c); err != nil {
		return err
	}
	err := a.inside(c, func(s *session) error {
		_, err := s.locate(true)
		if lost := asMisplaced(err); lost != nil {
			return lost.validateCode().With("%w", lost)
		}
		return err
	})
	return missingNamespace(a, err)
}

// missingNamespace is err, or the refusal to work without the resource's network namespace.
func missingNamespace(a *config, err error) error {
	if errors.Is(err, netif.ErrNoNamespace) {
		return ocf.ErrInstalled.With("network namespace %s does not exist on this node", a.namespace)
	}
	return badNamespace(err)
}

func badNamespace(err error) error {
	if errors.Is(err, netif.ErrBadNamespace) {
		return ocf.ErrConfigured.With("parameter network_namespace: %w", err)
	}
	return err
}

// ping is what heartbeat's IPaddr script calls monitor: up to three echo requests.
func (s *session) ping(ctx context.Context) error {
	result, err := s.call.Runner.Run(ctx, run.Cmd{Path: "ping", Args: []string{"-c", "3", "-W", "1", s.ip.String()}})
	if err != nil {
		return err
	}
	if !result.OK() {
		return ocf.ErrGeneric.With("%s does not answer to ping", s.ip)
	}
	return nil
}
