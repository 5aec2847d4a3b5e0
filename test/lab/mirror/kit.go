package mirror

import (
	"ocfbox/test/drbdsim"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
)

// The names of the configuration.
const (
	resource  = "r0"
	attribute = "ocfbox-drbd-" + resource
	disk      = "disk"
	service   = "database"
)

// kit is a pair with a mirrored disk of DRBD 8.4, whose resyncs are slow enough to be seen.
func kit() scenario.Kit {
	return scenario.Kit{Name: "mirror", Change: func(o *cluster.Options) error {
		p := drbdsim.Default()
		// After a power cut all of so small a disk is brought up to date.
		p.SizeKiB, p.RateKiB = 16*1024, 800
		addition, err := drbdsim.Addition(p, o.Nodes)
		if err != nil {
			return err
		}
		o.Additions = append(o.Additions, addition)
		o.Files = append(o.Files, node.File{Path: "/usr/lib/ocf/resource.d/ocflab/mirrordisk", Text: mirrordisk, Mode: 0o755})
		return nil
	}}
}

// mirrordisk is a resource agent of the laboratory: where it runs the device is primary, and a client writes through it
// all the time.
const mirrordisk = `#!/bin/sh
mark=/run/mirrordisk.pid
case $1 in
meta-data)
	cat <<-END
	<?xml version="1.0"?>
	<resource-agent name="mirrordisk" version="1.0"><version>1.1</version>
	<longdesc lang="en">The primary of a mirrored disk, and a client that writes.</longdesc>
	<shortdesc lang="en">Mirrored disk</shortdesc>
	<parameters><parameter name="resource" required="1"><longdesc lang="en">The resource</longdesc>
	<shortdesc lang="en">The resource</shortdesc><content type="string"/></parameter></parameters>
	<actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>
	<action name="monitor" timeout="20s" interval="10s"/><action name="meta-data" timeout="5s"/></actions></resource-agent>
	END
	;;
start)
	[ -e $mark ] && exit 0
	drbdadm primary "$OCF_RESKEY_resource" || exit 1
	setsid ` + drbdsim.Hand + ` write "$OCF_RESKEY_resource" 4 200ms >/dev/null 2>&1 </dev/null &
	echo $! >$mark
	;;
stop)
	[ -e $mark ] || exit 0
	kill "$(cat $mark)" 2>/dev/null
	rm $mark
	drbdadm secondary "$OCF_RESKEY_resource" || exit 1
	;;
monitor)
	[ -e $mark ] || exit 7
	;;
*)
	exit 3
	;;
esac
`

// configuration is that of the agent's manual page.
const configuration = `primitive check-r0 ocf:ocfbox:synccheck \
    params resource=r0 \
    op monitor interval=10 timeout=30 \
    op start interval=0 timeout=30 \
    op stop interval=0 timeout=30
clone cl-check-r0 check-r0 \
    meta clone-node-max=1 interleave=true
primitive disk ocf:ocflab:mirrordisk \
    params resource=r0 \
    op monitor interval=10 timeout=20
primitive database ocf:pacemaker:Dummy \
    op monitor interval=10 timeout=20
group service disk database
order seen-r0 Optional: cl-check-r0 service
rsc_defaults rsc-options: resource-stickiness=100
`

// rule keeps the service away from stale data.
const rule = `location data-r0 service \
    rule -inf: not_defined ocfbox-drbd-r0 or \
        ocfbox-drbd-r0 eq SWAIT or ocfbox-drbd-r0 eq SFAIL or \
        ocfbox-drbd-r0 eq SBRAIN or ocfbox-drbd-r0 eq UNKNOWN
`
