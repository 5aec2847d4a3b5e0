package pair

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"ocfbox/agents/saphana"
	"ocfbox/internal/hana"
	"ocfbox/test/scheduler"
)

// The names of the guide's example.
const (
	First, Second = "suse01", "suse02"

	Resource = "rsc_SAPHana_HA1_HDB10"
	Clone    = "msl_SAPHana_HA1_HDB10"
	Address  = "rsc_ip_HA1_HDB10"

	sid = hana.SID("HA1")

	// score is the attribute of the promotion score.
	score = "master-" + Resource
)

// What the topology agent publishes of a database, after its landscape status and its part in the replication.
const (
	runs    = ":master1:master:worker:master"
	stopped = ":master1::worker:"
)

// sites are the names of the nodes' sites.
var sites = map[string]string{First: "WDF", Second: "ROT"}

// preferences are the values of PREFER_SITE_TAKEOVER.
var preferences = map[saphana.Preference]string{
	saphana.PreferSite: "true", saphana.PreferLocal: "false", saphana.PreferNever: "never",
}

// SiteOf is the name of the node's site.
func SiteOf(node string) string { return sites[node] }

// Other is the other node.
func Other(node string) string {
	if node == First {
		return Second
	}
	return First
}

// A Database is the HANA of a node, as it really is.
type Database struct {
	Role hana.Role
	Up   bool
	// Silent databases do not say whether they are up.
	Silent bool
	// Roles is what the topology agent publishes in place of what is usual for such a database.
	Roles string
	// Behind is a secondary that runs and lacks data.
	Behind bool
	// Stuck is what the database will not do: an effect that does not come about.
	Stuck saphana.Effect
}

// published are the roles attribute.
func (d Database) published() string {
	switch {
	case d.Roles != "":
		return d.Roles
	case d.Up:
		return "4:" + d.Role.Letter() + runs
	}
	return "1:" + d.Role.Letter() + stopped
}

func (d Database) landscape() saphana.Landscape {
	switch {
	case d.Silent:
		return saphana.Landscape{}
	case d.Up:
		return saphana.Landscape{Known: true, Status: hana.LandscapeOK}
	}
	return saphana.Landscape{Known: true, Status: hana.LandscapeError}
}

// A Pair is a cluster and its two databases. Its methods change it; Copy makes one to change.
type Pair struct {
	Cluster *scheduler.Cluster
	// Databases are by node.
	Databases map[string]Database
	Policy    saphana.Policy
	// Linked tells that the replication network works.
	Linked bool
	// Hooked tells that SAPHanaSR.py is configured in the databases.
	Hooked bool
	// Mute tells that the primary cannot ask for the replication's state.
	Mute bool
	// Lags tells that a secondary that starts is behind until CatchUp, and that the hook, which reports changes, has
	// nothing to say so long.
	Lags bool
	// Agent is saphana.Decide, or one with a fault for the tests of the bench.
	Agent func(saphana.Observation) saphana.Verdict

	clock time.Time
	// files are the local copies of the LPT, by node.
	files map[string]string
	// places are where the resource is since the last transition.
	places []scheduler.Place
	// written are the attributes that agents have written in the transition that goes on.
	written []saphana.Write
	// unknown is how many monitors in a row could not find out how HANA is, by node.
	unknown map[string]int
	// lost are the nodes that have taken over in the last transition although they lacked data.
	lost []string
}

// New is the pair of a configuration with that policy, at rest: both nodes up, the primary on the first, the secondary
// in sync.
func New(ctx context.Context, text string, prefer saphana.Preference, register bool) (*Pair, error) {
	cluster, err := scheduler.Load(ctx, text)
	if err != nil {
		return nil, err
	}
	p := &Pair{
		Cluster: cluster.Online(First).Online(Second).
			Param(Resource, "PREFER_SITE_TAKEOVER", preferences[prefer]).
			Param(Resource, "AUTOMATED_REGISTER", strconv.FormatBool(register)),
		Databases: map[string]Database{
			First: {Role: hana.Primary, Up: true}, Second: {Role: hana.Secondary, Up: true},
		},
		Policy: saphana.Policy{Prefer: prefer, AutoRegister: register, DuplicateTimeout: 7200, UnknownLimit: 3},
		Linked: true,
		Hooked: true,
		Agent:  saphana.Decide,
		clock:  time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC),
		files:  make(map[string]string), unknown: make(map[string]int),
	}
	p.Inform()
	for _, node := range []string{First, Second} {
		if err := p.Refresh(node); err != nil {
			return nil, err
		}
	}
	if _, err := p.Settle(ctx); err != nil {
		return nil, fmt.Errorf("first start: %w", err)
	}
	return p, nil
}

// Copy is a pair of its own.
func (p *Pair) Copy() *Pair {
	c := *p
	c.Databases, c.files, c.written = maps.Clone(p.Databases), maps.Clone(p.files), slices.Clone(p.written)
	c.unknown, c.lost = maps.Clone(p.unknown), slices.Clone(p.lost)
	return &c
}

// With changes the database of a node.
func (p *Pair) With(node string, change func(*Database)) {
	d := p.Databases[node]
	change(&d)
	p.Databases[node] = d
}

// Crash ends the database of a node.
func (p *Pair) Crash(node string) { p.With(node, func(d *Database) { d.Up, d.Behind = false, false }) }

// primary is the node with a primary that runs, or "".
func (p *Pair) primary() string {
	for _, node := range []string{First, Second} {
		if d := p.Databases[node]; d.Up && d.Role == hana.Primary {
			return node
		}
	}
	return ""
}

// inSync reports whether the node is the secondary of a primary that runs, and has all its data.
func (p *Pair) inSync(node string) bool {
	primary, d := p.primary(), p.Databases[node]
	return p.Linked && primary != "" && primary != node && d.Up && d.Role == hana.Secondary && !d.Behind
}

// CatchUp gives the secondaries all data, and has the hook tell of it.
func (p *Pair) CatchUp() {
	for node := range sites {
		p.With(node, func(d *Database) { d.Behind = false })
	}
	p.Inform()
}

// Inform has the hook and the topology agents tell the cluster how the databases are.
func (p *Pair) Inform() {
	for _, node := range []string{First, Second} {
		if p.Cluster.Member(node) {
			p.Cluster = p.Cluster.Transient(node, sid.Attribute("roles"), p.Databases[node].published())
		}
	}
	primary := p.primary()
	if inSync := p.inSync(Other(primary)); p.Hooked && primary != "" && (inSync || !p.Lags) {
		p.Hook(Other(primary), map[bool]string{true: "SOK", false: "SFAIL"}[inSync])
	}
}

// Hook sets what the hook has last said of a node's site.
func (p *Pair) Hook(node, state string) {
	p.Cluster = p.Cluster.Property(sid.Attribute("site_srHook_"+SiteOf(node)), state)
}

// Poll sets what the primary has last found out about a node's replication.
func (p *Pair) Poll(node, state string) {
	p.Cluster = p.Cluster.Transient(node, sid.Attribute("sync_state"), state)
}

// Effective is the replication state of a node that counts, read from the cluster.
func (p *Pair) Effective(node string) string { return p.node(node).Effective() }

// Score is the promotion score of a node.
func (p *Pair) Score(node string) string {
	return p.Cluster.TransientValue(node, score)
}
