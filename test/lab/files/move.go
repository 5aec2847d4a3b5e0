package files

import (
	"ocfbox/test/lab/defect"
	"ocfbox/test/lab/files/store"
	"ocfbox/test/lab/rack"
	"ocfbox/test/lab/scenario"
)

func moves() []scenario.Scenario {
	return []scenario.Scenario{
		procedure("files-move", "A file server is moved to the other node and back by crm: its rows are there, and nobody is fenced.", move),
		procedure("files-crash", "The file server's node loses power: the other one mounts the disk after fencing is confirmed, and has all rows.", crash),
	}
}

func move(d *desk) {
	home, other := d.begin(folder, onDisk(folder, ""))
	d.moveTo(other)
	d.moveTo(home)
	d.RequireNotFenced()
	d.RequireNeverTwice(address())
}

func crash(d *desk) {
	home, other := d.begin(folder, onDisk(folder, ""))
	d.Crash(home)
	d.awaitService(other)
	d.RequireFencedFirst(address(), other, home)
	d.Step("%s was switched on again by fencing; it must come back and take nothing", home)
	d.AwaitReady()
	d.AwaitSettled()
	d.awaitService(other)
	d.RequireNeverTwice(address())
}

// broken is the beginning of files-move with an agent that lies. It ends as soon as that is seen.
func broken() scenario.Scenario {
	s := procedure("broken-"+defect.LeavesTheMount, "An agent that says a file system is unmounted, and it is not, lets the other node mount it too. The same as files-move.",
		func(d *desk) {
			d.Step("the agents are broken: %s", defect.LeavesTheMount)
			for _, on := range d.Members() {
				d.put(on, defect.File, defect.LeavesTheMount)
			}
			_, other := d.begin(folder, onDisk(folder, ""))
			d.sendTo(other)
			d.AwaitEvent(other+" would mount the disk", 1, func(e rack.Event) bool { return e.What == rack.DiskClash })
		})
	s.Kit, s.Red = breakable(), "would mount"
	return s
}

// rowsIn is the file with the rows below a directory.
func rowsIn(directory string) string { return directory + "/" + store.File }
