package saphana

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"ocfbox/internal/hana"
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
	if !c.Clone.Used() {
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
	s.open(ctx)
	for range mostEffects {
		c.Log.Debug("DBG: observation=%+v", s.o)
		v := Decide(s.o)
		s.publish(ctx, v)
		if v.Next == Done {
			s.remember(v)
			return outcome(v)
		}
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

// open looks, and meanwhile writes what the action writes in any case.
func (s *session) open(ctx context.Context) {
	atOnce := s.o.AtOnce()
	tasks, end := s.writing(ctx, atOnce)
	hana.Together(append(tasks, func() {
		ask, cancel := most(ctx, 3, 4)
		defer cancel()
		s.look(ask)
	})...)
	_ = end()
	for _, write := range atOnce {
		s.o.apply(write)
	}
}

// publish says why, writes what the verdict changes, and does what is to be done next.
func (s *session) publish(ctx context.Context, v Verdict) {
	for _, note := range v.Notes {
		if note.Level == ocf.Info {
			s.info(note.Text)
			continue
		}
		s.call.Log.Warn("%s", note.Text)
	}
	waves, beside := v.Waves()
	failed := s.write(ctx, waves)
	if errors.Is(failed, run.ErrTimeout) {
		beside = nil
	}
	s.o = s.o.Apply(v)
	tasks, end := s.writing(ctx, beside)
	if v.Next != Done {
		tasks = append(tasks, func() { s.carryOut(ctx, v.Next) })
	}
	hana.Together(tasks...)
	if errors.Join(failed, end()) != nil {
		return
	}
	for _, path := range v.Remove {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.call.Log.Warn("%v", err)
		}
	}
}

// write carries out one wave after the other, until the cluster gives no answer in time: the next one would only
// take as long.
func (s *session) write(ctx context.Context, waves [][]Write) (failed error) {
	for _, wave := range waves {
		tasks, end := s.writing(ctx, wave)
		hana.Together(tasks...)
		failed = errors.Join(failed, end())
		if errors.Is(failed, run.ErrTimeout) {
			break
		}
	}
	return failed
}

// writing are the writes as tasks to do side by side, and what to do after them: it logs what came of them, and
// joins their errors.
func (s *session) writing(ctx context.Context, writes []Write) (tasks []func(), end func() error) {
	failed := make([]error, len(writes))
	for i, write := range writes {
		known := false
		if s.cib != nil {
			old, _ := s.cib.Value(write.Attribute)
			known = old == write.Value
		}
		tasks = append(tasks, func() { failed[i] = s.carryOutWrite(ctx, write, known) })
	}
	return tasks, func() error {
		for i, write := range writes {
			if failed[i] != nil {
				s.call.Log.Warn("%v", failed[i])
				continue
			}
			s.call.Log.Debug("DBG: %v=%s", write.Attribute, write.Value)
			if s.cib != nil {
				s.cib.Note(write.Attribute, write.Value)
			}
		}
		return errors.Join(failed...)
	}
}

// carryOutWrite changes the attribute, unless the cluster is known to have the value, and then the local file.
func (s *session) carryOutWrite(ctx context.Context, write Write, known bool) error {
	if !known {
		if err := s.cluster.Set(ctx, write.Attribute, write.Value); err != nil {
			return err
		}
	}
	if write.File {
		return s.writeLPTFile(write.Value)
	}
	return nil
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
