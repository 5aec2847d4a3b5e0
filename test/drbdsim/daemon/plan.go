package daemon

import (
	"encoding/json"
	"fmt"
	"os"

	"ocfbox/test/drbdsim/core"
)

// Files of a node.
const (
	// PlanFile says what the node's disks are and what happens at boot.
	PlanFile = "/etc/drbdsim.json"
	// Folder keeps what survives a loss of power.
	Folder = "/var/lib/drbdsim"
	// RunFolder is where /proc/drbd and the kernel's log stand; it is empty after a boot.
	RunFolder = "/run/drbdsim"
	// Socket is the abstract socket of the daemon.
	Socket = "drbdsim"
	// LogFile keeps the kernel's log over boots.
	LogFile = "/var/log/drbdsim/kernel.log"
)

// Kmsg is the kernel's log since boot, in the form of /dev/kmsg, and Proc is /proc/drbd unless OCFBOX_PROC_DRBD says otherwise.
const (
	Kmsg = RunFolder + "/kmsg"
	Proc = RunFolder + "/proc"
)

// A State is how far a node is set up when it boots.
type State string

// The states. Each includes those before it.
const (
	// Unloaded: the module is not loaded, and there are no meta data.
	Unloaded State = "unloaded"
	// Created: meta data are there, the module is not loaded.
	Created State = "created"
	// Up: resources are up, as drbd's service leaves them; both sides have the same data.
	Up State = "up"
)

// A Plan is what an installation has done.
type Plan struct {
	Generation core.Generation `json:"generation"`
	State      State           `json:"state"`
	// SizeKiB is that of each volume.
	SizeKiB int64 `json:"size"`
	// Sync is the identifier of the data that all nodes have in state Up.
	Sync uint64 `json:"sync"`
}

func readPlan() (Plan, error) {
	var p Plan
	text, err := os.ReadFile(PlanFile)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("read %s: %w", PlanFile, err)
	}
	return p, nil
}
