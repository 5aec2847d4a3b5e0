package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
	"ocfbox/internal/srhook"
)

// hookHelperTag is the name in the system's log.
const hookHelperTag = "ocfbox-srhook"

const hookHelperUsage = `usage: SAPHanaSR-hookHelper --sid=SID [--ino=NUMBER] --case=CASE

Answers the HA/DR providers of SAP HANA as root. The cases:

  checkTakeover  whether a takeover on this node is permitted
  fenceMe        let the cluster fence this node
  echoBe         restart this machine at once, where srhook.conf allows it
`

// The cases.
const (
	checkTakeover = "checkTakeover"
	fenceMe       = "fenceMe"
	echoBe        = "echoBe"
)

// anySystem is the SID with which the alert agent of SAPHanaSR-angi calls echoBe.
const anySystem = "ANY"

// A hookOrder is what the command line of the helper asks for.
type hookOrder struct {
	sid           hana.SID
	useCase       string
	help, version bool
}

// parseHookOrder reads the arguments: each option with its value attached or as the next word, as
// hana-hooks.md 5.1 has it. The SID may be in any case.
func parseHookOrder(args []string) (hookOrder, error) {
	var o hookOrder
	given := map[string]string{}
	for len(args) > 0 {
		name, value, attached := strings.Cut(args[0], "=")
		args = args[1:]
		switch name {
		case "--help":
			o.help = true
			continue
		case "--version":
			o.version = true
			continue
		case "--sid", "--ino", "--case":
		default:
			return o, fmt.Errorf("unknown argument %q", name)
		}
		if !attached {
			if len(args) == 0 {
				return o, fmt.Errorf("%s needs a value", name)
			}
			value, args = args[0], args[1:]
		}
		if _, twice := given[name]; twice {
			return o, fmt.Errorf("%s is given twice", name)
		}
		given[name] = value
	}
	if o.help || o.version {
		return o, nil
	}
	return o, o.take(given)
}

func (o *hookOrder) take(given map[string]string) error {
	sid, named := given["--sid"]
	switch {
	case !named:
		return errors.New("--sid is missing")
	case given["--case"] == "":
		return errors.New("--case is missing")
	case !slices.Contains([]string{checkTakeover, fenceMe, echoBe}, given["--case"]):
		return fmt.Errorf("no case is called %q", given["--case"])
	}
	o.useCase = given["--case"]
	if err := o.sid.UnmarshalText([]byte(strings.ToUpper(sid))); err != nil {
		return fmt.Errorf("--sid: %w", err)
	}
	if number, ok := given["--ino"]; ok {
		var ino hana.InstanceNumber
		if err := ino.UnmarshalText([]byte(number)); err != nil {
			return fmt.Errorf("--ino: %w", err)
		}
	}
	return nil
}

// hookHelper is the helper's door. It never reads anything of the caller's: sudo decides who may call it, and
// the arguments are all that is taken from there.
func (b *toolbox) hookHelper(args []string) int {
	order, err := parseHookOrder(args)
	switch {
	case err != nil:
		fmt.Fprintf(b.stderr, "%s: %v\n%s", srhook.HelperName, err, hookHelperUsage)
		return int(srhook.BadUsage)
	case order.help:
		fmt.Fprint(b.stdout, hookHelperUsage)
		return exitOK
	case order.version:
		fmt.Fprintf(b.stdout, "%s\n", version)
		return exitOK
	}
	say := b.note
	if say == nil {
		say = func(line string) { ocf.Note(hookHelperTag, ocf.Info, line) }
	}
	config, err := srhook.ReadConfig(srhook.ConfigPath, 0)
	if err != nil {
		say(fmt.Sprintf("configuration: %v", err))
	}
	helper := &srhook.Helper{Runner: b.runner, Config: config, SysRq: "/proc/sysrq-trigger", Say: say}
	verdict := order.carryOut(context.Background(), helper, os.Getenv("SUDO_USER"))
	// Everything on one line, whatever was quoted.
	reason := strings.Join(strings.Fields(verdict.Reason), " ")
	fmt.Fprintln(b.stdout, reason)
	say(fmt.Sprintf("%s %s: rc=%d %s", order.sid, order.useCase, verdict.Code, reason))
	return int(verdict.Code)
}

// carryOut answers the order for a caller, whom sudo names; empty is a call without sudo.
func (o hookOrder) carryOut(ctx context.Context, helper *srhook.Helper, caller string) srhook.Answer {
	if !o.mayCall(helper.Config, caller) {
		return srhook.Answer{Code: srhook.BadUsage, Reason: fmt.Sprintf("user %q may not ask for %s of %s: only %s may", caller, o.useCase, o.sid, o.sid.User())}
	}
	switch o.useCase {
	case checkTakeover:
		return helper.CheckTakeover(ctx, o.sid)
	case fenceMe:
		return helper.FenceMe(ctx, o.sid)
	}
	return helper.EchoBe()
}

// mayCall reports whether a user may have this answered: a system's user for that system only, whatever a rule
// in sudoers lets him say (hana-hooks.md 9).
func (o hookOrder) mayCall(config srhook.Config, caller string) bool {
	switch caller {
	case "", "root":
		return true
	case o.sid.User():
		return true
	case "hacluster":
		return o.useCase == echoBe && o.sid == anySystem
	}
	return slices.Contains(config.AllowUsers, caller)
}
