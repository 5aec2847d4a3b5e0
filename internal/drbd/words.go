package drbd

import (
	"errors"
	"fmt"
	"strings"
)

// The words of Resource.Suspended.
const (
	SuspendedUser    = "user"
	SuspendedNoData  = "no-data"
	SuspendedFencing = "fencing"
	SuspendedQuorum  = "quorum"
	// SuspendedIO is a suspension whose reason the text does not tell.
	SuspendedIO = "io"
)

// The words of PeerVolume.Paused.
const (
	PausedUser        = "user"
	PausedPeer        = "peer"
	PausedDependency  = "dependency"
	PausedMaxParallel = "max-parallel"
)

// ErrGarbled is an answer of drbdadm's that is none of those that are known.
var ErrGarbled = errors.New("garbled answer")

// Roles are a line of `drbdadm role` (`drbdadm state` before 8.3): the own role, and the peer's, which 9 does not print.
type Roles struct {
	Local, Peer Role
	// PeerTold is false where only the own role was printed.
	PeerTold bool
	// Unconfigured is a device with nothing behind it.
	Unconfigured bool
}

// ParseRoles reads the answer of `drbdadm role`: a line for each volume before 9, and one line since. The error is
// ErrGarbled for an empty answer and for any word that is not a role.
func ParseRoles(text string) ([]Roles, error) {
	return answers(text, func(line string) (Roles, bool) {
		if strings.EqualFold(line, unconfigured) {
			return Roles{Unconfigured: true}, true
		}
		local, peer, told := strings.Cut(line, "/")
		r := Roles{Local: ParseRole(local), Peer: ParseRole(peer), PeerTold: told}
		return r, r.Local != RoleUnknown && (!told || r.Peer != RoleUnknown || strings.EqualFold(peer, RoleUnknown.String()))
	})
}

// Disks are a line of `drbdadm dstate`: the own disk and those of the peers. A resource that is down has its own alone,
// read from its meta data.
type Disks struct {
	Local        DiskState
	Peers        []DiskState
	Unconfigured bool
}

// ParseDisks reads the answer of `drbdadm dstate`, a line for each volume. The error is ErrGarbled.
func ParseDisks(text string) ([]Disks, error) {
	return answers(text, func(line string) (Disks, bool) {
		if strings.EqualFold(line, unconfigured) {
			return Disks{Unconfigured: true}, true
		}
		words := strings.Split(line, "/")
		d := Disks{Local: ParseDisk(words[0])}
		for _, word := range words[1:] {
			disk := ParseDisk(word)
			if disk <= DiskHidden {
				return Disks{}, false
			}
			d.Peers = append(d.Peers, disk)
		}
		return d, d.Local > DiskHidden && d.Local != DUnknown
	})
}

// A Link is a line of `drbdadm cstate`. With 9 it is a connection, and Replication is ReplUnknown where it is Connected:
// the command does not tell whether a resync runs.
type Link struct {
	Connection   ConnState
	Replication  ReplState
	Unconfigured bool
}

// ParseLinks reads the answer of `drbdadm cstate`: a line for each volume before 9, for each connection since. The error
// is ErrGarbled.
func ParseLinks(text string, generation Generation) ([]Link, error) {
	return answers(text, func(line string) (Link, bool) {
		if strings.EqualFold(line, unconfigured) {
			return Link{Unconfigured: true}, true
		}
		var l Link
		l.Connection, l.Replication = ParseLink(line)
		if generation == Gen9 && l.Connection == Connected {
			if l.Replication != Established {
				return l, false
			}
			l.Replication = ReplUnknown
		}
		return l, l.Connection != ConnUnknown
	})
}

// answers reads each line that is not empty.
func answers[T any](text string, read func(line string) (T, bool)) ([]T, error) {
	if len(text) > maxProc {
		return nil, fmt.Errorf("%d bytes: %w", len(text), ErrTooLong)
	}
	var all []T
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		answer, ok := read(line)
		if !ok || len(all) == maxDevices {
			return nil, fmt.Errorf("%w: %q", ErrGarbled, clip(line))
		}
		all = append(all, answer)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrGarbled)
	}
	return all, nil
}
