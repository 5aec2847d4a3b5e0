package cluster

import (
	"slices"
	"time"

	"ocfbox/test/lab/fence/sbd"
	"ocfbox/test/lab/node"
)

// Names of the cluster software of a laboratory, as the rack keeps them.
const (
	SoftwarePacemaker = "pacemaker"
	SoftwareHeartbeat = "heartbeat"
)

// software is what makes a cluster of the members.
func (o Options) software() string {
	if o.Heartbeat != nil {
		return SoftwareHeartbeat
	}
	return SoftwarePacemaker
}

// softwareFiles are the files of the cluster software that are the same on all machines.
func (o Options) softwareFiles(members []Member) []node.File {
	if o.Heartbeat != nil {
		return o.Heartbeat.files(o.Agents, members)
	}
	return []node.File{
		{Path: "/usr/sbin/fence_ocflab", Link: node.Binary},
		{Path: sbd.PluginPath, Link: node.Binary},
		{Path: sbd.ProgramPath, Link: node.Binary},
		{Path: node.WantsFolder, Emptied: true},
		node.WantsLink("sbd"), node.WantsLink("pacemaker"),
		{Path: "/etc/corosync/corosync.conf", Text: CorosyncConf(members)},
		{Path: "/var/lib/corosync", Emptied: true},
		{Path: "/var/lib/pacemaker", Emptied: true},
	}
}

// memberFiles are those on a new disk of each member.
func (o Options) memberFiles(members []Member) []node.File {
	if o.Heartbeat != nil {
		return nil
	}
	return []node.File{{
		Path: "/var/lib/pacemaker/cib/cib.xml", Text: FirstCIB(members, !o.ownFencing()), Mode: 0o600, Owner: "hacluster", Group: "haclient",
	}}
}

func (o Options) softwareServices() []node.Service {
	if o.Heartbeat != nil {
		return o.Heartbeat.services()
	}
	return services(o.PacemakerEnv)
}

// services are the units of a member, in the order in which they start when it boots. They behave as Debian's unit
// files of corosync 3.1 and Pacemaker 2.1 say, and sbd's: a message in the node's slot keeps the cluster from starting.
func services(pacemakerEnv []string) []node.Service {
	return []node.Service{{
		Name: "sbd", Args: []string{sbd.ProgramPath, "-d", sbd.Device, "watch"}, Patience: 10 * time.Second,
		Unit: &node.Unit{Description: "Shared-storage based fencing daemon", OneShot: true, PartOf: []string{"corosync"}},
	}, {
		Name: "corosync", Args: []string{"/usr/sbin/corosync", "-f"},
		// Realtime priority needs a right that containers rarely have.
		Nice: -15, Ready: "cmap", Patience: 20 * time.Second,
		Unit: &node.Unit{Description: "Corosync Cluster Engine", Requires: []string{"sbd"}, KillAfter: 90 * time.Second},
	}, {
		Name: "pacemaker", Args: []string{"/usr/sbin/pacemakerd", "-f"},
		Env: slices.Concat([]string{
			"PCMK_logfile=/var/log/pacemaker/pacemaker.log", "PCMK_logfacility=none", "PCMK_service=pacemakerd",
			"HA_LOGFACILITY=none",
		}, pacemakerEnv),
		Ready: "pacemakerd", Patience: 20 * time.Second,
		Unit: &node.Unit{
			Description: "Pacemaker High Availability Cluster Manager", Requires: []string{"corosync"},
			// 100 is Pacemaker's way to say that it must not run again.
			RestartAfter: time.Second, Success: []int{100}, Burst: 5, Interval: 25 * time.Second,
		},
	}}
}
