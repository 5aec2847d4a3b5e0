// Package multicall lets one program play every part in the laboratory. Call Dispatch first
// in main, or in a test's TestMain: a test binary then is a laboratory of its own.
package multicall

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"ocfbox/test/drbdsim"
	"ocfbox/test/hanasim"
	"ocfbox/test/lab/defect"
	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/fence/sbd"
	"ocfbox/test/lab/files/store"
	"ocfbox/test/lab/fuse"
	"ocfbox/test/lab/guard"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/node/ssh"
	"ocfbox/test/lab/node/systemctl"
	"ocfbox/test/lab/rack"
)

// Dispatch plays the part that argv[0] names and does not return then. It returns when
// the name means nothing here.
func Dispatch() {
	name := filepath.Base(os.Args[0])
	switch name {
	case rack.ProcessName:
		os.Exit(rack.Main(os.Args[1]))
	case node.BootName:
		os.Exit(node.Boot())
	case node.InitName:
		os.Exit(node.Init())
	case guard.HolderName:
		os.Exit(guard.Hold())
	case fence.Name:
		agent := fence.Agent{Device: fence.Socket(node.PowerSocket), Out: os.Stdout, Err: os.Stderr}
		os.Exit(agent.Main(context.Background(), os.Stdin, os.Args[1:]))
	case systemctl.Name:
		os.Exit(systemctl.Tool{Manager: node.UnitSocket, Out: os.Stdout, Err: os.Stderr}.Main(context.Background(), os.Args[1:]))
	case ssh.Name:
		os.Exit(onThisNode(os.Args[1:]))
	case store.Name:
		os.Exit(store.Main(os.Args[1:]))
	case sbd.Name:
		os.Exit(storage(os.Args))
	}
	if code, ok := fuse.Dispatch(os.Args); ok {
		os.Exit(code)
	}
	if code, ok := defect.Dispatch(os.Args); ok {
		os.Exit(code)
	}
	if code, ok := hanasim.Dispatch(os.Args); ok {
		os.Exit(code)
	}
	if code, ok := drbdsim.Dispatch(os.Args); ok {
		os.Exit(code)
	}
}

// storage is the program sbd or, under the path of cluster-glue's plugins, its fencing agent.
func storage(args []string) int {
	host, err := os.Hostname()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", sbd.Name, err)
		return 1
	}
	tool := sbd.Tool{Device: fence.Socket(node.PowerSocket), Host: host, Out: os.Stdout, Err: os.Stderr}
	if args[0] == sbd.PluginPath {
		return tool.Plugin(context.Background(), args[1:])
	}
	return tool.Main(context.Background(), args[1:])
}

// onThisNode becomes the shell that runs an ssh command line. It returns only when that failed.
func onThisNode(args []string) int {
	host, err := os.Hostname()
	var command string
	if err == nil {
		command, err = ssh.Command(host, args)
	}
	if err == nil {
		err = unix.Exec("/bin/sh", []string{"sh", "-c", command}, os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	return ssh.ExitFailure
}
