package drbdsim

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"ocfbox/test/drbdsim/command"
	"ocfbox/test/drbdsim/config"
	"ocfbox/test/drbdsim/daemon"
	"ocfbox/test/hanasim/fault"
	"ocfbox/test/lab/node"
)

// The simulator's own programs: the node's kernel, and the hand that reaches under it.
const (
	bootName = "drbdsim-boot"
	handName = "drbdsim"
)

// Faults are the switches of its commands.
func Faults() fault.Simulator {
	return fault.Simulator{Prefix: "DRBDSIM_", File: "/run/drbdsim/switches"}
}

// Dispatch plays a part; ok is false when the name is none of ours.
func Dispatch(args []string) (code int, ok bool) {
	name := filepath.Base(args[0])
	if !slices.Contains([]string{bootName, handName, command.Adm, command.Setup}, name) {
		return 0, false
	}
	// The tools' names are those of the real ones: they mean the simulator only where its own program is started by them.
	if own, err := os.Executable(); err != nil || own != node.Binary {
		return 0, false
	}
	if name == bootName {
		return daemon.Main(), true
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	if name == handName {
		return hand{daemon.Client{}, os.Stdout, os.Stderr}.run(ctx, args[1:]), true
	}
	if code, ends := Faults().Play(name, command.Function(args[1:]), os.Stdout); ends {
		return code, true
	}
	host, err := os.Hostname()
	if err != nil {
		return 1, true
	}
	tool := command.Tool{Kernel: daemon.Client{}, Host: host, Config: config.File, In: os.Stdin, Out: os.Stdout, Err: os.Stderr}
	return tool.Run(ctx, name, args[1:]), true
}
