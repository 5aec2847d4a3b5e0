package saphana

import (
	"context"
	"errors"
	"strconv"
	"time"

	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

// awaitPause is between two looks for a running primary (saphana.md 11.1); so many pauses have the short
// wait and the long one.
const (
	awaitPause = 10 * time.Second
	awaitShort = 2
	awaitLong  = 11
)

// carryOut does what the verdict needs done, and puts the result into the observation. It leaves time to
// write down what came of it.
func (s *session) carryOut(ctx context.Context, effect Effect) {
	ctx, cancel := most(ctx, 9, 10)
	defer cancel()
	s.call.Log.Debug("FLOW: %s", effect)
	s.o.After, s.o.OK = effect, true
	switch effect {
	case CheckService:
		if s.o.OK = s.serviceOK; !s.serviceChecked {
			s.o.OK = s.keepService(ctx)
		}
	case Launch:
		s.o.OK = s.control(ctx, "Start") && s.control(ctx, "WaitforStarted", s.waitSeconds(), "1")
		s.readRolesAgain(ctx)
	case Halt:
		s.o.OK = s.control(ctx, "Stop") && s.control(ctx, "WaitforStopped", s.waitSeconds(), "1")
	case AwaitToRegister:
		s.o.OK = s.awaitPrimary(ctx, awaitShort)
	case AwaitAfterFailure:
		// The start may have taken an hour.
		s.lookForPrimary(ctx)
		s.o.OK = s.awaitPrimary(ctx, awaitShort)
	case AwaitToStart:
		s.o.OK = s.awaitPrimary(ctx, awaitLong)
	case AwaitPermission:
		s.awaitPermission(ctx)
	case Register, TakeOver:
		s.change(ctx, effect)
	case AskRole:
		s.askRole(ctx)
	case Look:
		s.o.Landscape = s.landscape(ctx)
		s.o.OperationMode = s.operationMode(ctx)
	}
	s.o.Now = time.Now()
}

// change runs one of hdbnsutil's changes. Its exit status is logged and not believed: askRole afterwards
// tells what came of it.
func (s *session) change(ctx context.Context, effect Effect) {
	limited, cancel := most(ctx, 9, 10)
	defer cancel()
	began := time.Now()
	var err error
	if effect == TakeOver {
		err = s.tools.TakeOver(limited)
	} else {
		err = s.tools.Register(limited, s.o.Registration())
	}
	if err != nil {
		s.call.Log.Warn("%s: %v", effect, err)
	}
	s.info("ACT: " + effect.String() + " ended after " + time.Since(began).Round(time.Second).String())
}

// askRole reads the role anew.
func (s *session) askRole(ctx context.Context) {
	var err error
	s.o.Role, err = s.role(ctx)
	if err != nil {
		s.call.Log.Warn("replication role now: %s: %v", s.o.Role, err)
	}
	s.info("ACT: replication role now: role=" + s.o.Role.String())
}

// A takeover waits so long for its own permission to be readable, and looks again after each pause, of which the
// first is a blink: the daemon writes at once unless it is held up.
const (
	permissionTime  = 10 * time.Second
	permissionBlink = 10 * time.Millisecond
	permissionPause = 200 * time.Millisecond
)

// awaitPermission waits until the cluster shows that the takeover is the cluster's. The attribute daemon writes
// it after a while, and until then HANA's provider susTkOver would refuse (hana-hooks.md 4.3).
func (s *session) awaitPermission(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, permissionTime)
	defer cancel()
	for pause := permissionBlink; ; pause = min(2*pause, permissionPause) {
		cib, err := s.cluster.CIB(ctx)
		if err == nil {
			now := s.o.readNode(cib, s.o.Own.Name)
			if now.Action == s.o.Own.Action {
				return
			}
			err = errors.New("it is " + strconv.Quote(now.Action))
		}
		hana.Pause(ctx, pause)
		if ctx.Err() != nil {
			s.call.Log.Warn("the cluster does not show %s=%s: %v: a provider may refuse the takeover", s.o.SID.Attribute("sra"), s.o.Own.Action, err)
			return
		}
	}
}

// awaitPrimary waits until a primary runs on another node, or time is up.
func (s *session) awaitPrimary(ctx context.Context, pauses int) bool {
	for range pauses {
		if s.o.OtherPrimary {
			return true
		}
		if hana.Left(ctx) < awaitPause {
			s.call.Log.Warn("no time is left to wait for a primary")
			return false
		}
		s.info("DEC: no running primary on another node yet: waiting")
		hana.Pause(ctx, awaitPause)
		s.lookForPrimary(ctx)
	}
	return s.o.OtherPrimary
}

// lookForPrimary reads the other nodes' roles anew.
func (s *session) lookForPrimary(ctx context.Context) {
	cib, err := s.cluster.CIB(ctx)
	if err != nil {
		s.call.Log.Warn("%v", err)
		return
	}
	now := s.o
	now.readNodes(cib)
	s.o.OtherPrimary = now.OtherPrimary
}

// readRolesAgain is for a start before SAPHanaTopology had published roles (saphana.md 11.4).
func (s *session) readRolesAgain(ctx context.Context) {
	if s.o.Own.Roles != "" || s.o.Bare {
		return
	}
	if cib, err := s.cluster.CIB(ctx); err == nil {
		now := s.o
		now.readNodes(cib)
		s.o.Own.Roles = now.Own.Roles
	}
}

// waitSeconds is the time-out that sapcontrol gets: 95 % of the operation's, at least an hour (5.2). Our
// own deadline ends the call before the operation's does.
func (s *session) waitSeconds() string {
	seconds := int(s.call.Timeout/time.Second) * 95 / 100
	return strconv.Itoa(max(3600, seconds))
}

// control runs a function of sapcontrol as root, and reports whether it succeeded.
func (s *session) control(ctx context.Context, function string, args ...string) bool {
	result, err := s.sapcontrol(ctx, append([]string{"-function", function}, args...)...)
	switch {
	case err != nil:
		s.call.Log.Warn("sapcontrol %s: %v", function, err)
		return false
	case !result.OK():
		s.call.Log.Warn("sapcontrol %s: exit %d: %s", function, result.Code, firstLines(result.Text()))
		return false
	}
	s.info("ACT: sapcontrol " + function + ": done")
	return true
}

func (s *session) sapcontrol(ctx context.Context, args ...string) (run.Result, error) {
	return s.call.Runner.Run(ctx, run.Cmd{
		Path: s.program("sapcontrol"), Args: append([]string{"-nr", string(s.instance.Number)}, args...), Env: s.programEnv(),
	})
}

// programEnv is what SAP's programs need that root runs.
func (s *session) programEnv() []string {
	return []string{"LD_LIBRARY_PATH=" + s.exeDir(), "PATH=" + s.exeDir() + ":" + run.SystemPath, "SAPSYSTEMNAME=" + string(s.instance.SID)}
}

// firstLines is the beginning of an output, on one line.
func firstLines(text string) string {
	const most = 300
	if len(text) > most {
		text = text[:most]
	}
	return strconv.Quote(text)
}
