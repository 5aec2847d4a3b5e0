package sbd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"ocfbox/test/lab/fence"
)

// storage is a power controller for two nodes, with a slot for each.
type storage struct {
	mode  fence.Mode
	off   map[string]bool
	slots []fence.Slot
	asked []string
}

func newStorage(mode fence.Mode) *storage {
	return &storage{mode: mode, off: map[string]bool{}, slots: []fence.Slot{{Node: "suse01", Message: fence.Clear}, {Node: "suse02", Message: fence.Clear}}}
}

func (s *storage) Do(_ context.Context, o fence.Order) (fence.Answer, error) {
	s.asked = append(s.asked, o.Action)
	at := slices.IndexFunc(s.slots, func(slot fence.Slot) bool { return slot.Node == o.Node })
	if o.Action != "slots" && at < 0 {
		return fence.Answer{}, errors.New("there is no such node")
	}
	switch o.Action {
	case "message":
		s.slots[at].Message, s.slots[at].From = o.Message, "suse02"
	case "on", "off":
		if s.mode == fence.Fails {
			return fence.Answer{}, errors.New("outlet is stuck")
		}
		if s.mode != fence.Works {
			break
		}
		s.off[o.Node] = o.Action == "off"
		if o.Message != "" {
			s.slots[at] = fence.Slot{Node: o.Node, Message: o.Message, From: "suse02"}
		}
	}
	return fence.Answer{On: !s.off[o.Node], Slots: s.slots}, nil
}

func TestPlugin(t *testing.T) {
	tests := []struct {
		name, args string
		mode       fence.Mode
		want       int
		out, err   string
		message    string
		orders     string
	}{
		{name: "reset switches off and on, and leaves the message", args: "reset suse01", mode: fence.Works, message: "reset", orders: "off status on status"},
		{name: "off leaves the node off", args: "off suse01", mode: fence.Works, message: "off", orders: "off status"},
		{name: "on clears no message", args: "on suse01", mode: fence.Works, message: "clear", orders: "on status"},
		{name: "a device that refuses is a failure, and writes nothing", args: "reset suse01", mode: fence.Fails, want: 1, err: "outlet is stuck", message: "clear", orders: "off"},
		{name: "a device that lies is found out", args: "reset suse01", mode: fence.Lies, want: 1, err: "after 10s it is not", message: "clear"},
		{name: "a node that is not named is not guessed", args: "reset", want: 1, err: "no node is named"},
		{name: "status reaches the storage", args: "status", orders: "slots"},
		{name: "gethosts lists the slots", args: "gethosts", out: "suse01\nsuse02\n", orders: "slots"},
		{name: "the parameters' names need no device", args: "getconfignames", out: "sbd_device\n"},
		{name: "nor do their descriptions", args: "getinfo-xml", out: parameters},
		{name: "what the protocol does not have fails", args: "explode suse01", want: 1, err: "unknown"},
		{name: "no action at all fails", args: "", want: 1, err: "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				device := newStorage(tt.mode)
				var out, err strings.Builder
				code := Tool{Device: device, Host: "suse02", Out: &out, Err: &err}.Plugin(t.Context(), strings.Fields(tt.args))
				require.Equal(t, tt.want, code, err.String())
				require.Equal(t, tt.out, out.String())
				require.Contains(t, err.String(), tt.err)
				if tt.message != "" {
					require.Equal(t, tt.message, device.slots[0].Message)
				}
				if tt.orders != "" {
					require.Equal(t, tt.orders, strings.Join(device.asked, " "))
				}
			})
		})
	}
}

func TestTheProgram(t *testing.T) {
	tests := []struct {
		name, args string
		before     string
		want       int
		out, err   string
		after      string
	}{
		{name: "list has number, node, message and sender", args: "-d /dev/disk/by-id/SBDA list", before: "reset", out: "0\tsuse01\treset\tsuse02\n1\tsuse02\tclear\t\n"},
		{name: "list of two devices is two lists", args: "-d /dev/disk/by-id/SBDA -d /dev/disk/by-id/SBDB list", out: strings.Repeat("0\tsuse01\tclear\t\n1\tsuse02\tclear\t\n", 2)},
		{name: "the guide's way to clear a slot", args: "-d /dev/disk/by-id/SBDA message suse01 clear", before: "reset", after: "clear"},
		{name: "a message for a node", args: "-d /dev/disk/by-id/SBDA message suse01 off", after: "off"},
		{name: "a message that does not exist", args: "-d /dev/disk/by-id/SBDA message suse01 explode", want: 1, err: `"explode" is unknown`, after: "clear"},
		{name: "a node that does not exist", args: "-d /dev/disk/by-id/SBDA message nobody clear", want: 1, err: "no such node"},
		{name: "a path that is no shared storage", args: "-d /dev/sda list", want: 1, err: "/dev/sda"},
		{name: "no device", args: "list", want: 1, err: "no device is named"},
		{name: "no command", args: "-d /dev/disk/by-id/SBDA", want: 1, err: "usage: sbd"},
		{name: "an unknown option", args: "-x list", want: 1, err: "option -x"},
		{name: "a clear slot lets the cluster start", args: "-d /dev/disk/by-id/SBDA watch"},
		{name: "a message holds it back and says how to go on", args: "-d /dev/disk/by-id/SBDA watch", before: "reset", want: 1,
			err: "slot of suse01 holds reset from suse02: not starting; clear it with: sbd -d /dev/disk/by-id/SBDA message suse01 clear"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			device := newStorage(fence.Works)
			if tt.before != "" {
				device.slots[0] = fence.Slot{Node: "suse01", Message: tt.before, From: "suse02"}
			}
			var out, err strings.Builder
			code := Tool{Device: device, Host: "suse01", Out: &out, Err: &err}.Main(t.Context(), strings.Fields(tt.args))
			require.Equal(t, tt.want, code, err.String())
			require.Equal(t, tt.out, out.String())
			require.Contains(t, err.String(), tt.err)
			if tt.after != "" {
				require.Equal(t, tt.after, device.slots[0].Message)
			}
		})
	}
}

func TestDumpLooksAsInTheGuide(t *testing.T) {
	var out strings.Builder
	require.Zero(t, Tool{Out: &out}.Main(t.Context(), []string{"-d", Device, "dump"}))
	require.Contains(t, out.String(), "==Dumping header on disk /dev/disk/by-id/SBDA\n")
	require.Contains(t, out.String(), "Timeout (msgwait)  : 40\n==Header on disk /dev/disk/by-id/SBDA is dumped\n")
}
