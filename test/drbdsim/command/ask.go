package command

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ocfbox/test/drbdsim/core"
	"ocfbox/test/drbdsim/text"
)

// admAsk is role, cstate and dstate.
func (t *Tool) admAsk(_ context.Context, q request, s core.Settings) int {
	r, up := t.up(s.Name)
	switch {
	case up && (q.verb == "role" || q.verb == "state"):
		t.say("%s", text.Role(t.gen, r))
	case up && q.verb == "cstate":
		t.say("%s", text.CState(t.gen, r))
	case up:
		t.say("%s", text.DState(t.gen, r))
	case q.verb == "dstate":
		return t.dstateDown(s)
	default:
		return t.notUp(q.verb, s)
	}
	return 0
}

// dstateDown is what the meta data tell of a resource that is not up.
func (t *Tool) dstateDown(s core.Settings) int {
	for _, v := range s.Volumes {
		d, ok := t.view.Disks[core.BackingName(s.Name, v.Number)]
		if !ok {
			t.complain("No valid meta data found")
			return core.CodeConfig
		}
		t.say("%s\n", d)
	}
	return 0
}

// notUp is how role and cstate fail.
func (t *Tool) notUp(verb string, s core.Settings) int {
	called := t.setupName() + " " + verb + " " + t.object(s)
	switch {
	case !t.nine():
		t.print(t.object(s), core.Result{Error: "Failure: (127) Device minor not allocated", Info: []string{"unknown minor"}})
	case verb == "cstate":
		t.complain("%s: Failure: (158) Unknown resource", s.Name)
		t.complain("%s: No such connection", s.Name)
		if len(s.Peers) > 0 {
			called += " " + strconv.Itoa(s.Peers[0].NodeID)
		}
	default:
		t.complain("%s: Unknown resource", s.Name)
	}
	return t.ended(called, core.CodeRefused)
}

// admGI is get-gi and show-gi, from the kernel or from the meta data.
func (t *Tool) admGI(_ context.Context, q request, s core.Settings) int {
	for _, v := range s.Volumes {
		m, ok := t.view.Metas[core.BackingName(s.Name, v.Number)]
		if !ok {
			t.complain("No valid meta data found")
			return core.CodeConfig
		}
		t.printGI(q.verb, m, s.Name, v.Number)
	}
	return 0
}

func (t *Tool) printGI(verb string, m core.Meta, resource string, number int) {
	if verb == "get-gi" {
		t.say("%s\n", text.GI(t.gen, m))
		return
	}
	var volume *core.VolumeView
	r, up := t.up(resource)
	if !up {
		t.say("%s", text.ShowGI(t.gen, m, nil, nil))
		return
	}
	for i := range r.Volumes {
		if r.Volumes[i].Number == number {
			volume = &r.Volumes[i]
		}
	}
	t.say("%s", text.ShowGI(t.gen, m, &r, volume))
}

func (t *Tool) admShell(_ context.Context, q request, s core.Settings) int {
	for _, v := range s.Volumes {
		switch q.verb {
		case "sh-dev":
			t.say("/dev/drbd%d\n", v.Minor)
		case "sh-ll-dev":
			t.say("%s\n", v.Disk)
		case "sh-minor":
			t.say("%d\n", v.Minor)
		}
	}
	return 0
}

// admDump prints the resource as it was understood.
func (t *Tool) admDump(_ context.Context, _ request, s core.Settings) int {
	var b strings.Builder
	fmt.Fprintf(&b, "# resource %s on %s: not ignored, not stacked\nresource %s {\n", s.Name, t.Host, s.Name)
	host := func(name string, id int, address string) {
		fmt.Fprintf(&b, "    on %s {\n        node-id %d;\n", name, id)
		for _, v := range s.Volumes {
			fmt.Fprintf(&b, "        volume %d {\n            device       /dev/drbd%d minor %d;\n            disk         %s;\n            meta-disk    internal;\n        }\n",
				v.Number, v.Minor, v.Minor, v.Disk)
		}
		fmt.Fprintf(&b, "        address          ipv4 %s;\n    }\n", address)
	}
	for i, p := range s.Peers {
		if i == 0 {
			host(t.Host, s.NodeID, p.Local.String())
		}
		host(p.Name, p.NodeID, p.Remote.String())
	}
	section := func(name string, options []core.Option) {
		if len(options) == 0 {
			return
		}
		fmt.Fprintf(&b, "    %s {\n", name)
		for _, o := range options {
			fmt.Fprintf(&b, "        %-16s %s;\n", o.Name, o.Value)
		}
		b.WriteString("    }\n")
	}
	section("net", s.NetOptions)
	section("disk", s.DiskOptions)
	t.say("%s}\n\n", b.String())
	return 0
}

// admStatus is drbdadm status, which calls drbdsetup.
func (t *Tool) admStatus(_ context.Context, q request, all []core.Settings) int {
	if len(q.names) == 0 || slices.Contains(q.names, "all") {
		return t.status(t.view, nil)
	}
	chosen, code := t.choose(q, all)
	for _, s := range chosen {
		if got := t.status(t.view, []string{s.Name}); got != 0 {
			code = t.ended(t.setupName()+" status "+s.Name, got)
		}
	}
	return code
}

// shStatus is sh-status, which went with 9.
func (t *Tool) shStatus(all []core.Settings) int {
	if t.nine() {
		t.complain("drbdadm: Unknown command 'sh-status'")
		return core.CodeConfig
	}
	t.complain("This command will ignore resource names!")
	t.say("_drbd_version=9.22.0\n_drbd_api=1\n_config_file=%s\n\n\n", t.Config)
	for _, s := range all {
		t.say("_conf_res_name=%s\n_conf_file_line=%s\n\n_stacked_on=\n_stacked_on_device=\n_stacked_on_minor=\n", s.Name, s.Source)
		for _, v := range s.Volumes {
			t.shVolume(s, v)
		}
	}
	return 0
}

func (t *Tool) shVolume(s core.Settings, v core.VolumeSettings) {
	t.say("_conf_volume=%d\n_minor=%d\n_res_name=%s\n_volume=%d\n", v.Number, v.Minor, s.Name, v.Number)
	r, vol, up := t.byMinor(v.Minor)
	if !up {
		t.say("_known=Unconfigured\n\n_sh_status_process\n\n\n")
		return
	}
	single := r
	single.Volumes = []core.VolumeView{vol}
	pair := func(line string) (string, string) {
		a, b, _ := strings.Cut(strings.TrimSpace(line), "/")
		return a, b
	}
	role, peer := pair(text.Role(core.Gen84, single))
	disk, pdsk := pair(text.DState(core.Gen84, single))
	flag := func(on bool, word string) string {
		if on {
			return word
		}
		return ""
	}
	pv := peerVolume(r, vol.Number)
	t.say("_known=Configured\n\n_cstate=%s\n_role=%s\n_peer=%s\n_disk=%s\n_pdsk=%s\n\n", strings.TrimSpace(text.CState(core.Gen84, single)), role, peer, disk, pdsk)
	t.say("_flags_susp=%s\n_flags_aftr_isp=\n_flags_peer_isp=%s\n_flags_user_isp=%s\n\n_resynced_percent=%s\n\n_sh_status_process\n\n\n",
		flag(len(r.Suspended) > 0, "1"), flag(pv.PausedThere, "1"), flag(pv.PausedHere, "1"), resynced(pv))
}

func peerVolume(r core.ResourceView, number int) core.PeerVolumeView {
	for _, p := range r.Peers {
		for _, pv := range p.Volumes {
			if pv.Number == number {
				return pv
			}
		}
	}
	return core.PeerVolumeView{}
}

func resynced(pv core.PeerVolumeView) string {
	if pv.Progress == nil || pv.Progress.Total == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", 100*float64(pv.Progress.Total-pv.Progress.Left)/float64(pv.Progress.Total))
}
