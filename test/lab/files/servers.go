package files

import (
	"context"
	"fmt"
	"time"

	"ocfbox/test/lab/fuse"
	"ocfbox/test/lab/scenario"
)

// In these a program serves a file system from the disk's.
func servers() []scenario.Scenario {
	return []scenario.Scenario{
		procedure("files-eio", "Reads and writes have input/output errors on one node: the deeper monitor sees it, and the file server moves.", errorsMove),
		procedure("files-dead", "The file system's server takes no more requests: the monitors answer in time, stop ends in time, and the file server moves.", deadMoves),
		procedure("files-mute", "The server takes requests and never answers, so that not even KILL ends who waits: stop ends the requests by force, in time.", muteMoves),
		procedure("files-umount-hangs", "An unmount never comes back: stop says so before its time is up, the node is fenced, and the file server goes on elsewhere.", umountHangs),
	}
}

// statusFile is what the deeper monitor writes on a node.
func statusFile(on string) string {
	return fmt.Sprintf("status file %s/.Filesystem_status/%s_%s", folder, share, on)
}

func errorsMove(d *desk) {
	home, other := d.begin(folder, onDisk(below, ""), served(fuse.Type))
	d.serverBecomes(home, fuse.Broken)
	d.awaitRefusal("input/output error")
	d.awaitFailure(share+"_monitor_11000", home, statusFile(home), "input/output error")
	d.awaitService(other)
	d.RequireNotFenced()
	d.requireSaid(home, "ocf-exit-reason:"+statusFile(home), "input/output error")
}

func deadMoves(d *desk) {
	home, other := d.begin(folder, onDisk(below, ""), served(fuse.Type))
	d.serverBecomes(home, fuse.Silent)
	d.monitorGivesUp(home)
	d.awaitService(other)
	d.RequireNotFenced()
}

// monitorGivesUp sees the deeper monitor answer by itself, and the plain one content: the file system is mounted.
func (d *desk) monitorGivesUp(home string) {
	d.awaitFailure(share+"_monitor_11000", home, statusFile(home), "the call does not come back")
	d.requireSaid(home, "ocf-exit-reason:"+statusFile(home), "the call does not come back")
	d.requireUnsaid(home, "monitor", share, "Timed Out")
	d.requireUnsaid(home, share+"_monitor_10000", "error")
}

// muteMoves has the rows beside the file system that fails: a service that waits for it could not be stopped.
func muteMoves(d *desk) {
	home, other := d.begin(below, onDisk(below, ""), served(fuse.Type))
	d.serverBecomes(home, fuse.Mute)
	d.Run(home, "sh", "-c", "setsid -f cat "+folder+"/31004 >/dev/null 2>&1 </dev/null")
	d.Await("a program waits for the server", 10*time.Second, func(ctx context.Context) error {
		_, err := d.Lab().Run(ctx, home, "pgrep", "-f", "^cat "+folder+"/31004")
		return err
	})
	d.Step("on %s a program waits for the server, and cannot be killed", home)
	d.monitorGivesUp(home)
	d.awaitService(other)
	d.requireSaid(home, "unmount "+folder+" by force")
	d.RequireNotFenced()
}

func umountHangs(d *desk) {
	home, other := d.begin(folder, onDisk(below, ""), served(fuse.BlockType))
	d.serverBecomes(home, fuse.Stays)
	d.sendTo(other)
	d.awaitFenced(home)
	d.awaitService(other)
	d.Run(other, "crm", "resource", "clear", group)
	d.AwaitReady()
	d.requireSaid(home, "ocf-exit-reason:", "unmounting "+folder+" does not come to an end: its device does not answer")
	d.requireUnsaid(home, share, "stop", "Timed Out")
}
