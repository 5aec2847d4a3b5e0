package text

import (
	"fmt"
	"strings"

	"ocfbox/test/drbdsim/core"
)

// Role is drbdadm role: a line for each volume with 8.4, one for the resource with 9.
func Role(g core.Generation, r core.ResourceView) string {
	if g == core.Gen9 {
		return string(r.Role) + "\n"
	}
	return perVolume(r, func(v core.VolumeView, p core.PeerView, _ core.PeerVolumeView) string {
		return string(r.Role) + "/" + string(p.Role)
	})
}

// DState is drbdadm dstate: a line for each volume.
func DState(g core.Generation, r core.ResourceView) string {
	if g != core.Gen9 {
		return perVolume(r, func(v core.VolumeView, _ core.PeerView, pv core.PeerVolumeView) string {
			return string(v.Disk) + "/" + string(pv.Disk)
		})
	}
	var b strings.Builder
	for _, v := range r.Volumes {
		states := []string{string(v.Disk)}
		for _, p := range r.Peers {
			states = append(states, string(peerVolume(p, v.Number).Disk))
		}
		b.WriteString(strings.Join(states, "/") + "\n")
	}
	return b.String()
}

// CState is drbdadm cstate: with 8.4 a line for each volume that tells of resyncs too, with 9 one for each connection.
func CState(g core.Generation, r core.ResourceView) string {
	if g != core.Gen9 {
		return perVolume(r, func(_ core.VolumeView, p core.PeerView, pv core.PeerVolumeView) string {
			return OldState(p.Conn, pv.Repl)
		})
	}
	var b strings.Builder
	for _, p := range r.Peers {
		b.WriteString(string(p.Conn) + "\n")
	}
	return b.String()
}

func perVolume(r core.ResourceView, line func(core.VolumeView, core.PeerView, core.PeerVolumeView) string) string {
	var b strings.Builder
	for _, v := range r.Volumes {
		p, pv := onlyPeer(r, v.Number)
		b.WriteString(line(v, p, pv) + "\n")
	}
	return b.String()
}

// GI is drbdadm get-gi of a volume: the identifiers and the flags.
func GI(g core.Generation, m core.Meta) string {
	flags := []bool{m.Consistent, m.WasUpToDate, m.Primary, m.Connected, m.FullSync, m.PeerOutdated, m.CrashedPrimary}
	if g == core.Gen9 {
		flags = []bool{
			m.Consistent, m.WasUpToDate, m.Primary || m.ALDisabled, m.Primary, false, m.ALDisabled, false, m.Connected, m.PeerOutdated, false, m.FullSync, m.PeerSeen,
		}
	}
	var b strings.Builder
	b.WriteString(m.GI.String())
	for _, f := range flags {
		b.WriteString(":" + map[bool]string{true: "1", false: "0"}[f])
	}
	return b.String()
}

// ShowGI is drbdadm show-gi: the same, explained.
func ShowGI(g core.Generation, m core.Meta, r *core.ResourceView, v *core.VolumeView) string {
	var b strings.Builder
	b.WriteString(giHead)
	b.WriteString(GI(g, m) + "\n")
	if g == core.Gen9 {
		b.WriteString(giFlags9 + "\n")
		return b.String()
	}
	b.WriteString(giFlags84 + "\n")
	if r != nil {
		p, _ := onlyPeer(*r, v.Number)
		conn := p.Conn
		disk := v.Disk
		fmt.Fprintf(&b, "flags: %s, %s, %s", r.Role, OldState(conn, core.Established), disk)
		if m.PeerOutdated {
			b.WriteString(", peer Outdated")
		}
		b.WriteString("\nmeta-data: need apply-al\n")
	}
	return b.String()
}

const (
	giHead = `
       +--<  Current data generation UUID  >-
       |               +--<  Bitmap's base data generation UUID  >-
       |               |                 +--<  younger history UUID  >-
       |               |                 |         +-<  older history  >-
       V               V                 V         V
`
	giFlags84 = `                                                                    ^ ^ ^ ^ ^ ^ ^
                                      -<  Data consistency flag  >--+ | | | | | |
                             -<  Data was/is currently up-to-date  >--+ | | | | |
                                  -<  Node was/is currently primary  >--+ | | | |
                                  -<  Node was/is currently connected  >--+ | | |
         -<  Node was in the progress of setting all bits in the bitmap  >--+ | |
                        -<  The peer's disk was out-dated or inconsistent  >--+ |
      -<  This node was a crashed primary, and has not seen its peer since   >--+
`
	giFlags9 = `                                                                    ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^ ^
                                      -<  Data consistency flag  >--+ | | | | | | | | | | |
                             -<  Data was/is currently up-to-date  >--+ | | | | | | | | | |
                                  -<  Node was/is currently primary  >--+ | | | | | | | | |
 -<  This node was a crashed primary, and has not seen its peer since  >--+ | | | | | | | |
             -<  The activity-log was applied, the disk can be attached  >--+ | | | | | | |
        -<  The activity-log was disabled, peer is completely out of sync  >--+ | | | | | |
                              -<  This node was primary when it lost quorum  >--+ | | | | |
                                          -<  Node was/is currently connected  >--+ | | | |
                              -<  The peer's disk was out-dated or inconsistent  >--+ | | |
                                 -<   A fence policy other the dont-care was used  >--+ | |
                  -<  Node was in the progress of marking all blocks as out of sync  >--+ |
                     -<  At least once we saw this node with a backing device attached >--+
`
)
