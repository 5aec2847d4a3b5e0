package saphanatopology

import (
	"time"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// An Occasion is what the observation was made for.
type Occasion int

// The occasions.
const (
	Regular Occasion = iota
	// Probe is the one-shot monitor, Stop the stop of a clone.
	Probe
	Stop
)

// An Answer is how much the landscape call told.
type Answer int

// The answers. Nothing is a call that could not be made or was not answered in time; Hung is the latter.
const (
	Nothing Answer = iota
	Hung
	// Silent is a script that ended with a status of its own and did not tell the roles.
	Silent
	Complete
)

// A Landscape is what is known of the local database's state.
type Landscape struct {
	Answer Answer
	// Status holds with Silent and Complete, Roles with Complete.
	Status hana.LandscapeStatus
	Roles  hana.HostRoles
}

// A Peer is a node of the cluster, this one included, with what it has published.
type Peer struct {
	Name, Site, VirtualHost string
}

// Published are the attributes of this node before the action.
type Published struct {
	Roles, Site, VirtualHost, RemoteHost, SRMode, Version string
	// Action is hana_<sid>_sra: T while SAPHana takes over.
	Action string
}

// An Observation is everything one action learned, and when. What is empty is not known.
type Observation struct {
	Occasion  Occasion
	Now       time.Time
	SID       hana.SID
	Node      string
	Peers     []Peer
	Published Published

	// Mode and Site are the replication state; Mode is empty unless it is one of hana's.
	Mode hana.Mode
	Site string
	// MappingAsked tells that the host mappings were asked for, in vain or not.
	MappingAsked bool
	Mappings     []hana.Mapping
	VirtualHost  string
	Version      hana.Version
	Landscape    Landscape
	Memory       Memory
}

// read takes what the CIB says.
func (o *Observation) read(cib *crm.CIB) {
	for _, node := range cib.Nodes {
		if node.Type != "" && node.Type != "member" {
			continue
		}
		forever := func(name string) string {
			value, _ := cib.Value(crm.PermanentOf(node.Name, o.SID.Attribute(name)))
			return value
		}
		reboot := func(name string) string {
			value, _ := cib.Value(crm.TransientOf(node.Name, o.SID.Attribute(name)))
			return value
		}
		o.Peers = append(o.Peers, Peer{Name: node.Name, Site: forever("site"), VirtualHost: forever("vhost")})
		if node.Name == o.Node {
			o.Published = Published{
				Roles: reboot("roles"), Version: reboot("version"), Action: reboot("sra"), Site: forever("site"),
				VirtualHost: forever("vhost"), RemoteHost: forever("remoteHost"), SRMode: forever("srmode"),
			}
		}
	}
}

// PartnerUnsure reports whether the host mappings have to be asked for: the partner is not known, is no
// host of the cluster's, or the site's part in the replication has changed. A second hdbnsutil in each
// monitor would tell the same every time.
func (o *Observation) PartnerUnsure() bool {
	p := o.Published
	switch {
	case o.Mode == hana.ModeNone:
		return false
	case p.RemoteHost == "", !o.isOtherHost(p.RemoteHost):
		return true
	case o.Mode == "":
		return false
	}
	return p.Site != o.Site || letterOf(p.Roles) != o.Mode.Role().Letter() ||
		o.Mode.Role() == hana.Secondary && p.SRMode != string(o.Mode)
}

// isOtherHost reports whether another node of the cluster goes by that HANA host name.
func (o *Observation) isOtherHost(host string) bool {
	for _, peer := range o.Peers {
		if peer.Name != o.Node && host == peer.host() {
			return true
		}
	}
	return false
}

// host is the node's HANA host name as far as it is known.
func (p Peer) host() string {
	if p.VirtualHost != "" {
		return p.VirtualHost
	}
	return p.Name
}
