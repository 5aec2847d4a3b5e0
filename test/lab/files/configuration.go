package files

import (
	"fmt"
	"net/netip"
	"strings"

	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/files/store"
	"ocfbox/test/lab/fuse"
)

// The names of the configuration, and where the file system of the service is mounted.
const (
	group   = "files"
	system  = "fs"
	share   = "share"
	ip      = "ip"
	service = "store"
	folder  = "/srv/files"
	// below is where the disk is mounted when a program's file system lies between it and the service.
	below = "/srv/disk"
)

func address() netip.Addr { return netip.MustParseAddr("192.168.101.50") }

// spare is a small disk without a file system, for one that a program serves.
func spare() disk.Plan { return disk.Plan{Name: "spare", SizeMiB: 4} }

// A fileSystem is a resource of the agent Filesystem.
type fileSystem struct {
	id, device, directory, fstype string
	// params are further parameters.
	params string
	// deep adds a monitor that writes a file.
	deep bool
	// once lets the resource leave its node after one failure.
	once bool
}

// onDisk is the ext4 of the shared disk.
func onDisk(directory, params string) fileSystem {
	return fileSystem{id: system, device: disk.Default().Device(), directory: directory, fstype: "ext4", params: params}
}

// served is a file system that a program serves from the disk's; its monitor writes, and a failure moves it.
func served(fstype string) fileSystem {
	f := fileSystem{id: share, device: below, directory: folder, fstype: fstype, deep: true, once: true}
	if fstype == fuse.BlockType {
		f.device, f.params = spare().Device(), "options="+fuse.FolderOption+below
	}
	return f
}

// crmsh is the resource as crmsh text. A stop has 20 s.
func (f fileSystem) crmsh() string {
	text := fmt.Sprintf(`primitive %s ocf:heartbeat:Filesystem \
    params device=%s directory=%s fstype=%s %s \
    op start interval=0 timeout=60s \
    op stop interval=0 timeout=20s \
    op monitor interval=10s timeout=20s`, f.id, f.device, f.directory, f.fstype, f.params)
	if f.deep {
		text += " \\\n    op monitor interval=11s timeout=20s OCF_CHECK_LEVEL=20"
	}
	if f.once {
		text += " \\\n    meta migration-threshold=1"
	}
	return text + "\n"
}

// configuration is that of a file server whose service keeps its rows in a folder. The file systems are started in their
// order.
func configuration(in string, systems ...fileSystem) string {
	var text, ids strings.Builder
	for _, f := range systems {
		text.WriteString(f.crmsh())
		ids.WriteString(f.id + " ")
	}
	return text.String() + fmt.Sprintf(`primitive %s ocf:heartbeat:IPaddr2 \
    params ip=%s cidr_netmask=24 \
    op monitor interval=10s timeout=20s
primitive %s ocf:ocflab:%s \
    params folder=%s \
    op start interval=0 timeout=20s \
    op stop interval=0 timeout=20s \
    op monitor interval=10s timeout=20s
group %s %s%s %s
rsc_defaults rsc-options: resource-stickiness=100
`, ip, address(), service, agentName, in, group, ids.String(), ip, service)
}

// agentName is that of the laboratory's resource agent of the service.
const agentName = "store"

// agent keeps the service running. When the service does not end even when it is killed, its stop fails.
const agent = `#!/bin/sh
mark=/run/ocflab-store.pid
lives() { [ -s $mark ] && kill -0 "$(cat $mark)" 2>/dev/null; }
gone() {
	i=0
	while lives; do
		i=$((i + 1))
		[ $i -gt "$1" ] && return 1
		sleep 0.1
	done
}
case $1 in
meta-data)
	cat <<-END
	<?xml version="1.0"?>
	<resource-agent name="` + agentName + `" version="1.0"><version>1.1</version>
	<longdesc lang="en">A service that keeps rows in a file.</longdesc>
	<shortdesc lang="en">Keeps rows</shortdesc>
	<parameters><parameter name="folder" required="1"><longdesc lang="en">Where the file is</longdesc>
	<shortdesc lang="en">Where the file is</shortdesc><content type="string"/></parameter></parameters>
	<actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>
	<action name="monitor" timeout="20s" interval="10s"/><action name="meta-data" timeout="5s"/></actions></resource-agent>
	END
	;;
start)
	lives && exit 0
	setsid ` + store.Path + ` serve "$OCF_RESKEY_folder" >/var/log/ocflab-store.log 2>&1 </dev/null &
	echo $! >$mark
	until ` + store.Path + ` ask 2>/dev/null; do
		lives || { cat /var/log/ocflab-store.log >&2; exit 1; }
		sleep 0.1
	done
	;;
stop)
	lives || exit 0
	kill "$(cat $mark)"
	gone 20 || { kill -9 "$(cat $mark)"; gone 50; } || exit 1
	rm -f $mark
	;;
monitor)
	lives || exit 7
	;;
*)
	exit 3
	;;
esac
`
