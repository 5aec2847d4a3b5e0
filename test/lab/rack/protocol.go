package rack

import (
	"time"

	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/node"
)

// A Spec describes a laboratory.
type Spec struct {
	// Software is what makes a cluster of the nodes, for those who ask.
	Software string
	// Image is laid over the host's root for all nodes, read-only.
	Image []node.File
	Nodes []Machine
	// Disks are shared by the machines that name them.
	Disks []Disk
}

// A Machine is a node and how it is cabled.
type Machine struct {
	Name     string
	Links    []string
	Addrs    []node.Interface
	Files    []node.File
	Services []node.Service
	// Disks are the names of the shared disks that the machine has. It may mount if it has one.
	Disks []string
	// Observer is a machine that is no member of the cluster: it may not ask for fencing
	// and is not listed as a node.
	Observer bool
}

// A request is what a client asks of the rack: one JSON object on a connection.
type request struct {
	Op   string
	Node string     `json:",omitempty"`
	Link string     `json:",omitempty"`
	Cut  bool       `json:",omitempty"`
	Mode fence.Mode `json:",omitempty"`
	Spec *Spec      `json:",omitempty"`
}

// What can be asked.
const (
	opSetUp  = "set-up"
	opStatus = "status"
	opPower  = "power" // Cut: off, otherwise on
	opLink   = "link"
	opFence  = "fencing"
	opReset  = "reset"
	opEvents = "events" // answers with a stream of events
	opPidfd  = "pidfd"  // passes a descriptor of the node's process 1
)

// A reply answers a request.
type reply struct {
	Error  string  `json:",omitempty"`
	Status *Status `json:",omitempty"`
}

// Status is the state of the whole rack.
type Status struct {
	ID string `json:"id"`
	// Software is what makes a cluster of the nodes: pacemaker or heartbeat.
	Software string     `json:"software"`
	Fencing  fence.Mode `json:"fencing"`
	Nodes    []State    `json:"nodes"`
	// Clashes are the times at which a node would have mounted a shared disk that another one had.
	Clashes []Event `json:"clashes,omitempty"`
}

// State is the state of one node as the power supply sees it.
type State struct {
	Name     string   `json:"name"`
	On       bool     `json:"on"`
	Cut      []string `json:"cut"`
	Observer bool     `json:"observer,omitempty"`
	// Disks are the shared disks of the node.
	Disks []DiskState `json:"disks,omitempty"`
}

// An Event is something that happened in the rack.
type Event struct {
	Time time.Time `json:"time"`
	Node string    `json:"node,omitempty"`
	// What is a short fixed phrase, such as "power off".
	What   string `json:"what"`
	Detail string `json:"detail,omitempty"`
}

// What an event can be.
const (
	PowerOn     = "power on"
	PowerOff    = "power off"
	Booted      = "booted"
	BootFailed  = "boot failed"
	ServiceDied = "service died"
	LinkCut     = "link cut"
	LinkHealed  = "link healed"
	Fencing     = "fencing"
	// ServiceRestarted: a service that had died was started again.
	ServiceRestarted = "service restarted"
	// ClusterHeld: the machine runs, and its cluster does not, for a message in its slot.
	ClusterHeld = "cluster held back"
	// Message: somebody wrote to a slot of sbd.
	Message = "sbd message"
	// DiskMount: a machine mounts a shared disk, which no other has.
	DiskMount = "disk mount"
	// DiskClash: it would have, and another one had it. It was refused.
	DiskClash = "disk clash"
	// DiskHeld: a machine is dead, and the kernel has not yet unmounted what it had mounted.
	DiskHeld = "disk held"
)
