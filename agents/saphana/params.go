package saphana

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// A system is one configured instance of the agent.
type system struct {
	// root is where the host's files are.
	root     string
	instance hana.Instance
	policy   Policy
	// prefer and duplicate are PREFER_SITE_TAKEOVER and DUPLICATE_PRIMARY_TIMEOUT as configured.
	prefer, duplicate string
	removeSockets     bool
	// patience is HANA_CALL_TIMEOUT in seconds.
	patience int
	// exe, profiles and profile are DIR_EXECUTABLE, DIR_PROFILE and INSTANCE_PROFILE, or empty.
	exe, profiles, profile string
}

// defaultPatience is HANA_CALL_TIMEOUT where it is not given or no number.
const defaultPatience = 60

// bindParams declares the parameters of saphana.md 3.
func (a *system) bindParams(p *ocf.Params) {
	var unused string
	p.Text(&a.instance.SID, "SID", "", ocf.Required, "The SAP system id",
		`The SAP system id, such as "HA1".`)
	p.Text(&a.instance.Number, "InstanceNumber", "", ocf.Required, "The instance number",
		`The number of the SAP HANA instance: two digits, such as "10".`)
	p.String(&a.prefer, "PREFER_SITE_TAKEOVER", "false", 0, "Prefer a takeover over a local restart",
		`Whether the secondary takes over when the primary database fails and the two are in sync. If not, the
primary is restarted where it was. The value "never" scores secondaries so that they are never promoted.`)
	p.Bool(&a.policy.AutoRegister, "AUTOMATED_REGISTER", false, 0, "Register a former primary as secondary",
		`Whether a former primary is registered as the new secondary after a takeover. If not, an administrator
has to do it; until then the database stays down.`)
	p.String(&a.duplicate, "DUPLICATE_PRIMARY_TIMEOUT", "7200", 0, "Seconds between two primaries' timestamps",
		`By how many seconds the last primary timestamps of two former primaries have to differ before the older
one counts as the loser. Within that time nothing is decided.`)
	p.Bool(&a.removeSockets, "REMOVE_SAP_SOCKETS", true, 0, "Delete sapstartsrv's sockets before it is started",
		`Whether the UNIX sockets of sapstartsrv are deleted before it is started without systemd. If not, owner
and mode of the sockets are put right, and what cannot be is deleted.`)
	p.Int(&a.patience, "HANA_CALL_TIMEOUT", defaultPatience, ocf.AsString, "Seconds to wait for a HANA tool",
		`How long one call of a HANA tool that only asks may take, in seconds.`)
	p.String(&a.exe, "DIR_EXECUTABLE", "", 0, "Directory of the HANA programs",
		`Where sapstartsrv and sapcontrol are, if that is not /usr/sap/SID/HDBnn/exe.`)
	p.String(&a.profiles, "DIR_PROFILE", "", 0, "Directory of the start profile",
		`Where the start profile is, if that is not /usr/sap/SID/SYS/profile.`)
	p.String(&a.profile, "INSTANCE_PROFILE", "", ocf.Unique, "File name of the start profile",
		`The name of the start profile, if that is not SID_HDBnn_host.`)
	p.String(&unused, "SAPHanaFilter", "", 0, "Outdated and ignored",
		`Outdated and ignored: the property hana_<sid>_glob_filter chooses what is logged.`)
	p.Int(&a.policy.UnknownLimit, "UNKNOWN_LIMIT", 3, 0, "Monitors in a row that may not know HANA's state",
		`How many monitors in a row may get no answer about the database before one fails. Until then the last
result holds: a tool that hangs is no reason for a takeover. 0 never fails.`)
}

// settle turns what was bound into what the decisions use.
func (a *system) settle(p *ocf.Params) {
	switch {
	case ocf.True(a.prefer):
		a.policy.Prefer = PreferSite
	case a.prefer == "never", a.prefer == "NEVER", a.prefer == "Never":
		a.policy.Prefer = PreferNever
	}
	a.policy.DuplicateTimeout = -1
	if n, err := strconv.ParseInt(a.duplicate, 10, 64); err == nil && n >= 0 {
		a.policy.DuplicateTimeout = n
	}
	if p.Err("HANA_CALL_TIMEOUT") != nil || a.patience == 0 {
		a.patience = defaultPatience
	}
}

// refuse is why the agent cannot work as it is configured, in the order of saphana.md 2.1.
func (a *system) refuse(c *ocf.Call) error {
	switch {
	case !c.Root():
		return ocf.ErrPerm.With("%s needs root", c.Action)
	case c.Params.Err("SID") != nil:
		return ocf.ErrArgs.With("%w", c.Params.Err("SID"))
	case c.Params.Err("InstanceNumber") != nil:
		return ocf.ErrArgs.With("%w", c.Params.Err("InstanceNumber"))
	}
	if !c.Clone.Used() {
		return nil
	}
	for _, want := range []struct{ name, newer, value string }{
		{"clone_max", "", "2"}, {"clone_node_max", "", "1"},
		{"master_max", "promoted_max", "1"}, {"master_node_max", "promoted_node_max", "1"},
	} {
		value := c.Meta(want.name)
		if value == "" && want.newer != "" {
			value = c.Meta(want.newer)
		}
		// A missing limit of promoted instances is none (saphana.md 2.2).
		if value != want.value && !(value == "" && want.newer != "") {
			return ocf.ErrConfigured.With("%s is %q and must be %s", want.name, value, want.value)
		}
	}
	return nil
}

// missing is the program without which there is no such HANA on this node, or empty.
func (a *system) missing() string {
	for _, name := range []string{"sapstartsrv", "sapcontrol"} {
		info, err := os.Stat(a.at(a.program(name)))
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			return a.program(name)
		}
	}
	return ""
}

// program is one of SAP's programs.
func (a *system) program(name string) string { return filepath.Join(a.exeDir(), name) }

func (a *system) exeDir() string {
	if a.exe != "" {
		return a.exe
	}
	return a.instance.ExeDir()
}

// validate checks the parameters and asks nobody, also on a node without HANA (16.22).
func (a *system) validate(_ context.Context, c *ocf.Call) error { return a.refuse(c) }

// reload takes changed parameters: each action reads them anew.
func (a *system) reload(_ context.Context, c *ocf.Call) error {
	if err := a.refuse(c); err != nil {
		return err
	}
	return a.installed(c)
}

// installed is the answer of every action but stop on a node without HANA.
func (a *system) installed(c *ocf.Call) error {
	if name := a.missing(); name != "" {
		if c.Probe() {
			return ocf.NotRunning
		}
		return ocf.NotRunning.With("there is no %s on this node: %s cannot be run", name, a.instance)
	}
	return nil
}

// notify is accepted for configurations that ask for it, and there is nothing to do.
func notify(_ context.Context, c *ocf.Call) error {
	c.Log.Debug("RA: nothing to do for notify")
	return nil
}

// callTimeout is how long a tool may take that only asks.
func (a *system) callTimeout() time.Duration { return time.Duration(a.patience) * time.Second }

// at is a file of the host.
func (a *system) at(path string) string { return filepath.Join(a.root, path) }
