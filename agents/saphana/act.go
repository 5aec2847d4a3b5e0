package saphana

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"ocfbox/internal/crm"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// action is an action of the agent: look, decide, and do what was decided until nothing is left to do.
func (a *system) action(occasion Occasion) ocf.ActionFunc {
	return func(ctx context.Context, c *ocf.Call) error {
		if err := a.admit(c); err != nil || c.Action == "stop" && a.missing() != "" {
			return err
		}
		if occasion == Monitor && c.Probe() {
			return a.perform(ctx, c, Probe)
		}
		return a.perform(ctx, c, occasion)
	}
}

// admit is the answer that the configuration and the node give before anything is asked. A stop on a node
// without HANA has nothing to do, whatever else is wrong.
func (a *system) admit(c *ocf.Call) error {
	if c.Action == "stop" && c.Root() && a.missing() != "" {
		c.Log.Warn("there is no %s on this node: nothing to stop", a.program("sapcontrol"))
		return nil
	}
	if err := a.refuse(c); err != nil {
		return err
	}
	if !cloned(c) {
		switch c.Action {
		case "monitor", "status":
			return ocf.ErrUnimplemented.With("the resource has to be a promotable clone")
		case "promote", "demote":
			return ocf.ErrArgs.With("the resource has to be a promotable clone")
		}
	}
	return a.installed(c)
}

// mostEffects is more than any action has.
const mostEffects = 20

func (a *system) perform(ctx context.Context, c *ocf.Call, occasion Occasion) error {
	s := a.session(c, occasion)
	ask, cancel := most(ctx, 3, 4)
	s.look(ask)
	cancel()
	for range mostEffects {
		c.Log.Debug("DBG: observation=%+v", s.o)
		v := Decide(s.o)
		s.publish(ctx, v)
		if v.Next == Done {
			s.remember(v)
			return outcome(v)
		}
		s.carryOut(ctx, v.Next)
	}
	return ocf.ErrGeneric.With("internal error: %s comes to no end after %s", c.Action, s.o.After)
}

// outcome is the verdict as an action's error.
func outcome(v Verdict) error {
	switch {
	case v.Code == ocf.Success:
		return nil
	case v.Reason == "":
		return v.Code
	}
	return v.Code.With("%s", v.Reason)
}

// publish writes what the verdict changes, and says why.
func (s *session) publish(ctx context.Context, v Verdict) {
	for _, note := range v.Notes {
		if note.Level == ocf.Info {
			s.info(note.Text)
			continue
		}
		s.call.Log.Warn("%s", note.Text)
	}
	failed := s.write(ctx, v.Writes)
	s.o = s.o.Apply(v)
	if failed {
		return
	}
	for _, path := range v.Remove {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.call.Log.Warn("%v", err)
		}
	}
}

// write carries out the writes in their order, and reports whether one of them failed.
func (s *session) write(ctx context.Context, writes []Write) (failed bool) {
	for _, write := range writes {
		err := s.set(ctx, write.Attribute, write.Value)
		if err == nil && write.File {
			err = s.writeLPTFile(write.Value)
		}
		if err == nil {
			s.call.Log.Debug("DBG: %v=%s", write.Attribute, write.Value)
			continue
		}
		failed = true
		s.call.Log.Warn("%v", err)
		if errors.Is(err, run.ErrTimeout) {
			// The next one would only take as long.
			return failed
		}
	}
	return failed
}

func (s *session) set(ctx context.Context, a crm.Attribute, value string) error {
	if s.cib == nil {
		return s.cluster.Set(ctx, a, value)
	}
	_, err := s.cluster.Update(ctx, s.cib, a, value)
	return err
}

// writeLPTFile replaces the local copy of the LPT, whole or not at all.
func (s *session) writeLPTFile(value string) error {
	path := s.lptPath()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", []byte(value+"\n"), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
