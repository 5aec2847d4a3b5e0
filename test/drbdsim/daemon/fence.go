package daemon

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocfbox/test/drbdsim/core"
)

// settings are those of a resource that is up.
func (d *daemon) settings(name string) core.Settings {
	for _, r := range d.node.View(time.Now()).Resources {
		if r.Name == name {
			return r.Settings
		}
	}
	return core.Settings{}
}

// environment is what DRBD tells its handlers.
func (d *daemon) environment(name string) []string {
	d.mu.Lock()
	s := d.settings(name)
	d.mu.Unlock()
	var minors, peers []string
	for _, v := range s.Volumes {
		minors = append(minors, strconv.Itoa(v.Minor))
	}
	for _, p := range s.Peers {
		peers = append(peers, p.Name)
	}
	list := append(os.Environ(), "DRBD_RESOURCE="+name, "DRBD_MINOR="+strings.Join(minors, " "), "DRBD_PEERS="+strings.Join(peers, " "))
	if len(s.Peers) > 0 {
		list = append(list, "DRBD_PEER="+s.Peers[0].Name, "DRBD_PEER_NODE_ID="+strconv.Itoa(s.Peers[0].NodeID))
	}
	return list
}

// runHandler runs a handler of the configuration, as the kernel does through drbdadm, and returns its exit code.
func runHandler(ctx context.Context, program, name string, environment []string) int {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", program)
	cmd.Env = append(environment, "DRBD_HANDLER="+name)
	cmd.WaitDelay = time.Second
	_ = cmd.Run()
	if cmd.ProcessState == nil {
		return 1
	}
	return max(1, cmd.ProcessState.ExitCode())
}

// handlers asks the fence-peer handler where I/O is frozen for it. The lock is held.
func (d *daemon) handlers(view core.View) {
	for _, r := range view.Resources {
		if !slices.Contains(r.Suspended, "fencing") || d.fencing[r.Name] || r.FencePeer == "" {
			continue
		}
		d.fencing[r.Name] = true
		go func() {
			code := runHandler(context.Background(), r.FencePeer, "fence-peer", d.environment(r.Name))
			d.mu.Lock()
			defer d.mu.Unlock()
			d.fencing[r.Name] = false
			d.node.Do(time.Now(), &core.Command{Verb: core.Fenced, Resource: r.Name, Fenced: code})
			d.settle(true)
		}()
	}
}
