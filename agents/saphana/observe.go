package saphana

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
	"ocfbox/internal/ocf"
)

// clusterLimit bounds a question to the cluster's tools, and each write.
const clusterLimit = 15 * time.Second

// A session is one action under way: what it has learned, and the hands it works with.
type session struct {
	*system
	call    *ocf.Call
	cluster *crm.Cluster
	// cib is the reading of the cluster, nil when there is none; read is closed once it has been tried.
	cib  *crm.CIB
	read chan struct{}
	// tools are HANA's programs, nil where the host has no user to run them.
	tools  *hana.Tools
	o      Observation
	memory memory
	// serviceOK is whether sapstartsrv answers, where the look has checked it.
	serviceOK, serviceChecked bool
}

func (a *system) session(c *ocf.Call, occasion Occasion) *session {
	a.settle(c.Params)
	s := &session{system: a, call: c, memory: a.recall(c), read: make(chan struct{})}
	s.cluster = &crm.Cluster{Runner: c.Runner, Node: c.Node(), FeatureSet: c.Env("OCF_RESKEY_crm_feature_set"), Timeout: clusterLimit}
	role := c.Meta("role")
	s.o = Observation{
		Occasion: occasion, SID: a.instance.SID, Instance: a.instance.Number, Resource: c.Instance, Policy: a.policy,
		Own:  Node{Name: c.Node()},
		Bare: !c.Clone.Used(), Unknown: s.memory.unknown, Promoted: role == "Master" || role == "Promoted",
	}
	return s
}

// look asks all that the action has to know. What does not depend on each other is asked side by side: a
// tool that hangs takes its own time and nobody else's.
func (s *session) look(ctx context.Context) {
	o := &s.o
	defer func() { o.Now = time.Now() }()
	if o.Occasion == Demote || o.Bare {
		s.readCluster(ctx)
		return
	}
	s.prepareTools(ctx)
	// Until all are back, the observation is that of readCluster alone.
	var found replicationState
	var land Landscape
	hana.Together(
		func() { s.readCluster(ctx) },
		func() { found = s.lookAtReplication(ctx) },
		func() {
			if o.Occasion == Monitor || o.Occasion == Probe || o.Occasion == Start {
				land = s.landscape(ctx)
			}
		},
		func() {
			// A start may have no need of it.
			if o.Occasion == Monitor || o.Occasion == Stop {
				s.serviceOK, s.serviceChecked = s.keepService(ctx), true
			}
		},
	)
	if o.Occasion == Promote {
		land = found.Landscape
	}
	o.Role, o.Poll, o.OperationMode, o.Landscape = found.Role, found.Poll, found.OperationMode, land
	s.recheck(ctx)
	s.completeRoles()
	s.readHookFiles(ctx)
}

// own and partner are the nodes as the cluster has them; whoever asks waits for it to be read.
func (s *session) own() Node {
	<-s.read
	return s.o.Own
}

func (s *session) partner() Node {
	<-s.read
	return s.o.Partner
}

// A replicationState is what there is to ask about the replication in a role.
type replicationState struct {
	Role          hana.Role
	Poll          Poll
	OperationMode string
	// Landscape is that of a primary that is to be promoted.
	Landscape Landscape
}

// lookAtReplication asks for the role, and what there is to ask in that role.
func (s *session) lookAtReplication(ctx context.Context) (found replicationState) {
	if s.tools == nil {
		return found
	}
	role, err := s.role(ctx)
	found.Role = role
	if err != nil {
		s.call.Log.Warn("replication role: %s: %v", role, err)
	}
	switch {
	case role == hana.Primary && s.o.Occasion == Promote:
		found.Landscape = s.landscapeOfStarted(ctx)
	case role == hana.Primary && s.mayPoll():
		found.Poll = s.poll(ctx)
	case role == hana.Secondary && (s.o.Occasion == Monitor || s.o.Occasion == Probe):
		found.OperationMode = s.operationMode(ctx)
	}
	return found
}

// mayPoll is MayPoll of what the cluster says.
func (s *session) mayPoll() bool {
	<-s.read
	return s.o.MayPoll()
}

// recheck looks at the local database again when the poll gave no good answer: a primary that goes down
// must not judge its partner (16.7).
func (s *session) recheck(ctx context.Context) {
	bad := s.o.Poll.Answer == Broken || s.o.Poll.Answer == Silent
	if bad && s.o.Landscape.Up() {
		s.o.Poll.Database = s.landscape(ctx)
	}
}

// completeRoles gives a probe the roles that SAPHanaTopology has not published yet, and a primary those that went with
// the attributes when their daemon died (16.4).
func (s *session) completeRoles() {
	o := &s.o
	lost := o.Occasion == Monitor && o.Role == hana.Primary
	if (o.Occasion == Probe || lost) && o.Own.Roles == "" && o.Landscape.Known && o.Landscape.Roles != (hana.HostRoles{}) {
		o.Own.Roles = hana.Roles{Status: o.Landscape.Status, Letter: o.Role.Letter(), HostRoles: o.Landscape.Roles}.String()
	}
}

// prepareTools finds out how HANA's programs are run.
func (s *session) prepareTools(ctx context.Context) {
	text, err := hana.Within(ctx, versionLimit, 4, func(ctx context.Context) ([]byte, error) {
		return hana.ReadFile(ctx, s.at(s.instance.Manifest()))
	})
	if err != nil {
		s.call.Log.Debug("DBG: %v", err)
	}
	s.o.Version = hana.ParseManifest(string(text))
	account, err := hana.Within(ctx, accountLimit, 4, func(ctx context.Context) (*hana.Account, error) {
		return s.instance.Account(ctx, s.call.Runner, s.call.State)
	})
	if err != nil {
		s.call.Log.Warn("HANA's tools cannot be run: %v", err)
		return
	}
	account.Login = ocf.True(s.call.Env("OCFBOX_SAP_LOGIN"))
	s.tools = &hana.Tools{Runner: s.call.Runner, Instance: s.instance, Account: account, Exe: s.exe, Version: s.o.Version}
}

// readHookFiles reads the events that are left for the primary's monitor and start, the partner's first.
func (s *session) readHookFiles(ctx context.Context) {
	if s.o.Occasion != Monitor && s.o.Occasion != Start || s.o.Role != hana.Primary {
		return
	}
	found, _ := filepath.Glob(s.at(filepath.Join(s.instance.Dir(), ".crm_attribute.*")))
	slices.SortStableFunc(found, func(a, b string) int {
		return rankHookFile(a, s.o.Partner.Site) - rankHookFile(b, s.o.Partner.Site)
	})
	for _, path := range found {
		text, err := hana.Within(ctx, askPause, 1, func(ctx context.Context) ([]byte, error) { return hana.ReadFile(ctx, path) })
		if err == nil {
			s.o.HookFiles = append(s.o.HookFiles, HookFile{Path: path, Text: string(text)})
		}
	}
}

func rankHookFile(path, site string) int {
	if strings.HasSuffix(path, ".crm_attribute."+site) {
		return 0
	}
	return 1
}

// lptPath is the local copy of the LPT (saphana.md 7).
func (s *session) lptPath() string {
	return s.at("/var/lib/SAPHanaRA/lpa_" + s.instance.SID.Lower() + "_" + s.o.Own.Name)
}

// readLPTFile is the first word of the file, or empty.
func (s *session) readLPTFile() string {
	text, err := os.ReadFile(s.lptPath())
	if words := strings.Fields(string(text)); err == nil && len(words) > 0 {
		return words[0]
	}
	return ""
}
