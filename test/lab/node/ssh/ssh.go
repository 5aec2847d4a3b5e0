// Package ssh stands in for the client of that name in a node: crmsh reaches even its own node through it, for example
// in `crm cluster stop`. It runs commands on the node itself; every other machine refuses the connection, since nodes run
// no server.
package ssh

import (
	"errors"
	"fmt"
	"strings"
)

// Where nodes find it.
const (
	Name = "ssh"
	Path = "/usr/bin/ssh"
)

// ExitFailure is ssh's own exit code: it did not come to run the command.
const ExitFailure = 255

// withValue are the options that take a value, after ssh(1).
const withValue = "BbcDEeFIiJLlmOopQRSWw"

// Command tells what to run on the machine called host for the arguments of an ssh command line: a shell's command line.
// The error is for standard error, and the exit code is ExitFailure then.
func Command(host string, args []string) (string, error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = afterOption(args)
	}
	if len(args) == 0 {
		return "", errors.New("usage: ssh [options] destination command")
	}
	target := args[0]
	if i := strings.LastIndex(target, "@"); i >= 0 {
		target = target[i+1:]
	}
	if target != host && target != "localhost" {
		return "", fmt.Errorf("ssh: connect to host %s port 22: Connection refused", target)
	}
	// Options may stand behind the destination, too.
	args = args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		args = afterOption(args)
	}
	if len(args) == 0 {
		return "", errors.New("ssh: a command is needed here")
	}
	return strings.Join(args, " "), nil
}

// afterOption leaves out the first argument, and its value if that is another one.
func afterOption(args []string) []string {
	letters := args[0][1:]
	for i, letter := range letters {
		if strings.ContainsRune(withValue, letter) {
			if i == len(letters)-1 && len(args) > 1 {
				return args[2:]
			}
			break
		}
	}
	return args[1:]
}
