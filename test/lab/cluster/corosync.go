package cluster

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// A Member is a node of the cluster and its addresses.
type Member struct {
	Name string
	// ID is the node's number, from 1.
	ID int
	// Ring is its address on the cluster's network.
	Ring netip.Addr
}

// Token is the time after which corosync takes a silent node for lost. Its default is
// 3 s. The laboratory runs on few and busy cores, so much less would lose nodes that are only slow.
const Token = 1500 * time.Millisecond

// CorosyncConf is /etc/corosync/corosync.conf for members. Two members get two_node, which
// keeps the survivor quorate and makes a rebooted one wait until it sees its peer.
func CorosyncConf(members []Member) string {
	var b strings.Builder
	fmt.Fprintf(&b, `totem {
	version: 2
	cluster_name: ocflab
	transport: knet
	crypto_cipher: none
	crypto_hash: none
	token: %d
}
system {
	sched_rr: no
	move_to_root_cgroup: no
	allow_knet_handle_fallback: yes
}
quorum {
	provider: corosync_votequorum
	expected_votes: %d
`, Token.Milliseconds(), len(members))
	if len(members) == 2 {
		b.WriteString("\ttwo_node: 1\n")
	}
	b.WriteString(`}
logging {
	to_stderr: no
	to_syslog: no
	to_logfile: yes
	logfile: /var/log/corosync/corosync.log
	timestamp: hires
}
nodelist {
`)
	for _, m := range members {
		fmt.Fprintf(&b, "\tnode {\n\t\tname: %s\n\t\tnodeid: %d\n\t\tring0_addr: %s\n\t}\n", m.Name, m.ID, m.Ring)
	}
	b.WriteString("}\n")
	return b.String()
}
