package drbd

import (
	"fmt"
	"strings"
)

// ParseStatusText reads `drbdsetup status --verbose --statistics` of 8.4 and 9, and as far as it tells the same
// without these options, where DRBD leaves out what is as it should be. What text does not say: the percentage of
// 8.4 is of the whole device and not of the resync, so it is not taken; a connection of 8.4 that stands alone is not
// printed at all, and is put in. The error is ErrUnreadable.
func ParseStatusText(text []byte) (Host, error) {
	s := statusText{host: Host{Loaded: true, Version: Version{Generation: Gen84}, Resources: []Resource{}}}
	for line := range strings.Lines(string(text)) {
		s.line(withoutColours(printable(strings.TrimRight(line, "\r\n"))))
	}
	s.finish()
	if len(s.host.Resources) == 0 && len(s.host.Problems) > 0 {
		return s.host, fmt.Errorf("status: %w", ErrUnreadable)
	}
	return s.host, nil
}

// A statusText is what has been read, and whose the next fields are.
type statusText struct {
	host Host
	// current is the setter of the object that a further indented line goes on with; nil after one that was not read.
	current func(key, value string) error
	resource,
	peer bool
}

// line reads a line by its indentation: a resource begins at 0, its devices and connections at 2, a connection's
// devices at 4; deeper lines, and those at 4 that name no volume of a peer, go on with what came before.
func (s *statusText) line(line string) {
	body := strings.TrimLeft(line, " ")
	words := strings.Fields(body)
	if len(words) == 0 || strings.HasPrefix(body, "#") {
		return
	}
	first, named := words[0], !strings.Contains(words[0], ":")
	switch indent := len(line) - len(body); {
	case indent == 0 && named && len(words) > 1 && strings.Contains(words[1], ":"):
		s.beginResource(first)
		words = words[1:]
	case indent == 0 || !s.resource:
		s.problem(fmt.Errorf("status line %.80q: %w", line, ErrUnreadable))
		s.current, s.resource, s.peer = nil, false, false
		return
	case indent == 2 && named:
		s.beginPeer(first)
		words = words[1:]
	case indent == 2:
		s.beginVolume()
	case indent == 4 && s.peer && beginsPeerVolume(first):
		s.beginPeerVolume()
	}
	s.fields(words)
}

func (s *statusText) fields(words []string) {
	for _, text := range words {
		key, value, ok := strings.Cut(text, ":")
		if !ok || s.current == nil {
			continue
		}
		if nineOnly(key) || key == "node-id" {
			s.host.Version.Generation = Gen9
		}
		if err := s.current(key, value); err != nil {
			s.problem(err)
		}
	}
}

func (s *statusText) problem(err error) { s.host.Problems = appendProblem(s.host.Problems, err) }

func (s *statusText) beginResource(name string) {
	s.host.Resources = append(s.host.Resources, Resource{Name: name, NodeID: -1})
	s.resource, s.peer = true, false
	s.current = s.last().set
}

func (s *statusText) last() *Resource { return &s.host.Resources[len(s.host.Resources)-1] }

func (s *statusText) beginVolume() {
	r := s.last()
	r.Volumes = append(r.Volumes, Volume{Minor: -1})
	s.current, s.peer = r.Volumes[len(r.Volumes)-1].set, false
}

// beginPeer makes a connection that is as it should be until the line says otherwise.
func (s *statusText) beginPeer(name string) {
	r := s.last()
	r.Peers = append(r.Peers, Peer{Name: name, NodeID: -1, Connection: Connected})
	s.current, s.peer = r.Peers[len(r.Peers)-1].set, true
}

func (s *statusText) beginPeerVolume() {
	peers := s.last().Peers
	peer := &peers[len(peers)-1]
	peer.Volumes = append(peer.Volumes, PeerVolume{Replication: usual(peer.Connection)})
	s.current = peer.Volumes[len(peer.Volumes)-1].set
}

// beginsPeerVolume tells a connection's device from the rest of the connection's own fields. A resource with one
// volume that has the number 0 is printed without it.
func beginsPeerVolume(first string) bool {
	for _, key := range []string{"volume:", "replication:", "peer-disk:"} {
		if strings.HasPrefix(first, key) {
			return true
		}
	}
	return false
}

// usual is the replication that goes with a connection when nothing is said.
func usual(conn ConnState) ReplState {
	if conn == Connected {
		return Established
	}
	return Off
}

func (s *statusText) finish() {
	nine := s.host.Version.Generation == Gen9
	for i := range s.host.Resources {
		r := &s.host.Resources[i]
		if len(r.Peers) == 0 && !nine {
			r.Peers = []Peer{{NodeID: -1, Connection: StandAlone}}
		}
		for j := range r.Peers {
			r.Peers[j].complete(r.Volumes)
			for k := range r.Peers[j].Volumes {
				r.Peers[j].Volumes[k].settleText(nine)
			}
		}
		r.order()
	}
}

// complete gives a peer the volumes that are not printed while there is no connection.
func (p *Peer) complete(volumes []Volume) {
	if p.Connection == Connected {
		return
	}
	for _, v := range volumes {
		if p.Volume(v.Number) == nil {
			p.Volumes = append(p.Volumes, PeerVolume{Number: v.Number, Replication: Off, Disk: DUnknown})
		}
	}
}

func (v *PeerVolume) settleText(nine bool) {
	if v.Progress != nil && !nine {
		v.Progress.Percent, v.Progress.PercentKnown = 0, false
	}
	v.settle()
}
