package fence

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// powerStrip is a device with one outlet that may behave badly.
type powerStrip struct {
	mode  Mode
	on    bool
	order []string
}

func (p *powerStrip) Do(ctx context.Context, o Order) (Answer, error) {
	p.order = append(p.order, o.Action)
	switching := o.Action == "on" || o.Action == "off"
	if switching && p.mode == Fails {
		return Answer{}, errors.New("outlet is stuck")
	}
	if switching && p.mode == Works {
		p.on = o.Action == "on"
	}
	return Answer{On: p.on, Nodes: []string{"suse01", "suse02"}}, nil
}

func TestAgent(t *testing.T) {
	tests := []struct {
		name, in string
		mode     Mode
		off      bool
		want     int
		out, err string
		orders   string
	}{
		{name: "status of a node that is on", in: "action=status\nport=suse01\n", want: 0, orders: "status"},
		{name: "status of a node that is off", in: "action=status\nnodename=suse01\n", off: true, want: 2, orders: "status"},
		{name: "off is verified", in: "action=off\nport=suse01\n", mode: Works, want: 0, orders: "off status"},
		{name: "reboot is off, then on", in: "action=reboot\nport=suse01\n", mode: Works, want: 0, orders: "off status on status"},
		{name: "no action means reboot", in: "port=suse01\n", mode: Works, want: 0, orders: "off status on status"},
		{name: "a device that refuses is a failure", in: "action=off\nport=suse01\n", mode: Fails, want: 1, err: "outlet is stuck", orders: "off"},
		{name: "a device that lies is found out", in: "action=off\nport=suse01\npower_timeout=1\n", mode: Lies, want: 1, err: "after 1s it is not"},
		{name: "list names the outlets", in: "action=list\n", want: 0, out: "suse01,\nsuse02,\n", orders: "list"},
		{name: "monitor reaches the device", in: "action=monitor\n", want: 0, orders: "list"},
		{name: "unknown options are ignored", in: "# comment\ncolour=blue\naction=monitor\n", want: 0, orders: "list"},
		{name: "unknown actions are not", in: "action=explode\n", want: 1, err: "explode"},
		{name: "a bad power_timeout is said", in: "action=off\npower_timeout=soon\n", want: 1, err: "power_timeout"},
		{name: "metadata needs no device", in: "action=metadata\n", want: 0, out: metadata},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				device := &powerStrip{mode: tt.mode, on: !tt.off}
				var out, err strings.Builder
				code := Agent{Device: device, Out: &out, Err: &err}.Main(t.Context(), strings.NewReader(tt.in), nil)
				require.Equal(t, tt.want, code, err.String())
				require.Equal(t, tt.out, out.String())
				require.Contains(t, err.String(), tt.err)
				if tt.orders != "" || tt.mode == "" {
					require.Equal(t, tt.orders, strings.Join(device.order, " "))
				}
			})
		})
	}
}

func TestOptionsFromTheCommandLine(t *testing.T) {
	o, err := ReadOptions(strings.NewReader("action=off\n"), []string{"-o", "metadata", "-n", "suse02"})
	require.NoError(t, err)
	require.Equal(t, "metadata", o.Action)
	require.Equal(t, "suse02", o.Node)
}
