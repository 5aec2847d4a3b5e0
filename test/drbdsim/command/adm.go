package command

import (
	"context"
	"slices"
	"strings"

	"ocfbox/test/drbdsim/config"
	"ocfbox/test/drbdsim/core"
)

// A request is a command line of drbdadm, taken apart.
type request struct {
	verb    string
	names   []string
	options []string
}

func (q request) has(option string) bool { return slices.Contains(q.options, option) }

func take(args []string) request {
	var q request
	for _, a := range args {
		switch {
		case a == "--":
		case strings.HasPrefix(a, "-"):
			q.options = append(q.options, a)
		case q.verb == "":
			q.verb = a
		default:
			q.names = append(q.names, a)
		}
	}
	return q
}

// An action is what drbdadm does for one resource. It returns the exit code.
type action func(context.Context, request, core.Settings) int

func (t *Tool) actions() map[string]action {
	return map[string]action{
		"up": t.admUp, "down": t.admDown, "primary": t.admRole, "secondary": t.admRole,
		"connect": t.admConnect, "disconnect": t.admDisconnect, "attach": t.admVolume, "detach": t.admVolume,
		"invalidate": t.admVolume, "invalidate-remote": t.admVolume, "outdate": t.admOutdate, "verify": t.admVolume,
		"pause-sync": t.admVolume, "resume-sync": t.admVolume, "suspend-io": t.admVolume, "resume-io": t.admVolume,
		"new-current-uuid": t.admVolume, "create-md": t.admCreate, "adjust": t.admAdjust,
		"role": t.admAsk, "cstate": t.admAsk, "dstate": t.admAsk, "state": t.admAsk,
		"get-gi": t.admGI, "show-gi": t.admGI, "dump": t.admDump,
		"sh-dev": t.admShell, "sh-ll-dev": t.admShell, "sh-minor": t.admShell, "sh-nop": t.admShell,
	}
}

// adm is drbdadm.
func (t *Tool) adm(ctx context.Context, args []string) int {
	q := take(args)
	if q.has("--version") {
		return t.version()
	}
	all, err := config.Read(t.Config, t.Host)
	if err != nil {
		// An empty or broken configuration ends every call, whatever the kernel has.
		t.complain("%v", err)
		return core.CodeRefused
	}
	switch q.verb {
	case "":
		t.complain("USAGE: drbdadm COMMAND [OPTION...] {all|RESOURCE...}")
		return core.CodeConfig
	case "sh-resources":
		return t.resources(all)
	case "status":
		return t.admStatus(ctx, q, all)
	case "sh-status":
		return t.shStatus(all)
	}
	do, known := t.actions()[q.verb]
	if !known {
		t.complain("drbdadm: Unknown command '%s'", q.verb)
		return core.CodeConfig
	}
	chosen, code := t.choose(q, all)
	for _, s := range chosen {
		code = max(code, do(ctx, q, s))
	}
	return code
}

// choose finds the resources that a command line names.
func (t *Tool) choose(q request, all []core.Settings) (chosen []core.Settings, code int) {
	if len(q.names) == 0 && q.verb != "dump" {
		t.complain("drbdadm: %s requires a resource name", q.verb)
		return nil, core.CodeConfig
	}
	if slices.Contains(q.names, "all") || len(q.names) == 0 {
		return all, 0
	}
	for _, name := range q.names {
		resource, _, _ := strings.Cut(name, "/")
		resource, _, _ = strings.Cut(resource, ":")
		i := slices.IndexFunc(all, func(s core.Settings) bool { return s.Name == resource })
		if i < 0 {
			t.complain("'%s' not defined in your config (for this host).", name)
			return nil, core.CodeConfig
		}
		chosen = append(chosen, all[i])
	}
	return chosen, 0
}

func (t *Tool) version() int {
	api, kernel, extra := 1, "0x08040b", ""
	if t.nine() {
		api, kernel, extra = 2, "0x09020e", "DRBD_KERNEL_VERSION=9.2.14\n"
	}
	t.say("DRBDADM_BUILDTAG=GIT-hash:\\ 409097fe02187f83790b88ac3e0d94f3c167adab\\ reproducible\\ build\\,\\ 2023-01-09\\ 14:51:18\n"+
		"DRBDADM_API_VERSION=%d\nDRBD_KERNEL_VERSION_CODE=%s\n%sDRBDADM_VERSION_CODE=0x091600\nDRBDADM_VERSION=9.22.0\n", api, kernel, extra)
	return 0
}

func (t *Tool) resources(all []core.Settings) int {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	if t.nine() {
		t.say("%s\n", strings.Join(names, "\n"))
	} else {
		t.say("%s\n", strings.Join(names, " "))
	}
	return 0
}
