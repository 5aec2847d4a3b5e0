package main

import (
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
)

func execCommand() *cli.Command {
	return &cli.Command{
		Name:      "exec",
		Usage:     "run a program on a node, with this terminal's streams, and exit as it does",
		ArgsUsage: "NODE -- PROGRAM [ARGUMENT...]",
		Action: func(c *cli.Context) error {
			args := c.Args().Slice()
			if len(args) > 1 && args[1] == "--" {
				args = append(args[:1:1], args[2:]...)
			}
			if len(args) < 2 {
				return usage("exec needs a node and a program: ocflab exec suse01 -- crm_mon -1")
			}
			return inside(c, args[0], args[1:])
		},
	}
}

func shellCommand() *cli.Command {
	return &cli.Command{
		Name:      "shell",
		Usage:     "open a shell on a node",
		ArgsUsage: "NODE",
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("shell needs a node")
			}
			return inside(c, c.Args().First(), []string{"/bin/bash", "-i"})
		},
	}
}

// inside runs a program on a node and turns its exit code into ours.
func inside(c *cli.Context, name string, args []string) error {
	lab, err := open(c)
	if err != nil {
		return err
	}
	process, err := lab.Process(c.Context, name)
	if err != nil {
		return cli.Exit(err, exitUnknown)
	}
	defer process.Close()
	cmd := node.Command(c.Context, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if term := os.Getenv("TERM"); term != "" {
		cmd.Env = append(cmd.Env, "TERM="+term)
	}
	err = node.Run(process, cmd)
	code, ran := node.ExitCode(err)
	switch {
	case !ran && strings.Contains(err.Error(), "not found"):
		return cli.Exit(err, 127)
	case !ran:
		return cli.Exit(err, exitUnknown)
	case code != 0:
		return cli.Exit("", code)
	}
	return nil
}

// open finds the laboratory that is up.
func open(c *cli.Context) (*cluster.Lab, error) {
	p, err := place()
	if err != nil {
		return nil, err
	}
	lab, err := cluster.Open(c.Context, p)
	if err != nil {
		return nil, cli.Exit(err, exitUnknown)
	}
	return lab, nil
}
