// Package sbd stands in for shared-storage based fencing in a laboratory: the program sbd, and cluster-glue's fencing
// plugin external/sbd. The rack plays the storage: one mail box a node, behind the node's power socket.
//
// What differs from the real thing: no disk is written, any path under /dev/disk/by-id names the same storage, and
// fencing is as fast as the power controller, not as slow as msgwait.
package sbd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"ocfbox/test/lab/fence"
)

// Where nodes find it.
const (
	Name        = "sbd"
	ProgramPath = "/usr/sbin/sbd"
	PluginPath  = "/usr/lib/stonith/plugins/external/sbd"
	// Device is the storage as SUSE's guide calls it; every name below its folder will do.
	Device = "/dev/disk/by-id/SBDA"
)

// A Tool plays either part on a node.
type Tool struct {
	Device   fence.Device
	Host     string
	Out, Err io.Writer
}

const usage = `usage: sbd -d DEVICE [-d DEVICE ...] list
       sbd -d DEVICE [-d DEVICE ...] dump
       sbd -d DEVICE [-d DEVICE ...] message NODE test|reset|off|exit|clear
`

// Main is the program sbd. It returns the exit code.
func (t Tool) Main(ctx context.Context, args []string) int {
	devices, words, err := split(args)
	if err == nil {
		err = t.do(ctx, devices, words)
	}
	if err != nil {
		fmt.Fprintf(t.Err, "sbd: %v\n", err)
		return 1
	}
	return 0
}

// split tells the devices from the command.
func split(args []string) (devices, words []string, err error) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		if args[0] != "-d" || len(args) < 2 {
			return nil, nil, fmt.Errorf("option %s is not known here\n%s", args[0], usage)
		}
		// The separator of SBD_DEVICE is allowed here, too.
		for device := range strings.SplitSeq(args[1], ";") {
			if !strings.HasPrefix(device, "/dev/disk/by-id/") {
				return nil, nil, fmt.Errorf("open device %s: No such file or directory", device)
			}
			devices = append(devices, device)
		}
		args = args[2:]
	}
	if len(devices) == 0 {
		return nil, nil, fmt.Errorf("no device is named\n%s", usage)
	}
	return devices, args, nil
}

func (t Tool) do(ctx context.Context, devices, words []string) error {
	switch {
	case len(words) == 1 && words[0] == "list":
		return t.list(ctx, devices)
	case len(words) == 1 && words[0] == "dump":
		return t.dump(devices)
	case len(words) == 1 && words[0] == "watch":
		return t.watch(ctx)
	case len(words) == 3 && words[0] == "message":
		return t.message(ctx, words[1], words[2])
	}
	return fmt.Errorf("%q is no command\n%s", strings.Join(words, " "), usage)
}

func (t Tool) slots(ctx context.Context) ([]fence.Slot, error) {
	answer, err := t.Device.Do(ctx, fence.Order{Action: "slots"})
	return answer.Slots, err
}

// list prints number, node, message and sender of each slot, a device after the other.
func (t Tool) list(ctx context.Context, devices []string) error {
	slots, err := t.slots(ctx)
	if err != nil {
		return err
	}
	for range devices {
		for i, s := range slots {
			fmt.Fprintf(t.Out, "%d\t%s\t%s\t%s\n", i, s.Node, s.Message, s.From)
		}
	}
	return nil
}

// dump prints a header as SUSE's guide (9.1.3.3) shows one.
func (t Tool) dump(devices []string) error {
	for _, device := range devices {
		fmt.Fprintf(t.Out, `==Dumping header on disk %[1]s
Header version     : 2.1
UUID               : 6f63666c-6162-4000-8000-000000000000
Number of slots    : 255
Sector size        : 512
Timeout (watchdog) : 20
Timeout (allocate) : 2
Timeout (loop)     : 1
Timeout (msgwait)  : 40
==Header on disk %[1]s is dumped
`, device)
	}
	return nil
}

func messages() []string { return []string{"test", "reset", "off", "exit", fence.Clear} }

func (t Tool) message(ctx context.Context, node, message string) error {
	if !slices.Contains(messages(), message) {
		return fmt.Errorf("message %q is unknown; there are %v", message, messages())
	}
	_, err := t.Device.Do(ctx, fence.Order{Action: "message", Node: node, Message: message})
	return err
}

// watch is what the unit sbd runs before the cluster starts: a slot with a message is not a clean start
// (SBD_STARTMODE=clean, as the guide sets it).
func (t Tool) watch(ctx context.Context) error {
	slots, err := t.slots(ctx)
	if err != nil {
		return err
	}
	for _, s := range slots {
		if s.Node == t.Host && s.Message != fence.Clear {
			return fmt.Errorf("slot of %s holds %s from %s: not starting; clear it with: sbd -d %s message %s clear",
				s.Node, s.Message, s.From, Device, s.Node)
		}
	}
	return nil
}
