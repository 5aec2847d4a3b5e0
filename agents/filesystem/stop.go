package filesystem

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/internal/holder"
	"ocfbox/internal/mount"
	"ocfbox/internal/ocf"
)

// stop unmounts the file system, with all that is mounted below it (filesystem.md 7). It succeeds when nothing of the
// resource is mounted, whatever else is wrong with the configuration, and never while something is.
func (a *config) stop(ctx context.Context, c *ocf.Call) error {
	if reason := a.nothingToStop(); reason != "" {
		c.Log.Info("nothing to stop: %s", reason)
		return nil
	}
	defer a.calls.Close()
	unlock, err := a.awaitMount(ctx, c)
	if err != nil {
		return err
	}
	defer unlock()
	s := &stopping{config: a, call: c, policy: a.policy(c.Timeout)}
	for _, warning := range s.policy.warnings {
		c.Log.Warn("%s", warning)
	}
	if err := s.observe(ctx); err != nil {
		return err
	}
	if s.observation.point == "/" {
		c.Log.Info("nothing to stop: %s is the root directory", a.directory)
		return nil
	}
	if s.targets = a.targets(s.observation, s.policy.move); len(s.targets) == 0 {
		c.Log.Info("%s", s.observation.describe())
		return s.forget()
	}
	if !c.Root() {
		return ocf.ErrPerm.With("%s, and only root may unmount it", s.observation.describe())
	}
	return s.takeAway(ctx)
}

// nothingToStop says why a configuration cannot have been started, and is empty when it can.
func (a *config) nothingToStop() string {
	switch {
	case a.device == "":
		return "parameter device is empty"
	case a.directory == "":
		return "parameter directory is empty"
	case framed(a.device):
		return "parameter device begins or ends with a blank"
	case framed(a.directory):
		return "parameter directory begins or ends with a blank"
	}
	return ""
}

// A stopping is one stop at work.
type stopping struct {
	*config
	call        *ocf.Call
	policy      policy
	observation observation
	// targets are what is left to take away.
	targets []target
	// devices are those of the file systems that are taken away.
	devices []mount.Device
	// refusals are what the last round of tries met, stuck that one did not come back, forced that force was used.
	refusals []refusal
	stuck    bool
	forced   bool
	chase    chase
}

// observe looks at the mounts. What a device leads to may have to be asked of another file system, and if that one
// does not answer, the table and the record must do.
func (s *stopping) observe(ctx context.Context) error {
	type looked struct {
		o   observation
		err error
	}
	answer := make(chan looked, 1)
	go func() {
		o, err := s.config.observe(s.call, true)
		answer <- looked{o, err}
	}()
	timer := time.NewTimer(s.call.Timeout / 4)
	defer timer.Stop()
	select {
	case found := <-answer:
		s.observation = found.o
		return found.err
	case <-timer.C:
	case <-ctx.Done():
	}
	return ocf.ErrGeneric.With("looking for %s does not come to an end; whatever %s lies on does not answer", s.directory, s.device)
}

// takeAway unmounts the targets and does what comes before and after.
func (s *stopping) takeAway(ctx context.Context) error {
	for _, t := range s.targets {
		s.devices = append(s.devices, t.Device)
	}
	s.removeStatusFile(ctx)
	if s.policy.move {
		s.moveAside(ctx)
	}
	s.call.Log.Info("unmount %s", points(s.targets))
	if err := s.unmountAll(ctx); err != nil {
		return err
	}
	if err := s.verify(); err != nil {
		return err
	}
	s.removeSibling(ctx)
	s.flush(ctx)
	s.call.Log.Info("unmounted %s", s.observation.point)
	return s.forget()
}

// verify looks whether really nothing of the resource is mounted: what is unmounted can be mounted again by others.
func (s *stopping) verify() error {
	o, err := s.config.observe(s.call, true)
	if err != nil {
		return err
	}
	if again := s.config.targets(o, s.policy.move); len(again) > 0 {
		return ocf.ErrGeneric.With("%s has been unmounted, and somebody has mounted it again", again[0].Point)
	}
	return nil
}

// forget removes the record of start.
func (s *stopping) forget() error {
	if err := s.call.State.Remove(s.recordName(s.call)); err != nil {
		s.call.Log.Warn("the record of the mount stays: %v", err)
	}
	return nil
}

// aWhile bounds the calls that stop can do without.
const aWhile = 2 * time.Second

// try makes a call of those that stop can do without.
func (s *stopping) try(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, min(aWhile, s.call.Timeout/8))
	defer cancel()
	s.call.Log.Trace("%s %s", name, strings.Join(args, " "))
	return s.calls.Do(ctx, name, args...)
}

// removeStatusFile removes what monitors of level 20 have written.
func (s *stopping) removeStatusFile(ctx context.Context) {
	if s.call.CheckLevel != levelWrite {
		return
	}
	if s.observation.state() != running {
		return
	}
	point := s.observation.point
	path := s.statusFile(s.call, point)
	if _, err := s.try(ctx, callRemoveStatus, path, point); err != nil {
		s.call.Log.Warn("the status file stays: %v", err)
	}
}

// moveAside moves the mount to a place beside its mount point, where no new users come to it (filesystem.md 7.4).
func (s *stopping) moveAside(ctx context.Context) {
	o := s.observation
	if o.state() != running {
		return
	}
	beside := sibling(o.point)
	if _, taken := o.table.Visible(beside); taken {
		s.call.Log.Warn("%s is not moved aside: something is mounted on %s", o.point, beside)
		return
	}
	_, err := s.try(ctx, callMkdir, beside)
	if err == nil || errors.Is(err, errExists) {
		_, err = s.try(ctx, callMove, o.point, beside)
	}
	if err != nil {
		s.call.Log.Info("%s is not moved aside: %v", o.point, err)
		return
	}
	if err := s.lookAgain(movedTo); err != nil {
		s.call.Log.Warn("%v", err)
	}
}

// removeSibling removes the place for moved mounts; whether it can be has no influence on anything.
func (s *stopping) removeSibling(ctx context.Context) {
	if s.policy.move {
		_, _ = s.try(ctx, callRmdir, sibling(s.observation.point))
	}
}

// flush forgets what the kernel holds of the device, and says who still uses it in another mount namespace: whatever
// lies below the device cannot be stopped then.
func (s *stopping) flush(ctx context.Context) {
	source := s.observation.source
	if !source.there || source.kind != block && source.kind != tagged {
		return
	}
	answer, err := s.try(ctx, callFlush, source.path)
	if err != nil {
		s.call.Log.Debug("%v", err)
	}
	if answer != heldElsewhere {
		return
	}
	proc, err := holder.OpenProc()
	if err != nil {
		s.call.Log.Warn("%s is still in use; by whom is not known: %v", source.path, err)
		return
	}
	defer proc.Close()
	var where []string
	for _, e := range holder.OtherNamespaces(ctx, proc, s.devices) {
		where = append(where, fmt.Sprintf("%s by pid %d", e.Point, e.PID))
	}
	if len(where) == 0 {
		where = []string{"nobody knows where"}
	}
	s.call.Log.Warn("%s is unmounted here and still mounted in other mount namespaces: %s", source.path,
		strings.Join(where, ", "))
}
