package files

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocfbox/test/lab/scenario"
)

func full() []scenario.Scenario {
	return []scenario.Scenario{procedure("files-full",
		"The disk is full: rows are refused and the file server stays, for the monitor's file has its place; where that is new, the monitor fails and says why, and the file server goes back.",
		fullDisk)}
}

// status is the folder of the monitor's files, filler what takes all the room.
const (
	status = folder + "/.Filesystem_status"
	filler = folder + "/filler"
)

func fullDisk(d *desk) {
	deep := onDisk(folder, "")
	deep.deep, deep.once = true, true
	home, other := d.begin(folder, deep)
	file := fmt.Sprintf("%s/%s_%s", status, system, home)
	d.awaitWritten(home, file)

	d.Step("%s is full", folder)
	d.fill(home)
	d.Broke()
	d.awaitRefusal("no space left on device")
	for range 2 {
		d.awaitWritten(home, file)
	}
	d.requireNoFailure(home)
	d.AwaitOn(service, home)
	d.Step("the monitor has written its file twice since, and the file server is where it was")

	d.sendTo(other)
	d.awaitFailure(system+"_monitor_11000", other, "status file "+status+"/"+system+"_"+other, "no space left on device")
	d.requireSaid(other, "ocf-exit-reason:status file "+status, "no space left on device")
	d.AwaitOn(service, home)
	d.Step("the administrator makes room")
	d.Run(home, "rm", filler)
	d.awaitService(home)
	d.Run(home, "crm", "resource", "cleanup", system)
	d.awaitService(other)
	d.Run(home, "crm", "resource", "clear", group)
	d.awaitWritten(other, fmt.Sprintf("%s/%s_%s", status, system, other))
	d.requireNoFailure(other)
	d.RequireNotFenced()
}

// fill takes all the room on the disk, to the last block.
func (d *desk) fill(on string) {
	d.Run(on, "sh", "-c", "dd if=/dev/zero of="+filler+" bs=1M 2>/dev/null; dd if=/dev/zero of="+filler+" bs=512 oflag=append conv=notrunc 2>/dev/null; sync; true")
}

// awaitWritten waits until a monitor writes its file once more.
func (d *desk) awaitWritten(on, file string) {
	// The time may be that of the second in which the last one wrote.
	changed := func(ctx context.Context) (string, error) {
		text, err := d.Lab().Run(ctx, on, "stat", "-c", "%y %s", file)
		return strings.TrimSpace(text), err
	}
	before, _ := changed(d.Context())
	d.Await(file+" is written", 30*time.Second, func(ctx context.Context) error {
		now, err := changed(ctx)
		if err == nil && now == before {
			err = errors.New("it was written last at " + now)
		}
		return err
	})
}
