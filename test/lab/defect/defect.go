// Package defect is our agents with a fault in them that was made on purpose. A scenario that is worth running turns
// red under the fault that it is about, and is green without it.
//
// In nodes of a laboratory that Install has prepared, an agent's path leads to this program. It does one thing wrong,
// the one that the node's File names, and lets the real agent do everything else: that one knows nothing of it.
package defect

import (
	"path/filepath"
	"slices"
)

// File, inside a node, holds the name of the fault that the node's agents have. Without it they have none.
const File = "/etc/ocflab-defect"

// The faults.
const (
	// PromotesOnSFAIL lets every secondary be promoted, and takes over without asking whether it is in sync.
	PromotesOnSFAIL = "promotes-on-sfail"
	// IgnoresThePeer starts a database that is configured as primary, whatever happened on the other node, and lets it run.
	IgnoresThePeer = "ignores-the-peer"
	// LiesOnStop says that the database is stopped, and leaves it running.
	LiesOnStop = "lies-on-stop"
	// Hangs is a monitor that never ends once the database is down.
	Hangs = "hangs"
	// LeavesTheVIP says that the address is gone, and leaves it where it is.
	LeavesTheVIP = "leaves-the-vip"
	// LeavesTheMount says that the file system is unmounted, and leaves it mounted.
	LeavesTheMount = "leaves-the-mount"
	// LosesTheFallback deletes what the hook could not write into the cluster and left in a file.
	LosesTheFallback = "loses-the-fallback"
	// SeesNothing says that the address is there, whatever happened to it.
	SeesNothing = "sees-nothing"
)

// A part is what a fault makes of one agent. An action that it has answers the call with its code, or leaves it to
// the real agent.
type part struct {
	agent   string
	actions map[string]func(*call) (code int, answered bool)
}

// parts are the faults by name.
func parts() map[string]part {
	type actions = map[string]func(*call) (int, bool)
	return map[string]part{
		PromotesOnSFAIL:  {"SAPHana", actions{"monitor": rateBlindly, "promote": takeOverBlindly}},
		IgnoresThePeer:   {"SAPHana", actions{"start": startAsPrimary, "monitor": excuseRival}},
		LiesOnStop:       {"SAPHana", actions{"stop": lie}},
		Hangs:            {"SAPHana", actions{"monitor": hangWhenDown}},
		LeavesTheVIP:     {"IPaddr2", actions{"stop": lie}},
		LeavesTheMount:   {"Filesystem", actions{"stop": lie}},
		LosesTheFallback: {"SAPHana", actions{"monitor": loseFallback}},
		SeesNothing:      {"IPaddr2", actions{"monitor": seeNothing}},
	}
}

// Names lists the faults.
func Names() []string {
	var names []string
	for name := range parts() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// breaks tells whether an agent has a fault of this package.
func breaks(agent string) bool {
	for _, p := range parts() {
		if p.agent == agent {
			return true
		}
	}
	return false
}

// Dispatch plays an agent that argv[0] names, with the node's fault; ok is false when there is none of that name.
func Dispatch(args []string) (code int, ok bool) {
	agent := filepath.Base(args[0])
	if !breaks(agent) {
		return 0, false
	}
	return play(newCall(args), readFault()), true
}

// play answers a call.
func play(c *call, fault string) int {
	p := parts()[fault]
	if act := p.actions[c.action]; act != nil && p.agent == c.agent {
		if code, answered := act(c); answered {
			return code
		}
	}
	return c.healthy()
}
