package files

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/lab/disk"
	"ocfbox/test/lab/scenario"
)

func checked() []scenario.Scenario {
	return []scenario.Scenario{
		procedure("files-fsck", "A file system with errors: run_fsck=force mends it before it is mounted, and auto and no mount an ext4 as it is.", mends),
		procedure("files-fsck-broken", "A file system with errors that fsck may not mend by itself is not mounted: each node tries once, says why, and leaves it.", refuses),
	}
}

// junk is a file that is damaged in place of the rows.
const junk = folder + "/junk"

// countWrong damages what fsck mends without asking; blockWrong damages a file so that only an administrator may mend it.
// Both mark the file system as one with errors.
const (
	countWrong = "ssv free_blocks_count 7\nssv state 2\n"
	blockWrong = "set_inode_field /junk block[5] 99999999\nssv state 2\n"
)

// checks is what the agent's log says when it lets fsck run.
const checks = "check the file system on"

// damage stops the group, and damages what is on the disk.
func (d *desk) damage(on, how string) {
	d.Step("stop the file server, and damage the file system")
	d.Run(on, "crm", "resource", "stop", group)
	d.Await("nobody has the disk", scenario.Patience, func(ctx context.Context) error {
		for _, node := range d.Members() {
			if text, err := d.Lab().Run(ctx, node, "cat", "/proc/mounts"); err != nil || strings.Contains(text, folder) {
				return fmt.Errorf("%s has it: %w", node, err)
			}
		}
		return nil
	})
	_, err := d.Lab().RunWith(d.Context(), how, on, "debugfs", "-w", "-f", "-", disk.Default().Device())
	d.Must(err)
}

// policy sets run_fsck and lets the group start.
func (d *desk) policy(on, value string) {
	d.Step("run_fsck=%s", value)
	d.Run(on, "crm", "resource", "param", system, "set", "run_fsck", value)
	d.Run(on, "crm", "resource", "start", group)
}

// times is how often a node's log has the words.
func (d *desk) times(on string, words ...string) int {
	found, err := d.said(d.Context(), on, words...)
	d.Must(err)
	return len(found)
}

func mends(d *desk) {
	home, _ := d.begin(folder, onDisk(folder, "run_fsck=force"))
	for _, value := range []string{"auto", "no", "force"} {
		d.damage(home, countWrong)
		before := d.times(home, checks)
		d.policy(home, value)
		d.awaitService(home)
		if ran := d.times(home, checks) > before; ran != (value == "force") {
			d.Fail("fsck ran: %t, with run_fsck=%s", ran, value)
		}
	}
	d.requireSaid(home, "fsck: ", "contains a file system with errors, check forced")
	d.RequireNotFenced()
}

func refuses(d *desk) {
	home, other := d.begin(folder, onDisk(folder, "run_fsck=force"))
	d.Run(home, "sh", "-c", "echo junk >"+junk+"; sync")
	d.damage(home, blockWrong)
	before := map[string]int{home: d.times(home, checks), other: d.times(other, checks)}
	d.Step("start the file server")
	d.Run(home, "crm", "resource", "start", group)
	reason := "fsck of " + disk.Default().Device() + " left errors (exit 4); check it by hand"
	for _, node := range []string{home, other} {
		d.awaitFailure(system+"_start_0", node, reason)
	}
	d.AwaitSettled()
	// Long enough for a loop to show.
	select {
	case <-time.After(15 * time.Second):
	case <-d.Context().Done():
	}
	for node, n := range before {
		if now := d.times(node, checks); now != n+1 {
			d.Fail("%s has let fsck run %d times", node, now-n)
		}
		d.requireSaid(node, "fsck: ", "UNEXPECTED INCONSISTENCY")
		d.requireSaid(node, "ocf-exit-reason:"+reason)
	}
	d.RequireNotFenced()

	d.Step("the administrator runs fsck by hand, and cleans up")
	// Exit 1 is: errors corrected.
	d.Run(home, "sh", "-c", "fsck.ext4 -f -y "+disk.Default().Device()+" >/dev/null; [ $? -eq 1 ]")
	d.Run(home, "crm", "resource", "cleanup", system)
	d.awaitService(d.AwaitStarted(service))
}
