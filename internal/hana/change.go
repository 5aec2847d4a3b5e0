package hana

import (
	"context"
	"fmt"
	"strings"
)

// SyncStatus is how far the replication to the site of that name is; an empty name is all sites. With an
// ErrGarbled the status is what the script exited with.
func (t *Tools) SyncStatus(ctx context.Context, site string) (SyncStatus, error) {
	var args []string
	if site != "" {
		args = []string{"--site=" + site}
	}
	result, err := t.python(ctx, "systemReplicationStatus.py", args...)
	if err != nil {
		return 0, err
	}
	if _, err := ParseSyncStatus(result.Code, string(result.Stdout)); err != nil {
		return SyncStatus(result.Code), err
	}
	return SyncStatus(result.Code), nil
}

// TakeOver makes the local site the primary. Whether it worked shows in the role afterwards: hdbnsutil's
// exit status says little.
func (t *Tools) TakeOver(ctx context.Context) error {
	return t.change(ctx, []string{"-sr_takeover"})
}

// A Registration is how a site becomes a secondary (saphana.md 5.2).
type Registration struct {
	// RemoteHost is a host of the primary's, Site the name of the site that is registered.
	RemoteHost, Site string
	Mode             Mode
	// OperationMode may be empty: HANA takes its own.
	OperationMode string
}

// firstReplicationMode is the release since which hdbnsutil has --replicationMode.
func firstReplicationMode() (int, int, int) { return 1, 0, 110 }

// Register makes the local site a secondary. See TakeOver for the result.
func (t *Tools) Register(ctx context.Context, r Registration) error {
	return t.change(ctx, t.registerArgs(r))
}

// RegisterCommand is the command of Register as an administrator would type it.
func (t *Tools) RegisterCommand(r Registration) string {
	return "hdbnsutil " + strings.Join(t.registerArgs(r), " ")
}

func (t *Tools) registerArgs(r Registration) []string {
	args := []string{"-sr_register", "--remoteHost=" + r.RemoteHost, "--remoteInstance=" + string(t.Instance.Number)}
	if t.Version.Before(firstReplicationMode()) {
		return append(args, "--mode="+string(r.Mode), "--name="+r.Site)
	}
	args = append(args, "--replicationMode="+string(r.Mode))
	if r.OperationMode != "" {
		args = append(args, "--operationMode="+r.OperationMode)
	}
	return append(args, "--name="+r.Site)
}

func (t *Tools) change(ctx context.Context, args []string) error {
	result, err := t.run(ctx, "hdbnsutil", args...)
	switch {
	case err != nil:
		return err
	case !result.OK():
		return fmt.Errorf("hdbnsutil %s: exit %d: %s", args[0], result.Code, result.FirstError())
	}
	return nil
}
