package files

import (
	"ocfbox/test/lab/fence"
	"ocfbox/test/lab/network"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/scenario"
)

// In these the cluster network is cut while both nodes live: only fencing keeps the second from mounting the disk.
func splits() []scenario.Scenario {
	swears := procedure("files-fencing-swears",
		"The same with a device that only swears that it switches nodes off: the other node would mount the disk too.", splitUndetected)
	swears.Red = "would mount"
	return []scenario.Scenario{
		procedure("files-split", "When the nodes lose sight of each other, one is fenced, and the other has the disk when it is free.", split),
		swears,
	}
}

func split(d *desk) {
	home, other := d.begin(folder, onDisk(folder, ""))
	d.Broke()
	d.Cut(network.Cluster, home, other)
	loser := d.AwaitEvent("one node is fenced", 1, func(e rack.Event) bool { return e.What == rack.PowerOff && e.Detail == "fenced" }).Node
	winner := d.Other(loser)
	d.Step("%s fenced %s", winner, loser)
	d.awaitService(winner)
	d.Heal(network.Cluster, home, other)
	d.AwaitReady()
	d.RequireNeverTwice(address())
}

func splitUndetected(d *desk) {
	home, other := d.begin(folder, onDisk(folder, ""))
	d.Fencing(fence.Swears)
	d.Cut(network.Cluster, home, other)
	clash := d.AwaitEvent(other+" would mount the disk", 1, func(e rack.Event) bool { return e.What == rack.DiskClash })
	d.Step("%s %s", clash.Node, clash.Detail)
}
