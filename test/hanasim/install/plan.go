package install

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/site"
)

// PlanFile says what to install on this node.
const PlanFile = "/etc/ocflab/hana-plan.json"

// A State is how far a system is set up.
type State string

// The states. Running differs from Registered only by what is done after the boot.
const (
	// Installed: a system without replication on every node.
	Installed State = "installed"
	// Registered: the first site is primary, the others are its secondaries; none runs.
	Registered State = "registered"
	// Running: the same, and all run.
	Running State = "running"
)

// States lists them.
func States() []State { return []State{Installed, Registered, Running} }

// A Plan is what is installed on all nodes of a laboratory.
type Plan struct {
	SID    string   `json:"sid"`
	Number string   `json:"number"`
	Sites  []string `json:"sites"`
	// Hosts are the nodes, in the order of the sites; Addresses theirs in the replication network.
	Hosts         []string  `json:"hosts"`
	Addresses     []string  `json:"addresses"`
	State         State     `json:"state"`
	Mode          core.Mode `json:"mode"`
	OperationMode string    `json:"operation_mode"`
	// Primary is the host that begins as primary; empty is the first.
	Primary string `json:"primary,omitempty"`
	// Providers is more text of global.ini, such as sections of HA/DR providers.
	Providers string `json:"providers,omitempty"`
	// Chain makes the third site a secondary of the second one, instead of the first.
	Chain   bool     `json:"chain,omitempty"`
	Tenants []string `json:"tenants,omitempty"`
	Speed   float64  `json:"speed"`
}

// Default is the system of the guide, with times a tenth of SAP's.
func Default() Plan {
	return Plan{
		SID: "HA1", Number: "10", Sites: []string{"WDF", "ROT", "DR1"}, State: Registered,
		Mode: core.Sync, OperationMode: "logreplay", Speed: 10,
	}
}

// Check tells whether a plan can be carried out.
func (p Plan) Check() error {
	if len(p.SID) != 3 || len(p.Number) != 2 {
		return fmt.Errorf("SID %q and instance number %q: use three characters and two digits", p.SID, p.Number)
	}
	if !slices.Contains(States(), p.State) {
		return fmt.Errorf("state %q is none of %v", p.State, States())
	}
	if len(p.Sites) < len(p.Hosts) {
		return fmt.Errorf("%d nodes need as many sites; there are %v", len(p.Hosts), p.Sites)
	}
	if !p.Mode.Secondary() {
		return fmt.Errorf("replication mode %q is none of sync, syncmem, async", p.Mode)
	}
	if p.Speed <= 0 {
		return fmt.Errorf("speed %g is not positive", p.Speed)
	}
	if p.Primary != "" && (!slices.Contains(p.Hosts, p.Primary) || p.Chain) {
		return fmt.Errorf("primary %q: name one of %v, and none with a chain, which begins at the first", p.Primary, p.Hosts)
	}
	return nil
}

// System is the system of a host.
func (p Plan) System(host string) site.System {
	tenants := append([]string{p.SID}, p.Tenants...)
	return site.System{SID: p.SID, Number: p.Number, Host: host, Speed: p.Speed, Tenants: tenants}
}

// peers are the sites as they are registered: the primary is the first.
func (p Plan) peers() []site.Peer {
	order := make([]int, len(p.Hosts))
	for i := range order {
		order[i] = i
	}
	if first := slices.Index(p.Hosts, p.Primary); first > 0 {
		order[0], order[first] = first, 0
	}
	var list []site.Peer
	for i, at := range order {
		peer := site.Peer{ID: i + 1, Name: p.Sites[at], Host: p.Hosts[at], Source: min(i, 1), Mode: p.Mode, OperationMode: p.OperationMode}
		if i == 0 {
			peer.Mode, peer.OperationMode = core.Primary, ""
		}
		if i == 2 && p.Chain {
			peer.Source, peer.Mode = 2, core.Async
		}
		list = append(list, peer)
	}
	return list
}

func readPlan() (Plan, error) {
	var p Plan
	text, err := os.ReadFile(PlanFile)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return p, fmt.Errorf("read the plan: %w", err)
	}
	return p, nil
}
