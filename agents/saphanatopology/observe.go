package saphanatopology

import (
	"context"
	"errors"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// probeLimit bounds what a probe asks of HANA: many probes run when a node joins, and nobody waits for
// what they publish.
const probeLimit = 10 * time.Second

// errNotAsked is the answer to a question for which there was no time, or nobody to ask.
var errNotAsked = errors.New("not asked")

// An observer asks the questions of one action.
type observer struct {
	*topology
	call *ocf.Call
	// limit bounds each call of a HANA tool, landscapeLimit the landscape's.
	limit, landscapeLimit time.Duration
	// seen is what is known so far.
	seen Observation
	// database is the landscape's answer as it came: which host of it is this one shows later.
	database struct {
		landscape hana.Landscape
		err       error
	}
}

// observer is the one for an action.
func (a *topology) observer(c *ocf.Call, occasion Occasion) *observer {
	watch := &observer{topology: a, call: c, limit: a.callTimeout(), landscapeLimit: a.callTimeout()}
	watch.seen.SID, watch.seen.Occasion = a.instance.SID, occasion
	return watch
}

// look asks all that a regular monitor or an early probe has to know. What does not depend on each other
// is asked side by side: a tool that hangs takes its own time and nobody else's.
func (a *observer) look(ctx context.Context) Observation {
	o := &a.seen
	o.Version = a.manifest(ctx)
	a.database.err = errNotAsked
	hana.Together(
		func() {
			if o.Occasion == Regular {
				o.Memory.Tried = a.keepHostAgent(ctx, a.call, o.Memory.Tried)
			}
			o.VirtualHost = a.virtualHost(ctx)
		},
		func() {
			tools := a.tools(ctx)
			if tools == nil {
				o.MappingAsked = o.PartnerUnsure()
				return
			}
			hana.Together(
				func() { a.lookAtReplication(ctx, tools) },
				func() { a.lookAtLandscape(ctx, tools) },
			)
		},
	)
	if a.database.err != nil {
		a.call.Log.Debug("DBG: landscape: %v", a.database.err)
	}
	a.readDatabase()
	o.Now = time.Now()
	return *o
}

func (a *observer) lookAtLandscape(ctx context.Context, tools *hana.Tools) {
	a.database.landscape, a.database.err = a.landscape(ctx, tools, a.landscapeLimit, a.seen.Occasion)
}

// readDatabase takes the part of the landscape that is this node's.
func (a *observer) readDatabase() {
	a.seen.Landscape.read(a.database.landscape, a.database.err, a.host(), a.seen.Occasion)
}

// host is the node's HANA host name as far as it is known.
func (a *observer) host() string {
	if a.seen.VirtualHost != "" {
		return a.seen.VirtualHost
	}
	return Peer{Name: a.seen.Node, VirtualHost: a.seen.Published.VirtualHost}.host()
}

// lookAtReplication asks for mode and site, and for the partner when it is in doubt.
func (a *observer) lookAtReplication(ctx context.Context, tools *hana.Tools) {
	o := &a.seen
	r, err := a.replication(ctx, tools, a.limit)
	if err != nil {
		a.call.Log.Debug("DBG: replication: %v", err)
	}
	o.Mode, o.Site, o.Mappings = r.Mode, r.Site, r.Mappings
	if o.Occasion == Stop || !o.PartnerUnsure() {
		return
	}
	o.MappingAsked = true
	if !tools.HasHostMapping() {
		return
	}
	o.Mappings, err = hana.Within(ctx, a.limit, 1, tools.HostMapping)
	if err != nil {
		a.call.Log.Debug("DBG: host mapping: %v", err)
	}
}

// accountLimit bounds the look-up of <sid>adm and its environment.
const accountLimit = 20 * time.Second

// tools are HANA's programs, or nil where the host has no user to run them.
func (a *observer) tools(ctx context.Context) *hana.Tools {
	account, err := hana.Within(ctx, accountLimit, 4, func(ctx context.Context) (*hana.Account, error) {
		return a.instance.Account(ctx, a.call.Runner, a.call.State)
	})
	if err != nil {
		a.call.Log.Debug("DBG: %v", err)
		return nil
	}
	account.Login = ocf.True(a.call.Env("OCFBOX_SAP_LOGIN"))
	return &hana.Tools{Runner: a.call.Runner, Instance: a.instance, Account: account, Exe: a.exe, Version: a.seen.Version}
}

// manifest is the version that the installation's manifest names, or empty. A file is all it costs.
func (a *observer) manifest(ctx context.Context) hana.Version {
	version, err := hana.Within(ctx, versionLimit, 4, func(ctx context.Context) (hana.Version, error) {
		text, err := hana.ReadFile(ctx, a.at(a.instance.Manifest()))
		return hana.ParseManifest(string(text)), err
	})
	if err != nil {
		a.call.Log.Debug("DBG: %v", err)
	}
	return version
}

// virtualHost is the host name under which the host agent lists the instance, or empty.
func (a *observer) virtualHost(ctx context.Context) string {
	all, err := hana.Instances(ctx, a.call.Runner)
	if err != nil {
		a.call.Log.Debug("DBG: %v", err)
	}
	return a.instance.VirtualHost(all)
}

// clusterLimit bounds a question to the cluster's tools, and each write.
const clusterLimit = 15 * time.Second

func (a *topology) cluster(c *ocf.Call) *crm.Cluster {
	return &crm.Cluster{Runner: c.Runner, Node: c.Node(), Timeout: clusterLimit}
}

// readCluster is the one reading of the cluster that an action makes: who is there, and what is published.
func readCluster(ctx context.Context, cluster *crm.Cluster, o *Observation) (*crm.CIB, error) {
	node, err := hana.Within(ctx, clusterLimit, 2, cluster.LocalNode)
	if err != nil {
		return nil, err
	}
	o.Node, cluster.Node = node, node
	cib, err := hana.Within(ctx, clusterLimit, 2, cluster.CIB)
	if err != nil {
		return nil, err
	}
	o.read(cib)
	return cib, nil
}
