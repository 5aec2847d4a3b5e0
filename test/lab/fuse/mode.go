package fuse

import (
	"os"
	"slices"
	"strings"
)

// A Mode is how a server behaves.
type Mode string

// The modes.
const (
	// Works answers everything.
	Works Mode = ""
	// Silent takes no request: who waits for it can be killed. (The server has no FLUSH: a process that is killed and has
	// a file open would wait for that.)
	Silent Mode = "silent"
	// Mute takes requests and never answers: the kernel waits for it although it has been told to kill who waits.
	Mute Mode = "mute"
	// Broken answers what reads, writes and syncs data with an input/output error.
	Broken Mode = "broken"
	// Stays never answers the last request, with which the kernel unmounts a file system on a block device: that waits
	// for ever.
	Stays Mode = "stays"
)

// String says what a server does, after its name.
func (m Mode) String() string {
	return map[Mode]string{
		Works: "works", Silent: "takes no requests", Mute: "takes requests and does not answer",
		Broken: "has errors for all data", Stays: "does not let itself be unmounted",
	}[m]
}

// Modes lists them.
func Modes() []Mode { return []Mode{Works, Silent, Mute, Broken, Stays} }

// ModeFile, inside a node, holds the mode of the node's servers. Without it they work.
const ModeFile = "/run/ocflab-fuse"

// FromFile tells the mode that a file holds. What is there and means nothing is Works.
func FromFile(path string) func() Mode {
	return func() Mode {
		text, err := os.ReadFile(path)
		if mode := Mode(strings.TrimSpace(string(text))); err == nil && slices.Contains(Modes(), mode) {
			return mode
		}
		return Works
	}
}
