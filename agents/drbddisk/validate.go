package drbddisk

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/ocf"
	"ocfbox/internal/run"
)

// validate checks the configuration here and in the cluster, and tells of what is missing for the sake of the data.
func (d *disk) validate(ctx context.Context, c *ocf.Call) error {
	if err := d.refuse(c); err != nil {
		return err
	}
	if path := tool(d.root, c.Env, c.Log); !d.installed(path) {
		return ocf.ErrInstalled.With("%s is not installed", path)
	}
	setup, err := d.watch(c).configured()
	switch {
	case err != nil && !setup.Found:
		return ocf.ErrInstalled.With("DRBD's configuration cannot be read: %w", err)
	case !setup.Found:
		return ocf.ErrInstalled.With("DRBD's configuration has no resource %q", d.resource)
	case d.rules.AllowDual && !setup.TwoPrimaries():
		return ocf.ErrConfigured.With("allow_dual is set, and DRBD's configuration does not allow %s two primaries", d.resource)
	}
	if !setup.Fences() || setup.Option("fence-peer") == "" {
		c.Log.Warn("DRBD has no fencing policy and handler for %s: when the connection is lost while both nodes live, a promotion splits the data", d.resource)
	}
	return d.validateCluster(ctx, c)
}

// installed reports whether a program is there.
func (d *disk) installed(path string) bool {
	places := []string{path}
	if !filepath.IsAbs(path) {
		places = nil
		for _, folder := range strings.Split(run.SystemPath, ":") {
			places = append(places, filepath.Join(folder, path))
		}
	}
	for _, place := range places {
		if info, err := os.Stat(d.at(place)); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			return true
		}
	}
	return false
}

// clusterLimit bounds a question to the cluster's tools, and each write.
const clusterLimit = 5 * time.Second

// validateCluster looks for LINBIT's agent on the same resource, where a cluster can be asked. Two agents would promote
// and demote against each other.
func (d *disk) validateCluster(ctx context.Context, c *ocf.Call) error {
	if !inCluster(c) {
		return nil
	}
	cluster := crm.Cluster{Runner: c.Runner, Node: c.Node(), Timeout: clusterLimit}
	cib, err := cluster.CIB(ctx)
	if err != nil {
		c.Log.Debug("DBG: the cluster is not asked about other agents: %v", err)
		return nil
	}
	for _, r := range cib.Resources {
		name, _ := crm.Lookup(r.Params, "drbd_resource")
		if r.Type == "drbd" && name == d.resource {
			return ocf.ErrConfigured.With("%s of ocf:%s:drbd manages %s already: only one agent may", r.ID, r.Provider, d.resource)
		}
	}
	if value, _ := crm.Lookup(cib.Properties, "stonith-enabled"); value != "" {
		if enabled, ok := crm.Bool(value); ok && !enabled {
			c.Log.Warn("the cluster does not fence nodes (stonith-enabled=%s): a lost connection can split the data of %s", value, d.resource)
		}
	}
	return nil
}

// inCluster reports whether Pacemaker calls.
func inCluster(c *ocf.Call) bool { return c.Env("OCF_RESKEY_crm_feature_set") != "" }

// knowsDegraded reports whether a Pacemaker of this feature set takes 190 for degraded, which 3.0.10 was the first to do.
func knowsDegraded(set string) bool {
	first := [...]int{3, 0, 10}
	words := strings.Split(set, ".")
	for i, least := range first {
		n := 0
		if i < len(words) {
			n, _ = strconv.Atoi(words[i])
		}
		if n != least {
			return n > least
		}
	}
	return true
}
