package srhook

import (
	"errors"
	"fmt"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

// A Code is the exit code of SAPHanaSR-hookHelper. The hook takes every code that it does not know for
// "reject", so a new one is safe (hana-hooks.md 4.2 and 5).
type Code int

// The codes. 1 stays free: it is sudo's, when that denies the call.
const (
	// PermitCluster: the cluster itself is taking over.
	PermitCluster Code = 0
	// BadUsage: the arguments are not understood, or the caller may not.
	BadUsage Code = 2
	// Block: the cluster manages the database.
	Block Code = 4
	// PermitMaintenance: the cluster leaves the database alone for now.
	PermitMaintenance Code = 5
	// NoCluster: the cluster is not running on this node.
	NoCluster Code = 6
	// UnknownSystem: the cluster has no resource of this system.
	UnknownSystem Code = 7
	// NothingFences: a request to fence would have no effect.
	NothingFences Code = 8
	// StillAlive: fencing was requested, and this node lives on.
	StillAlive Code = 42
	// NoAnswer: a tool of the cluster is missing, or what it says is not understood.
	NoAnswer Code = 97
	// TooSlow: the cluster did not answer in time.
	TooSlow Code = 98
	// ClusterFails: a tool of the cluster reports an error.
	ClusterFails Code = 99
)

// An Answer is what the helper says: the exit code, and one line with the reason.
type Answer struct {
	Code   Code
	Reason string
}

func answer(code Code, format string, args ...any) Answer {
	return Answer{code, fmt.Sprintf(format, args...)}
}

// A Takeover is all that is known when somebody takes over by hand, or the cluster does.
type Takeover struct {
	SID hana.SID
	// CIB is the cluster's configuration and state, or CIBErr says why it is not known.
	CIB    *crm.CIB
	CIBErr error
	// Node is the cluster's name for this node, empty when NodeErr says that it is not known.
	Node    string
	NodeErr error
	// Told is what this node's attribute daemon has for the action of the resource agent, unless ToldErr says
	// why that is not known. It matters only where NeedsDaemon says so.
	Told    string
	ToldErr error
	// AcceptMaintenanceMode permits a takeover also when only the whole cluster is in maintenance mode.
	AcceptMaintenanceMode bool
}

// takingOver is the value of the attribute sra while the agent runs -sr_takeover (hana-hooks.md 4.3).
const takingOver = "T"

// NeedsDaemon reports whether the CIB alone does not permit the takeover, so that the attribute daemon has to
// be asked: it may know of the agent's action what the CIB does not have yet.
func (o Takeover) NeedsDaemon() bool {
	_, sure := o.byCIB()
	return !sure
}

// Decide says whether the takeover is permitted (hana-hooks.md 5.2).
func (o Takeover) Decide() Answer {
	if verdict, sure := o.byCIB(); sure {
		return verdict
	}
	name := o.SID.Attribute("sra")
	switch err := o.ToldErr; {
	case err == nil && o.Told == takingOver:
		return answer(PermitCluster, "permit: the cluster is taking over (%s=T, not yet in the CIB)", name)
	case errors.Is(err, crm.ErrNotConnected):
		return answer(NoCluster, "permit: the cluster is not running on this node")
	case errors.Is(err, run.ErrTimeout):
		return answer(TooSlow, "block: whether the cluster itself is taking over is not known: %v", err)
	case err != nil && !errors.Is(err, crm.ErrNoAttribute):
		return answer(Block, "block: whether the cluster itself is taking over is not known: %v", err)
	}
	return answer(Block, "block: the cluster manages %s and is not taking over here%s", o.SID, o.remarks())
}

// byCIB is the answer as far as the CIB has it.
func (o Takeover) byCIB() (verdict Answer, sure bool) {
	if o.CIBErr != nil {
		return unanswered(o.CIBErr), true
	}
	if !configured(o.CIB, o.SID) {
		return answer(UnknownSystem, "no resource of this cluster has SID=%s", o.SID), true
	}
	if value, _ := o.CIB.Value(crm.TransientOf(o.Node, o.SID.Attribute("sra"))); o.Node != "" && value == takingOver {
		return answer(PermitCluster, "permit: the cluster is taking over (%s=T on %s)", o.SID.Attribute("sra"), o.Node), true
	}
	if why := unmanaged(o.CIB, o.SID); why != "" {
		return answer(PermitMaintenance, "permit: %s", why), true
	}
	if o.AcceptMaintenanceMode && maintenanceMode(o.CIB) {
		return answer(PermitMaintenance, "permit: maintenance-mode is set, which srhook.conf accepts"), true
	}
	return Answer{}, false
}

// unanswered is the answer when the CIB cannot be read. An error that the cluster reports permits, as SUSE
// decided (hana-hooks.md 15.6); not hearing from it does not.
func unanswered(err error) Answer {
	var refused *crm.Error
	switch {
	case errors.Is(err, crm.ErrNotConnected):
		return answer(NoCluster, "permit: the cluster is not running on this node")
	case errors.Is(err, run.ErrTimeout):
		return answer(TooSlow, "block: the cluster is too slow: %v", err)
	case errors.As(err, &refused):
		return answer(ClusterFails, "permit: the cluster does not work: %v", err)
	}
	return answer(NoAnswer, "block: what the cluster does is not known: %v", err)
}

// remarks say what an operator may have thought would permit the takeover.
func (o Takeover) remarks() string {
	text := ""
	resources := promotable(o.CIB, o.SID)
	if len(resources) > 0 && maintenanceMode(o.CIB) {
		text += fmt.Sprintf("; maintenance-mode is set, but resource %s is not in maintenance", outermost(o.CIB, resources[0]).ID)
	}
	for _, id := range conditional(o.CIB, resources) {
		text += fmt.Sprintf("; meta attributes of %s that depend on a rule are ignored", id)
	}
	if o.NodeErr != nil {
		text += fmt.Sprintf("; %v", o.NodeErr)
	}
	return text
}
