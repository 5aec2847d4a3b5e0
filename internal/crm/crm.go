// Package crm is the cluster as seen through Pacemaker's own commands: node attributes, cluster
// properties, promotion scores, the CIB, membership and status.
//
// The tools are dear: each start costs several times what an agent's whole monitor costs. So a monitor
// reads the CIB once with [Cluster.CIB], answers all its questions from that, and writes with
// [Cluster.Update], which starts a tool only for a value that differs. [Cluster.Status] costs a program
// that connects to every daemon; it is for displays and not for monitors.
//
// Not knowing is an error and never a value: an attribute that is not set is reported as such, while a
// tool that is missing, was not answered in time or printed rubbish gives an error. See the sentinels.
package crm

import (
	"context"
	"fmt"
	"path"
	"time"

	"ocfbox/internal/run"
)

// A Cluster is the cluster this node belongs to. Only Runner has to be set; a Cluster may be copied and
// used by several goroutines.
type Cluster struct {
	// Runner starts the tools.
	Runner run.Runner
	// Node is the cluster's name for this node where the caller knows it, as an agent does from
	// OCF_RESKEY_CRM_meta_on_node. Empty: crm_node is asked each time it is needed.
	Node string
	// FeatureSet is the CIB's feature set where the caller knows it, as an agent does from
	// OCF_RESKEY_crm_feature_set. Empty counts as a current one.
	FeatureSet string
	// Dir holds the tools; empty means that the runner finds them.
	Dir string
	// Timeout bounds each tool in addition to the context's deadline; 0 is no further bound.
	Timeout time.Duration
}

// The tools. All but crm_master are programs; crm_master is a script around crm_attribute.
const (
	toolAttribute = "crm_attribute"
	toolMaster    = "crm_master"
	toolCIB       = "cibadmin"
	toolMonitor   = "crm_mon"
	toolNode      = "crm_node"
)

// ask runs a tool. Every exit code but 0 becomes an *Error, because what these tools say with them
// is that they have no answer, or that there is none.
func (c *Cluster) ask(ctx context.Context, env []string, tool string, args ...string) (run.Result, error) {
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	cmd := run.Cmd{Path: tool, Args: args, Env: append(toolEnv(), env...)}
	if c.Dir != "" {
		cmd.Path = path.Join(c.Dir, tool)
	}
	result, err := c.Runner.Run(ctx, cmd)
	if err != nil {
		return run.Result{}, err
	}
	if result.Truncated {
		return run.Result{}, fmt.Errorf("run %s: %w: output longer than its bound", tool, ErrGarbled)
	}
	if !result.OK() {
		return result, newError(tool, result)
	}
	return result, nil
}

// toolEnv makes the tools take arguments as UTF-8. They parse options with glib before any setlocale,
// and would refuse every byte above 127 with exit 64, "Invalid byte sequence in conversion input"
// (observed on 2.1.5, whatever LC_ALL says); glib looks at CHARSET first.
func toolEnv() []string { return []string{"CHARSET=UTF-8"} }
