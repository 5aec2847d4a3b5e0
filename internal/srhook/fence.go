package srhook

import (
	"context"
	"fmt"
	"os"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/run"
)

// Deadlines of fenceMe, which together stay below the 70 s that a hook gives it.
const (
	fenceAskTime = 8 * time.Second
	prekillTime  = 10 * time.Second
	// fenceWait is how long a node that has asked to be fenced waits for it, from the first question on.
	fenceWait = 60 * time.Second
)

// fenceable says why a request to fence would have no effect, empty when it would have one.
func fenceable(cib *crm.CIB) string {
	// Newer clusters call it fencing-enabled, and read both.
	if !property(cib, "fencing-enabled", property(cib, "stonith-enabled", true)) {
		return "stonith-enabled is false"
	}
	for _, r := range cib.Resources {
		template, _ := cib.Resource(r.Template)
		if r.Kind == "primitive" && (r.Class == "stonith" || r.Template != "" && template.Class == "stonith") {
			return ""
		}
	}
	return "there is no fencing resource"
}

// FenceMe asks the cluster to fence this node, and waits for it. The node attribute terminate makes the
// scheduler do so (hana-hooks.md 5.3); it does not depend on crmsh.
func (h *Helper) FenceMe(ctx context.Context, sid hana.SID) Answer {
	ctx, cancel := context.WithTimeout(ctx, fenceWait)
	defer cancel()
	cluster := &crm.Cluster{Runner: h.Runner, Timeout: fenceAskTime}
	cib, err := cluster.CIB(ctx)
	if err != nil {
		return unfenced(err)
	}
	if why := fenceable(cib); why != "" {
		return answer(NothingFences, "not fenced: %s", why)
	}
	node, err := cluster.LocalNode(ctx)
	if err != nil {
		return unfenced(err)
	}
	if h.Config.FencePrekill {
		h.prekill(ctx, sid)
	}
	if err := cluster.Set(ctx, crm.TransientOf(node, "terminate"), "true"); err != nil {
		return unfenced(err)
	}
	queued := ""
	if maintenanceMode(cib) {
		queued = fmt.Sprintf("; in maintenance-mode the request waits for its end: to revoke it, crm_attribute -t status -N %s -D -n terminate", node)
	}
	h.Say(fmt.Sprintf("fencing of this node %s is requested%s", node, queued))
	<-ctx.Done()
	return answer(StillAlive, "fencing of %s was requested, and the node is still alive%s", node, queued)
}

// unfenced is the answer when the cluster could not be asked to fence.
func unfenced(err error) Answer {
	a := unanswered(err)
	return answer(a.Code, "not fenced: %v", err)
}

// prekill ends the database before the node is fenced, so that it writes nothing more meanwhile. That it does
// not succeed keeps nothing from being fenced.
func (h *Helper) prekill(ctx context.Context, sid hana.SID) {
	ctx, cancel := context.WithTimeout(ctx, prekillTime)
	defer cancel()
	result, err := h.Runner.Run(ctx, run.Cmd{Path: "su", Args: []string{"-", sid.User(), "-c", "HDB kill-9"}})
	if err == nil && !result.OK() {
		err = fmt.Errorf("exit %d: %s", result.Code, result.FirstError())
	}
	if err != nil {
		h.Say(fmt.Sprintf("HDB kill-9 before fencing: %v", err))
	}
}

// EchoBe restarts the machine at once, without writing anything back to its disks. Only a root-owned
// configuration opens it (hana-hooks.md 5.4).
func (h *Helper) EchoBe() Answer {
	if !h.Config.AllowSysRq {
		return answer(BadUsage, "echoBe is not allowed: allow_sysrq is not set in %s", ConfigPath)
	}
	h.Say("restarting this machine at once, as echoBe asks")
	if err := os.WriteFile(h.SysRq, []byte("b\n"), 0); err != nil {
		return answer(ClusterFails, "not restarted: %v", err)
	}
	return answer(StillAlive, "the kernel was asked to restart, and the node is still alive")
}
