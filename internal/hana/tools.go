package hana

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/run"
)

// Tools are SAP's programs for one instance. Each call ends with its context, and none is repeated here:
// how often to ask is the caller's to decide. They may be called side by side.
type Tools struct {
	Runner   run.Runner
	Instance Instance
	// Account runs them.
	Account *Account
	// Exe holds the programs; empty is the instance's own directory.
	Exe string
	// Version chooses between the forms of a call (saphana-topology.md 4.1).
	Version Version
}

// firstStateConfiguration is the release since which hdbnsutil has -sr_stateConfiguration and
// -sr_stateHostMapping; firstSAPControl the one since which landscapeHostConfiguration.py has --sapcontrol.
func firstStateConfiguration() (int, int, int) { return 1, 0, 111 }
func firstSAPControl() (int, int, int)         { return 1, 0, 100 }

// Replication is the state of the local site. hdbnsutil reads files, so it also answers while HANA is down.
func (t *Tools) Replication(ctx context.Context) (Replication, error) {
	command := "-sr_stateConfiguration"
	if t.Version.Before(firstStateConfiguration()) {
		command = "-sr_state"
	}
	result, err := t.run(ctx, "hdbnsutil", command, "--sapcontrol=1")
	if err != nil {
		return Replication{}, err
	}
	return ParseReplication(string(result.Stdout))
}

// HasHostMapping reports whether hdbnsutil can be asked for host mappings alone. Older ones print them along
// with the state.
func (t *Tools) HasHostMapping() bool { return !t.Version.Before(firstStateConfiguration()) }

// HostMapping is which hosts the other sites have. While HANA is down there may be none: no error.
func (t *Tools) HostMapping(ctx context.Context) ([]Mapping, error) {
	result, err := t.run(ctx, "hdbnsutil", "-sr_stateHostMapping", "--sapcontrol=1")
	if err != nil {
		return nil, err
	}
	return ParseMappings(string(result.Stdout)), nil
}

// Parameters are values of configuration parameters by file/section/parameter; one that is not set is left
// out.
func (t *Tools) Parameters(ctx context.Context, keys ...string) (map[string]string, error) {
	var args []string
	for _, key := range keys {
		args = append(args, "--key="+key)
	}
	result, err := t.python(ctx, "getParameter.py", append(args, "--sapcontrol=1")...)
	if err != nil {
		return nil, err
	}
	return ParseParameters(string(result.Stdout))
}

// Landscape is the state of the local database. With an ErrGarbled the status is what the script exited
// with, for callers to whom that means something.
func (t *Tools) Landscape(ctx context.Context) (Landscape, error) {
	var args []string
	if !t.Version.Before(firstSAPControl()) {
		args = []string{"--sapcontrol=1"}
	}
	result, err := t.python(ctx, "landscapeHostConfiguration.py", args...)
	if err != nil {
		return Landscape{}, err
	}
	status := LandscapeStatus(result.Code)
	if !status.known() {
		return Landscape{}, fmt.Errorf("landscape: %w: exit %d", ErrGarbled, result.Code)
	}
	hosts, err := ParseLandscape(string(result.Stdout))
	return Landscape{Status: status, Hosts: hosts}, err
}

// InstalledVersion asks HDB version, for an installation without a manifest.
func (t *Tools) InstalledVersion(ctx context.Context) (Version, error) {
	result, err := t.run(ctx, "HDB", "version")
	if err != nil {
		return "", err
	}
	version := ParseVersion(string(result.Stdout))
	if version == "" {
		return "", fmt.Errorf("HDB version: %w: %q", ErrGarbled, clip(result.Text()))
	}
	return version, nil
}

// python runs one of HANA's scripts with HANA's own interpreter. The script is named in full, so that
// nobody has to change into a directory that may lie on a dead network storage.
func (t *Tools) python(ctx context.Context, script string, args ...string) (run.Result, error) {
	return t.run(ctx, "python", append([]string{filepath.Join(t.exe(), "python_support", script)}, args...)...)
}

func (t *Tools) exe() string {
	if t.Exe != "" {
		return t.Exe
	}
	return t.Instance.ExeDir()
}

// run starts a tool as <sid>adm. An exit status that is not the tool's own is an error.
func (t *Tools) run(ctx context.Context, tool string, args ...string) (run.Result, error) {
	result, err := t.start(ctx, tool, args)
	name := tool
	if tool == "python" {
		name = filepath.Base(args[0])
	}
	switch {
	case err != nil:
		return run.Result{}, fmt.Errorf("%s: %w", name, err)
	case strings.HasPrefix(result.FirstError(), "setpriv: "), strings.HasPrefix(result.FirstError(), "su: "):
		return run.Result{}, fmt.Errorf("%s: %w: %q", name, ErrNotStarted, result.FirstError())
	}
	return result, ended(name, result.Code)
}

// start chooses between the direct way and the login shell, which a host without setpriv has to use.
func (t *Tools) start(ctx context.Context, tool string, args []string) (run.Result, error) {
	if !t.Account.Login {
		result, err := t.Runner.Run(ctx, t.direct(tool, args))
		if !errors.Is(err, run.ErrNotFound) {
			return result, err
		}
	}
	cmd, err := t.throughLogin(tool, args)
	if err != nil {
		return run.Result{}, err
	}
	return t.Runner.Run(ctx, cmd)
}

func (t *Tools) direct(tool string, args []string) run.Cmd {
	a := t.Account
	return run.Cmd{
		Path: "setpriv",
		Args: append([]string{"--reuid=" + strconv.Itoa(a.UID), "--regid=" + strconv.Itoa(a.GID),
			"--init-groups", "--", tool}, args...),
		Env: a.Env,
	}
}

// throughLogin is the call as a login shell is told it. No word may need quoting, for the shell may be of
// the sh or the csh kind.
func (t *Tools) throughLogin(tool string, args []string) (run.Cmd, error) {
	for _, word := range args {
		if word == "" || strings.ContainsFunc(word, needsQuoting) {
			return run.Cmd{}, fmt.Errorf("%w: %q cannot be given to a login shell", ErrNotStarted, word)
		}
	}
	command := strings.Join(append([]string{tool}, args...), " ")
	return run.Cmd{Path: "su", Args: []string{"-", t.Account.Name, "-c", command}}, nil
}

func needsQuoting(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./=:,@%+", r))
}

// hostControl is the program that asks SAP's host agent, and hostLimit how long it may take: it has none
// of its own, and has been seen to hang.
const (
	hostControl = "/usr/sap/hostctrl/exe/saphostctrl"
	hostLimit   = 10 * time.Second
)

// Instances asks the host agent which instances the host has.
func Instances(ctx context.Context, runner run.Runner) ([]Listed, error) {
	ctx, cancel := context.WithTimeout(ctx, hostLimit)
	defer cancel()
	result, err := runner.Run(ctx, run.Cmd{Path: hostControl, Args: []string{"-function", "ListInstances"}})
	if err != nil {
		return nil, fmt.Errorf("list instances: %w", err)
	}
	all := ParseInstances(string(result.Stdout))
	if len(all) == 0 {
		return nil, fmt.Errorf("list instances: %w: exit %d, %q", ErrGarbled, result.Code, clip(result.Text()))
	}
	return all, nil
}
