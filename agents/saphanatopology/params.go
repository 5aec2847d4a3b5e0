package saphanatopology

import (
	"context"
	"path/filepath"
	"time"

	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// A topology is one configured instance of the agent.
type topology struct {
	// root is where the host's files are.
	root     string
	instance hana.Instance
	// patience is HANA_CALL_TIMEOUT in seconds, exe is DIR_EXECUTABLE or empty.
	patience int
	exe      string
}

// bindParams declares the parameters of saphana-topology.md 3.
func (a *topology) bindParams(p *ocf.Params) {
	var unused string
	p.Text(&a.instance.SID, "SID", "", ocf.Required, "The SAP system id",
		`The SAP system id, such as "HA1".`)
	p.Text(&a.instance.Number, "InstanceNumber", "", ocf.Required, "The instance number",
		`The number of the SAP HANA instance: two digits, such as "10".`)
	p.Int(&a.patience, "HANA_CALL_TIMEOUT", 60, ocf.AsString, "Seconds to wait for a HANA tool",
		`How long one call of a HANA tool that only asks may take, in seconds.`)
	p.String(&a.exe, "DIR_EXECUTABLE", "", 0, "Directory of the HANA programs",
		`Where the HANA programs are, if that is not /usr/sap/SID/HDBnn/exe.`)
	p.String(&unused, "SAPHanaFilter", "", 0, "Outdated and ignored",
		`Outdated and ignored: the property hana_<sid>_glob_filter chooses what is logged.`)
	p.String(&unused, "DIR_PROFILE", "", ocf.Hidden, "Outdated and ignored", "Outdated and ignored.")
}

// refuse is why the agent cannot work as it is configured, in the order of saphana-topology.md 2.1.
func (a *topology) refuse(c *ocf.Call) error {
	switch {
	case !c.Root():
		return ocf.ErrPerm.With("%s needs root", c.Action)
	case c.Params.Err("SID") != nil:
		return ocf.ErrArgs.With("%w", c.Params.Err("SID"))
	case c.Params.Err("InstanceNumber") != nil:
		return ocf.ErrArgs.With("%w", c.Params.Err("InstanceNumber"))
	case c.Clone.Used() && c.Meta("clone_node_max") != "1":
		return ocf.ErrConfigured.With("clone-node-max must be 1: one instance watches a node")
	}
	return nil
}

// validate checks the parameters and asks nobody.
func (a *topology) validate(_ context.Context, c *ocf.Call) error { return a.refuse(c) }

// notify is accepted for configurations that ask for it, and there is nothing to do.
func notify(_ context.Context, c *ocf.Call) error {
	c.Log.Info("RA: nothing to do for notify")
	return nil
}

// callTimeout is how long a tool may take that only asks.
func (a *topology) callTimeout() time.Duration {
	return time.Duration(max(a.patience, 1)) * time.Second
}

// at is a file of the host.
func (a *topology) at(path string) string { return filepath.Join(a.root, path) }
