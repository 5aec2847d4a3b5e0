package heartbeat

import (
	"fmt"
	"net/netip"
	"strings"

	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
)

const scripts = "/etc/ha.d/resource.d/"

// instance is a resource script of the laboratory: a database of the given name, which adds a row to a file below a
// folder every fifth of a second, with the node's name and a number.
const instance = `#!/bin/sh
name=$1 folder=$2 pid=/run/instance-$1.pid
alive() { [ -e $pid ] && kill -0 "$(cat $pid)" 2>/dev/null; }
case $3 in
start)
	alive && exit 0
	[ -d "$folder" ] || exit 1
	setsid /bin/sh -c '
		n=0
		while n=$((n + 1)); echo "$1 $n" >>"$2/rows"; do sleep 0.2; done
	' "instance-$name" "$(hostname)" "$folder" >/dev/null 2>&1 </dev/null &
	echo $! >$pid
	;;
stop)
	alive || exit 0
	kill "$(cat $pid)"
	while alive; do sleep 0.1; done
	rm $pid
	;;
status)
	alive && echo running || echo stopped
	;;
*)
	echo "usage: $0 NAME FOLDER {start|stop|status}"
	exit 1
	;;
esac
`

// A script is a resource as heartbeat calls it: a name and arguments.
type script []string

// A service is a line of haresources.
type service struct {
	name string
	// home is the node that the line begins with.
	home string
	// address is the first resource's.
	address netip.Addr
	// resources are in the order in which they start.
	resources []script
	// rows is the file to which the service adds rows while it runs; empty for one that adds none.
	rows string
}

// services are those of a pair, each node the home of one: an address, a file system on a shared disk, and an instance
// on it.
func services(nodes []string) []service {
	var list []service
	for i, name := range []string{"one", "two"} {
		folder := "/srv/" + name
		v := service{name: name, home: nodes[i], address: cluster.HeartbeatAddress(i), rows: folder + "/rows"}
		v.resources = []script{
			{"IPaddr", v.address.String() + "/24/eth0"},
			{"Filesystem", plan(name).Device(), folder, "ext4"},
			{"instance", name, folder},
		}
		list = append(list, v)
	}
	return list
}

// plan is the disk of a service.
func plan(name string) disk.Plan {
	p := disk.Default()
	p.Name = name
	return p
}

// line is the service in haresources.
func (v service) line() string {
	words := []string{v.home}
	for _, r := range v.resources {
		words = append(words, strings.Join(r, "::"))
	}
	return strings.Join(words, " ") + "\n"
}

// kit is a pair of nodes with so many services.
func kit(number int, stays bool) scenario.Kit {
	return scenario.Kit{Name: fmt.Sprintf("heartbeat-%d-%t", number, stays), Change: func(o *cluster.Options) error {
		o.Heartbeat = &cluster.Heartbeat{Stays: stays}
		o.Files = append(o.Files, node.File{Path: scripts + "instance", Text: instance, Mode: 0o755})
		for _, v := range services(o.Nodes)[:number] {
			addition, err := disk.Addition(plan(v.name), o.Nodes)
			if err != nil {
				return err
			}
			o.Additions = append(o.Additions, addition)
			o.Files = append(o.Files, node.File{Path: "/srv/" + v.name + "/.keep"})
			o.Heartbeat.Haresources += v.line()
		}
		return nil
	}}
}

// plain is a pair of nodes with nothing but an address.
func plain() scenario.Kit {
	return scenario.Kit{Name: "heartbeat-plain", Change: func(o *cluster.Options) error {
		o.Heartbeat = &cluster.Heartbeat{}
		return nil
	}}
}
