package node

import (
	"net/netip"
	"time"
)

// A Spec is everything process 1 of a node has to know.
type Spec struct {
	Name string
	// Mark is a variable that every process of the node has in its environment. It names the laboratory.
	Mark string
	// Root is the folder, outside, on which the node's root file system is mounted.
	Root string
	// Layers are the read-only parts of the root, topmost first.
	Layers []string
	// Disk is the folder, outside, whose contents survive a crash.
	Disk string
	// Power is the socket, outside, through which this node may ask for fencing.
	// Empty for a machine that must not.
	Power string
	// Supervisor is the socket, outside, where somebody answers for package guard what this node mounts. Empty for a
	// machine that does not mount.
	Supervisor string
	// Devices are what /dev has beyond the harmless ones.
	Devices    []Device
	Interfaces []Interface
	// Files are put on a new disk, once.
	Files    []File
	Services []Service
}

// An Interface is one network card of a node.
type Interface struct {
	Name      string
	Addresses []netip.Prefix
}

// A Device is a device file below /dev. Everybody may use it.
type Device struct {
	Name         string
	Major, Minor uint32
	// Block is set for a block device.
	Block bool
}

// A Service is a program that process 1 starts when the node boots, or when systemctl asks for it.
type Service struct {
	Name string
	Args []string
	Env  []string
	// Nice is the scheduling priority: negative is more urgent.
	Nice int
	// Ready is the abstract unix socket that answers when the service does.
	// The next service starts then. Empty: it starts at once.
	Ready string
	// Patience bounds the wait for Ready.
	Patience time.Duration
	// Unit is what systemctl sees and does. Nil: systemctl does not know the service, and it starts at every boot.
	Unit *Unit `json:",omitempty"`
}

// A Notice is what process 1 tells the world outside, one JSON object a line.
type Notice struct {
	// What is one of the Notice constants.
	What   string
	Detail string `json:",omitempty"`
}

// What a notice can say.
const (
	// Running: addresses are there and all services answered.
	Running = "running"
	// Broken: the boot did not get that far.
	Broken = "broken"
	// SysRq: something wrote this key to /proc/sysrq-trigger and wants the node dead.
	SysRq = "sysrq"
	// Exited: a service ended that nobody stopped.
	Exited = "exited"
	// Restarted: it was started again.
	Restarted = "restarted"
	// Held: a unit refused to start, and with it those that require it.
	Held = "held"
)

// Paths inside a node.
const (
	// Binary is this laboratory's own program.
	Binary = "/usr/lib/ocflab/ocflab"
	// PowerSocket leads to the power controller.
	PowerSocket = "/run/ocflab/power"
	// SupervisorSocket leads to who answers what a node mounts; it is not there in nodes that do not.
	SupervisorSocket = "/run/ocflab/supervisor"
	// SystemLog collects what programs write to /dev/log.
	SystemLog = "/var/log/messages"

	specFile = "/run/ocflab/node.json"
)

// noticeFd is the descriptor on which process 1 reads its Spec and writes notices.
const noticeFd = 3
