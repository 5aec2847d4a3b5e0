package drbddisk

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"ocfbox/internal/drbd/feed"
	"ocfbox/internal/ocf"
)

// A disk is one configured instance of the agent.
type disk struct {
	// root is where the host's files are.
	root          string
	resource      string
	configuration string
	// tries is how often a promotion is tried, and wait the seconds between two tries.
	tries, wait int
	rules       Rules
	// failIfDegraded and useDegraded are what a monitor of a primary with bad data ends with: 1, and 190.
	failIfDegraded, useDegraded bool
	attr                        bool
	// script is how heartbeat's script was called; nil is an OCF action.
	script *script
}

// Rules are what the configuration of the cluster allows beyond what is safe by itself.
type Rules struct {
	// AllowSyncTarget promotes the target of a resync while it can read from its source.
	AllowSyncTarget bool
	// AllowDual promotes beside another primary, where DRBD's configuration allows two.
	AllowDual bool
	// WarnStandalone promotes a resource that will not connect by itself, and says so.
	WarnStandalone bool
}

// bindParams declares the parameters of drbddisk.md 5.
func (d *disk) bindParams(p *ocf.Params) {
	p.Func(d.readResource, ocf.Parameter{Name: "drbd_resource", Flags: ocf.Required | ocf.Unique, Short: "The DRBD resource",
		Long: `The name of the DRBD resource, with all its volumes.`})
	p.String(&d.configuration, "drbdconf", feed.DefaultConfiguration, 0, "DRBD's configuration",
		`The file where DRBD's tools begin to read their configuration.`)
	p.Int(&d.tries, "start_tries", 6, 0, "Attempts to promote",
		`How often a promotion is tried. A peer that is still primary may be giving up its role, and a peer that is dead
may not have been noticed yet: DRBD's own time-out can be longer than the cluster's.`)
	p.Int(&d.wait, "start_wait", 1, 0, "Seconds between two attempts",
		`How many seconds are between two attempts to promote.`)
	p.Bool(&d.rules.AllowSyncTarget, "allow_sync_target", false, 0, "Promote the target of a resync",
		`Promotes a copy that is being brought up to date, while it is connected to the copy it is brought up to date from.
DRBD can do that; if the connection breaks, the service loses its data until it is back.`)
	p.Bool(&d.rules.AllowDual, "allow_dual", false, 0, "Promote beside another primary",
		`Promotes although the peer is primary as well. DRBD must allow two primaries, and what uses the device must be made
for it, as a cluster file system is.`)
	p.Func(d.readStandalone, ocf.Parameter{Name: "on_standalone", Default: "refuse", Short: "What to do without a connection to come",
		Long: `What start does when the resource is StandAlone, so that it will not find its peer by itself: "refuse", or "warn"
and promote. A resource that waits for its peer is promoted either way, and one side of a split brain is not.`})
	p.Bool(&d.failIfDegraded, "fail_if_degraded", false, 0, "Fail with bad data",
		`The monitor of a primary fails when its own disk is not up to date or I/O is suspended.`)
	p.Bool(&d.useDegraded, "use_degraded", false, 0, "Tell of bad data",
		`The monitor of a primary whose own disk is not up to date, or whose I/O is suspended, ends with 190, which Pacemaker
shows as degraded and does not act on. fail_if_degraded comes first.`)
	p.Bool(&d.attr, "attr", true, 0, "Publish what the copy is worth",
		`Writes, whenever it changes, the node's attribute ocfbox-drbd-RESOURCE, and -link and -oos behind it, that
ocf:ocfbox:synccheck describes: the primary's, and what the copy is worth when it is demoted.`)
}

const nameLetters = "-%+./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

// everything is the word for all resources, which only a script may use.
const everything = "all"

func (d *disk) readResource(text string) error {
	switch {
	case strings.Trim(text, nameLetters) != "":
		return fmt.Errorf("%q has characters that no resource's name has", text)
	case text == everything:
		return errors.New(`"all" is no resource: a resource of the cluster has one name to ask about`)
	case strings.HasPrefix(text, "-"):
		return fmt.Errorf("%q would be an option of DRBD's tools", text)
	case strings.ContainsAny(text, "/"), strings.HasPrefix(text, "minor-"):
		return fmt.Errorf("%q is a device: only a whole resource has a role", text)
	}
	d.resource = text
	return nil
}

func (d *disk) readStandalone(text string) error {
	switch text {
	case "refuse", "warn":
		d.rules.WarnStandalone = text == "warn"
		return nil
	}
	return fmt.Errorf("%q is neither refuse nor warn", text)
}

// at is a file of the host.
func (d *disk) at(path string) string { return filepath.Join(d.root, path) }
