package show

import (
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// Schema is the version of the JSON report. A field that is there stays what it is; new ones may come.
const Schema = "ocfbox.hana.v1"

// A Report is a system for other programs: typed values, and none where nothing is known
// (hana-tools.md 14.4).
type Report struct {
	Schema    string     `json:"schema"`
	Time      string     `json:"time"`
	Source    string     `json:"source"`
	SID       string     `json:"sid"`
	Cluster   Cluster    `json:"cluster"`
	Resources []Resource `json:"resources"`
	Sites     []Site     `json:"sites"`
	Hosts     []Host     `json:"hosts"`
}

// Cluster is the cluster's part of a report.
type Cluster struct {
	CIBTime     string `json:"cib_time,omitempty"`
	CIBUpdate   string `json:"cib_update"`
	Quorum      bool   `json:"quorum"`
	DC          string `json:"dc,omitempty"`
	Maintenance bool   `json:"maintenance_mode"`
	Stonith     bool   `json:"stonith_enabled"`
}

// Resource is what holds one of SAP HANA's agents.
type Resource struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	Maintenance bool   `json:"maintenance"`
	Managed     bool   `json:"managed"`
}

// Site is a replication site.
type Site struct {
	Name   string `json:"name"`
	SRHook string `json:"srHook,omitempty"`
}

// Host is a node.
type Host struct {
	Name       string            `json:"name"`
	Site       string            `json:"site,omitempty"`
	Online     bool              `json:"online"`
	Standby    bool              `json:"standby"`
	CloneState string            `json:"clone_state,omitempty"`
	Roles      *Roles            `json:"roles,omitempty"`
	Score      *int              `json:"score,omitempty"`
	SyncState  string            `json:"sync_state,omitempty"`
	LPT        *int64            `json:"lpt,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Roles are the attribute roles, taken apart. Of a text of another form only Raw is set.
type Roles struct {
	Raw               string `json:"raw"`
	LSS               *int   `json:"lss,omitempty"`
	Role              string `json:"role,omitempty"`
	NameServerConfig  string `json:"ns_conf,omitempty"`
	NameServerActual  string `json:"ns_act,omitempty"`
	IndexServerConfig string `json:"is_conf,omitempty"`
	IndexServerActual string `json:"is_act,omitempty"`
}

// NewReport makes the report of a system.
func NewReport(cib *crm.CIB, sid, source string, now time.Time) Report {
	r := Report{
		Schema: Schema, Time: now.UTC().Format(time.RFC3339), Source: source, SID: strings.ToUpper(sid),
		Cluster: Cluster{
			CIBTime: cib.LastWritten, CIBUpdate: update(cib), Quorum: cib.Quorate, DC: cib.DC(),
			Maintenance: option(cib, "maintenance-mode", false), Stonith: option(cib, "stonith-enabled", true),
		},
		Resources: resources(cib), Sites: []Site{}, Hosts: []Host{},
	}
	for _, site := range sites(cib, sid, "Site").Objects {
		hook, _ := site.Value("srHook")
		r.Sites = append(r.Sites, Site{Name: site.Name, SRHook: hook})
	}
	slices.SortFunc(r.Sites, func(a, b Site) int { return strings.Compare(a.Name, b.Name) })
	for _, node := range cib.Nodes {
		if node.Type == "" || node.Type == "member" {
			r.Hosts = append(r.Hosts, newHost(node, sid))
		}
	}
	slices.SortFunc(r.Hosts, func(a, b Host) int { return strings.Compare(a.Name, b.Name) })
	return r
}

// option is a truth value of the cluster's options.
func option(cib *crm.CIB, name string, otherwise bool) bool {
	value, set := cib.Value(crm.PropertyOf("", name))
	if !set {
		return otherwise
	}
	return yes(value)
}

func yes(value string) bool {
	switch strings.ToLower(value) {
	case "true", "on", "yes", "y", "1":
		return true
	}
	return false
}

func resources(cib *crm.CIB) []Resource {
	all := []Resource{}
	for _, one := range cib.Resources {
		switch one.Type {
		case "SAPHana", "SAPHanaController", "SAPHanaTopology":
		default:
			continue
		}
		holder, ok := cib.Resource(one.Parent)
		if !ok {
			holder = one
		}
		found := Resource{ID: holder.ID, Type: one.Type, Managed: true}
		for _, meta := range [][]crm.Set{one.Meta, holder.Meta} {
			if value, set := crm.Lookup(meta, "maintenance"); set {
				found.Maintenance = yes(value)
			}
			if value, set := crm.Lookup(meta, "is-managed"); set {
				found.Managed = yes(value)
			}
		}
		all = append(all, found)
	}
	return all
}

func newHost(node crm.Node, sid string) Host {
	object := new(Object)
	hostValues(object, node.Permanent, sid)
	hostValues(object, node.Transient, sid)
	h := Host{Name: node.Name, Online: node.Online}
	for _, pair := range object.Values {
		h.take(pair.Name, pair.Value, sid)
	}
	return h
}

func (h *Host) take(name, value, sid string) {
	switch name {
	case "site":
		h.Site = value
	case "clone_state":
		h.CloneState = value
	case "sync_state":
		h.SyncState = value
	case "standby":
		h.Standby = yes(value)
	case "roles":
		h.Roles = newRoles(value)
	case "score":
		if score, err := crm.ParseScore(value); err == nil {
			n := int(score)
			h.Score = &n
		}
	case "lpa_" + strings.ToLower(sid) + "_lpt":
		if lpt, err := strconv.ParseInt(value, 10, 64); err == nil {
			h.LPT = &lpt
		}
	default:
		if value == "" {
			return
		}
		if h.Attributes == nil {
			h.Attributes = make(map[string]string)
		}
		h.Attributes[name] = value
	}
}

func newRoles(text string) *Roles {
	if text == "" {
		return nil
	}
	r := &Roles{Raw: text}
	roles, ok := hana.ParseRoles(text)
	if !ok {
		return r
	}
	lss := int(roles.Status)
	r.LSS, r.Role = &lss, roles.Letter
	r.NameServerConfig, r.NameServerActual = roles.NameServerConfig, roles.NameServerActual
	r.IndexServerConfig, r.IndexServerActual = roles.IndexServerConfig, roles.IndexServerActual
	return r
}

// JSON writes the report on one line.
func (r Report) JSON(to io.Writer) error { return json.NewEncoder(to).Encode(r) }
