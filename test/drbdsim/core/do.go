package core

import (
	"slices"
	"time"
)

// A Command is what the tools, an application or a test wants of a node.
type Command struct {
	// Verb is one of the words below; Resource names what it is about, or is empty for verbs of the node.
	Verb     string `json:"verb"`
	Resource string `json:"resource,omitempty"`
	// Volume is the number of a volume; AllVolumes is each of them.
	Volume int `json:"volume"`
	// Peer is the name of one; empty is all.
	Peer string `json:"peer,omitempty"`
	// Force, Discard and ClearBitmap are the options of those names.
	Force       bool `json:"force,omitempty"`
	Discard     bool `json:"discard,omitempty"`
	ClearBitmap bool `json:"clear_bitmap,omitempty"`
	// Settings are what up, attach, connect and adjust are to know.
	Settings *Settings `json:"settings,omitempty"`
	// Fenced is the exit code of the fence-peer handler that was asked for.
	Fenced int `json:"fenced,omitempty"`
	// Blocks are what a write or corruption changes.
	Blocks []int `json:"blocks,omitempty"`
	// ID is the node's note for a command that waits. The caller gives it back.
	ID uint64 `json:"id,omitempty"`
}

// AllVolumes stands for each volume of a resource.
const AllVolumes = -1

// The verbs: those of drbdsetup, and below them what happens to a device.
const (
	Up         = "up"
	Down       = "down"
	Attach     = "attach"
	Detach     = "detach"
	Connect    = "connect"
	Disconnect = "disconnect"
	ToPrimary  = "primary"
	ToSecond   = "secondary"
	Invalidate = "invalidate"
	InvRemote  = "invalidate-remote"
	Outdate    = "outdate"
	PauseSync  = "pause-sync"
	ResumeSync = "resume-sync"
	SuspendIO  = "suspend-io"
	ResumeIO   = "resume-io"
	NewUUID    = "new-current-uuid"
	StartVerif = "verify"
	Adjust     = "adjust"
	CreateMD   = "create-md"
	Fenced     = "fenced"

	Open    = "open"
	Close   = "close"
	Write   = "write"
	Corrupt = "corrupt"
	Break   = "break"
	Mend    = "mend"
)

// Do carries out a command. c keeps what a command that waits has to remember.
func (n *Node) Do(now time.Time, c *Command) Result {
	n.now = now
	switch c.Verb {
	case Up:
		return n.up(*c.Settings)
	case CreateMD:
		return n.createMD(c)
	case Corrupt, Break, Mend:
		return n.below(c)
	}
	r := n.find(c.Resource)
	if r == nil {
		if c.Verb == Down {
			return Result{}
		}
		return n.unknown()
	}
	defer n.watch(r)()
	switch c.Verb {
	case Down:
		return n.down(r)
	case ToPrimary:
		return n.primary(r, c)
	case ToSecond:
		return n.secondary(r)
	case Connect:
		return n.connect(r, c)
	case Disconnect:
		return n.disconnect(r, c)
	case SuspendIO:
		r.suspend("user")
		return Result{}
	case ResumeIO:
		r.resume("user")
		return Result{}
	case Fenced:
		return n.fenced(r, c.Fenced)
	case Adjust:
		return n.adjust(r, *c.Settings)
	}
	return n.volumes(r, c)
}

// unknown is the answer about a resource that is not up.
func (n *Node) unknown() Result {
	if n.Generation == Gen9 {
		return failure(errUnknownRes, "Unknown resource", "unknown resource")
	}
	return failure(errNoMinor, "Device minor not allocated", "unknown minor")
}

// volumes carries out a command volume by volume.
func (n *Node) volumes(r *resource, c *Command) Result {
	var all Result
	for _, v := range r.volumes {
		if c.Volume != AllVolumes && c.Volume != v.Number {
			continue
		}
		result := n.one(r, v, c)
		result.Output = append(all.Output, result.Output...)
		if !result.Done() {
			return result
		}
		all = result
	}
	return all
}

func (n *Node) one(r *resource, v *volume, c *Command) Result {
	switch c.Verb {
	case Attach:
		return n.attach(r, v)
	case Detach:
		return n.detach(r, v)
	case Outdate:
		return n.outdate(r, v)
	case NewUUID:
		return n.newUUID(r, v, c.ClearBitmap)
	case Invalidate, InvRemote, PauseSync, ResumeSync, StartVerif:
		return n.withPeers(r, v, c)
	case Open:
		if r.role != Primary {
			return Result{Code: CodeConfig, Error: "Wrong medium type"}
		}
		v.open++
	case Close:
		v.open = max(0, v.open-1)
	case Write:
		return n.write(r, v, c)
	default:
		return Result{Code: CodeUsage, Error: sprintf("verb %q is unknown", c.Verb)}
	}
	return Result{}
}

// withPeers carries out what is about a volume and its peers.
func (n *Node) withPeers(r *resource, v *volume, c *Command) Result {
	for _, p := range r.peers {
		if c.Peer != "" && c.Peer != p.Name {
			continue
		}
		pv := p.volume(v.Number)
		var result Result
		switch c.Verb {
		case Invalidate:
			result = n.invalidate(r, p, v, pv)
		case InvRemote:
			result = n.invalidateRemote(r, p, v, pv)
		case PauseSync, ResumeSync:
			pv.pausedHere = c.Verb == PauseSync
			pv.pause()
			pv.last = n.now
			n.tell(r)
		case StartVerif:
			result = n.verify(r, p, v, pv)
		}
		if !result.Done() {
			return result
		}
	}
	return Result{}
}

func (n *Node) verify(r *resource, p *peer, v *volume, pv *peerVolume) Result {
	switch {
	case r.Net.VerifyAlg == "":
		return refuse(noVerifyAlg)
	case p.conn != Connected:
		return refuse(needConnection)
	case pv.repl != Established:
		return refuse(resyncRunning)
	case v.below == nil:
		return refuse(noLocalDisk)
	case pv.disk.rank() < Inconsistent.rank():
		return refuse(noRemoteDisk)
	}
	n.startVerify(r, p, v, pv)
	return Result{}
}

// below plants what happens to a disk under DRBD.
func (n *Node) below(c *Command) Result {
	b := n.Backings[BackingName(c.Resource, max(0, c.Volume))]
	if b == nil {
		return Result{Code: CodeConfig, Error: "there is no such disk"}
	}
	switch c.Verb {
	case Corrupt:
		for _, at := range c.Blocks {
			b.Data[at] = n.NewID()
		}
	case Break, Mend:
		b.Failing = c.Verb == Break
	}
	return Result{}
}

func (r *resource) suspend(why string) {
	if !slices.Contains(r.suspended, why) {
		r.suspended = append(r.suspended, why)
	}
}

func (r *resource) resume(why string) {
	r.suspended = slices.DeleteFunc(r.suspended, func(s string) bool { return s == why })
}
