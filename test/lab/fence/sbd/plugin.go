package sbd

import (
	"context"
	"fmt"
	"io"
	"time"

	"ocfbox/test/lab/fence"
)

// powerTimeout is how long a node may take to reach the state it was switched to.
const powerTimeout = 10 * time.Second

// Plugin is external/sbd, as `stonith -t external/sbd` calls it: an action and perhaps a node as arguments,
// 0 or 1 as the answer. Fencing leaves the message in the node's slot with which a real sbd would have done it.
func (t Tool) Plugin(ctx context.Context, args []string) int {
	action, node := "", ""
	if len(args) > 0 {
		action = args[0]
	}
	if len(args) > 1 {
		node = args[1]
	}
	if text, ok := information(action); ok {
		_, _ = io.WriteString(t.Out, text)
		return 0
	}
	if err := t.act(ctx, action, node); err != nil {
		fmt.Fprintf(t.Err, "external/sbd: %s %s: %v\n", action, node, err)
		return 1
	}
	return 0
}

func (t Tool) act(ctx context.Context, action, node string) error {
	switch action {
	case "status":
		_, err := t.slots(ctx)
		return err
	case "gethosts":
		slots, err := t.slots(ctx)
		for _, s := range slots {
			fmt.Fprintln(t.Out, s.Node)
		}
		return err
	case "reset", "off", "on":
		if node == "" {
			return fmt.Errorf("no node is named")
		}
		return t.power(ctx, action, node)
	}
	return fmt.Errorf("the action is unknown")
}

// power has fence_ocflab's way with a device that cannot be trusted.
func (t Tool) power(ctx context.Context, action, node string) error {
	o := fence.Options{Action: action, Node: node, Message: action, PowerTimeout: powerTimeout}
	if action == "reset" {
		o.Action = "reboot"
	}
	_, err := fence.Agent{Device: t.Device, Out: t.Out, Err: t.Err}.Act(ctx, o)
	return err
}

// information answers what stonith asks about the plugin itself.
func information(action string) (string, bool) {
	text, ok := map[string]string{
		"getconfignames":   "sbd_device\n",
		"getinfo-devid":    "Shared storage STONITH device\n",
		"getinfo-devname":  "Shared storage STONITH device\n",
		"getinfo-devdescr": "Fences laboratory nodes as sbd does: a message in a node's slot, and the node is reset.\n",
		"getinfo-devurl":   "https://localhost/\n",
		"getinfo-xml":      parameters,
	}[action]
	return text, ok
}

const parameters = `<parameters>
<parameter name="sbd_device" unique="1" required="0">
<content type="string"/>
<shortdesc lang="en">SBD device(s)</shortdesc>
<longdesc lang="en">Block devices of sbd, separated by semicolons. The laboratory has one storage, whatever its name.</longdesc>
</parameter>
</parameters>
`
