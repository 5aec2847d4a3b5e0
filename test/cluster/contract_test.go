package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"testing"

	"ocfbox/internal/crm/crmtest"
	programs "ocfbox/internal/run"
	"ocfbox/test/lab"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
)

// The cluster in memory that the agents are tested with and a real Pacemaker answer alike.
func TestPacemakerKeepsTheContract(t *testing.T) {
	needLab(t)
	lab.Need(t, "crm_attribute", "crm_master", "cibadmin", "crm_node")
	l := up(t, place(t))
	for _, name := range cluster.Names(2) {
		t.Run(name, func(t *testing.T) { crmtest.Contract(t, inside{l, name}, name) })
	}
	t.Run("where Pacemaker is not running", func(t *testing.T) {
		crmtest.ContractStopped(t, inside{l, cluster.ClientHost})
	})
}

// inside runs programs on a node of the laboratory.
type inside struct {
	lab  *cluster.Lab
	node string
}

var _ programs.Runner = inside{}

func (i inside) Run(ctx context.Context, c programs.Cmd) (programs.Result, error) {
	process, err := i.lab.Process(ctx, i.node)
	if err != nil {
		return programs.Result{}, &programs.Error{Cmd: c, Err: err}
	}
	defer process.Close()
	var out, messages bytes.Buffer
	cmd := node.Command(ctx, append([]string{c.Path}, c.Args...)...)
	cmd.Env = append(append(cmd.Env, programs.BaseEnv()...), c.Env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(c.Stdin), &out, &messages
	err = node.Run(process, cmd)
	code, ran := node.ExitCode(err)
	switch {
	case ctx.Err() != nil:
		return programs.Result{}, &programs.Error{Cmd: c, Err: programs.ErrTimeout}
	case errors.Is(err, exec.ErrNotFound):
		return programs.Result{}, &programs.Error{Cmd: c, Err: programs.ErrNotFound}
	case !ran:
		return programs.Result{}, &programs.Error{Cmd: c, Err: err}
	}
	return programs.Result{Code: code, Stdout: out.Bytes(), Stderr: messages.Bytes()}, nil
}
