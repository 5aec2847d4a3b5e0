package saphana

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ocfbox/internal/crm"
	"ocfbox/internal/hana"
)

// readCluster is the one reading of the cluster that an action makes. Without it the clone state is the
// one that the last action left.
func (s *session) readCluster(ctx context.Context) {
	defer close(s.read)
	o := &s.o
	node, err := hana.Within(ctx, clusterLimit, 4, s.cluster.LocalNode)
	o.Own.Name, s.cluster.Node = node, node
	var cib *crm.CIB
	if err == nil {
		cib, err = hana.Within(ctx, clusterLimit, 3, s.cluster.CIB)
	}
	if err == nil {
		if _, there := cib.Node(node); !there {
			o.Own.Name, err = "", fmt.Errorf("%w: %q", crm.ErrNoNode, node)
		}
	}
	if err != nil {
		s.call.Log.Warn("%v", err)
		o.Blind, o.Own.CloneState = true, s.memory.cloneState
		return
	}
	s.cib = cib
	o.readNodes(cib)
	o.LPTFile = s.readLPTFile()
	o.FirstLPT = o.localLPT()
}

// readNodes takes what the CIB says of the own node and of the partner.
func (o *Observation) readNodes(cib *crm.CIB) {
	o.Own = o.readNode(cib, o.Own.Name)
	var others []Node
	for _, node := range cib.Nodes {
		if node.Name != o.Own.Name && (node.Type == "" || node.Type == "member") {
			others = append(others, o.readNode(cib, node.Name))
		}
	}
	o.OtherPrimary = hasRunningPrimary(others)
	o.choosePartner(others)
	o.Own.Hook, o.Partner.Hook = o.hookOf(cib, o.Own.Site), o.hookOf(cib, o.Partner.Site)
}

// choosePartner is saphana.md 4, items 8 and 10: the node that goes by the remote host's name, or the only
// other one there is. Of several others it is the only one with a site of its own: a majority maker has none, and a
// node that is lost before SAPHanaTopology has published the remote host must not leave the survivor alone.
func (o *Observation) choosePartner(others []Node) {
	for _, other := range others {
		if o.Own.RemoteHost != "" && other.host() == o.Own.RemoteHost {
			o.Partner = other
			return
		}
	}
	if o.Own.RemoteHost == "" {
		candidates := others
		if len(others) > 1 {
			candidates = slices.DeleteFunc(slices.Clone(others), func(n Node) bool { return n.Site == "" || n.Site == o.Own.Site })
		}
		if len(candidates) == 1 {
			o.Partner = candidates[0]
			o.Own.RemoteHost = o.Partner.host()
			return
		}
	}
	for _, other := range others {
		if other.Site != "" && other.Site != o.Own.Site {
			o.Partner.Site = other.Site
		}
	}
}

// hasRunningPrimary is saphana.md 11.1: landscape info or ok, primary, and really master.
func hasRunningPrimary(nodes []Node) bool {
	for _, node := range nodes {
		fields := strings.Split(node.Roles, ":")
		if runningAs(node.Roles, "P", "3", "4") && len(fields) > 3 && fields[3] == "master" {
			return true
		}
	}
	return false
}

// host is the node's HANA host name.
func (n Node) host() string {
	if n.VirtualHost != "" {
		return n.VirtualHost
	}
	return n.Name
}

func (o *Observation) readNode(cib *crm.CIB, name string) Node {
	forever := func(what string) string {
		value, _ := cib.Value(crm.PermanentOf(name, o.SID.Attribute(what)))
		return value
	}
	reboot := func(what string) string {
		value, _ := cib.Value(crm.TransientOf(name, o.SID.Attribute(what)))
		return value
	}
	site, _, _ := strings.Cut(forever("site"), ":")
	n := Node{
		Name: name, Site: site, VirtualHost: forever("vhost"), RemoteHost: forever("remoteHost"),
		SRMode: forever("srmode"), OpMode: forever("op_mode"), Roles: reboot("roles"),
		CloneState: reboot("clone_state"), SyncState: reboot("sync_state"),
		Action: reboot("sra"), ActionHistory: reboot("srah"),
	}
	n.LPT, _ = cib.Value(crm.PermanentOf(name, lptName(o.SID)))
	n.Score, _ = cib.Value(crm.PromotionOf(name, o.Resource))
	node, _ := cib.Node(name)
	n.Online, n.Seen = node.Online, node.Controller != ""
	n.Started = started(cib.Operations, name, o.Resource)
	return n
}

// hookOf is the hook's word on a site.
func (o *Observation) hookOf(cib *crm.CIB, site string) string {
	if site == "" {
		return ""
	}
	value, _ := cib.Value(crm.PropertyOf("", hookName(o.SID, site)))
	return value
}
