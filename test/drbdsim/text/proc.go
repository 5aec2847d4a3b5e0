package text

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ocfbox/test/drbdsim/core"
)

// A Proc is a form of /proc/drbd.
type Proc string

// The forms. That of a view is Proc84 or Proc9.
const (
	Proc07 Proc = "0.7"
	Proc83 Proc = "8.3"
	Proc84 Proc = "8.4"
	Proc9  Proc = "9"
)

// ProcOf is the form that a generation writes.
func ProcOf(g core.Generation) Proc {
	if g == core.Gen9 {
		return Proc9
	}
	return Proc84
}

// heads are the first lines.
func head(form Proc, up bool) string {
	switch form {
	case Proc07:
		return "version: 0.7.25 (api:79/proto:74)\nSVN Revision: 3128M build by root@localhost, 2008-12-03 11:06:20\n"
	case Proc83:
		return "version: 8.3.11 (api:88/proto:86-96)\nsrcversion: F937DCB2E5D83C6CCE4A6C9 \n"
	case Proc9:
		transports := ""
		if up {
			transports = " tcp (9.2.14)"
		}
		return "version: 9.2.14 (api:2/proto:118-123)\nGIT-hash: a1e7c10e591a844b327da120d169df7da7c933b7 build by @vm, 2026-11-22 13:27:32\n" +
			"Transports (api:21):" + transports + "\n"
	}
	return "version: 8.4.11 (api:1/proto:86-101)\nsrcversion: F73C670A7EC572DB9CF3E5B \n"
}

// ProcFile is the text of /proc/drbd.
func ProcFile(v core.View, form Proc, everUp bool) string {
	var b strings.Builder
	b.WriteString(head(form, everUp))
	if form == Proc9 {
		return b.String()
	}
	type row struct {
		minor int
		text  string
	}
	var rows []row
	for _, r := range v.Resources {
		for _, vol := range r.Volumes {
			rows = append(rows, row{vol.Minor, device(r, vol, form)})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return a.minor - b.minor })
	last := -1
	for _, r := range rows {
		// The kernel leaves one empty line for minors that are not there, but not before the first.
		if last >= 0 && r.minor > last+1 || last < 0 && r.minor > 0 {
			b.WriteString("\n")
		}
		b.WriteString(r.text)
		last = r.minor
	}
	return b.String()
}

// device is the rows of one device.
func device(r core.ResourceView, vol core.VolumeView, form Proc) string {
	p, pv := onlyPeer(r, vol.Number)
	cs := OldState(p.Conn, pv.Repl)
	var b strings.Builder
	if form == Proc07 {
		ld := "Consistent"
		if vol.Disk != core.UpToDate && vol.Disk != core.Consistent {
			ld = "Inconsistent"
		}
		fmt.Fprintf(&b, "%2d: cs:%s st:%s/%s ld:%s\n", vol.Minor, cs, r.Role, p.Role, ld)
		fmt.Fprintf(&b, "    ns:%d nr:%d dw:%d dr:%d al:%d bm:%d lo:0 pe:%d ua:%d ap:%d\n", pv.Sent, pv.Received, vol.Written, vol.Read, vol.AL, vol.BM, pv.Pending, pv.Unacked, pv.InFlight)
		return b.String() + procProgress(pv, cs, form)
	}
	flags := flag(len(r.Suspended) > 0, 's', 'r') + "-" + flag(pv.PausedThere, 'p', '-') + flag(pv.PausedHere, 'u', '-') + "-" + flag(vol.ALSuspended, 's', '-')
	fmt.Fprintf(&b, "%2d: cs:%s ro:%s/%s ds:%s/%s %s %s\n", vol.Minor, cs, r.Role, p.Role, vol.Disk, pv.Disk, cmp.Or(p.Protocol, " "), flags)
	fmt.Fprintf(&b, "    ns:%d nr:%d dw:%d dr:%d al:%d bm:%d lo:0 pe:%d ua:%d ap:%d ep:1 wo:f oos:%d\n",
		pv.Sent, pv.Received, vol.Written, vol.Read, vol.AL, vol.BM, pv.Pending, pv.Unacked, pv.InFlight, pv.OutOfSync)
	return b.String() + procProgress(pv, cs, form)
}

func flag(on bool, yes, no byte) string {
	if on {
		return string(yes)
	}
	return string(no)
}

// onlyPeer is the one that 8.4 knows.
func onlyPeer(r core.ResourceView, volume int) (core.PeerView, core.PeerVolumeView) {
	if len(r.Peers) == 0 {
		return core.PeerView{Conn: core.StandAlone, Role: core.Unknown}, core.PeerVolumeView{Repl: core.Off, Disk: core.DUnknown}
	}
	return r.Peers[0], peerVolume(r.Peers[0], volume)
}

func peerVolume(p core.PeerView, number int) core.PeerVolumeView {
	for _, pv := range p.Volumes {
		if pv.Number == number {
			return pv
		}
	}
	return core.PeerVolumeView{Number: number, Repl: core.Off, Disk: core.DUnknown}
}

// OldState is the one state that 8.4 and older have for connection and replication.
func OldState(c core.Conn, r core.Repl) string {
	switch {
	case c == core.Connecting:
		return "WFConnection"
	case c == core.Connected && r != core.Established:
		return string(r)
	}
	return string(c)
}

// procProgress is the bar and the line below it.
func procProgress(pv core.PeerVolumeView, cs string, form Proc) string {
	g := pv.Progress
	if g == nil || pv.Repl != core.SyncSource && pv.Repl != core.SyncTarget && !pv.Repl.Verifying() {
		return ""
	}
	// The kernel divides by 1024 before it multiplies: small resyncs jump.
	left, total := g.Left>>10, 1+g.Total>>10
	mille := max(0, 1000-left*1000/total)
	word := "sync'ed:"
	if g.Verify && form != Proc07 {
		word = "verified:"
	}
	var b strings.Builder
	x := mille / 50
	fmt.Fprintf(&b, "\t[%s>%s] %s%3d.%d%% ", strings.Repeat("=", max(0, x-1)), strings.Repeat(".", 20-x), word, mille/10, mille%10)
	if g.Total > 4<<18 {
		fmt.Fprintf(&b, "(%d/%d)M\n\t", g.Left*core.BlockKiB/1024, g.Total*core.BlockKiB/1024)
	} else {
		fmt.Fprintf(&b, "(%d/%d)K\n\t", g.Left*core.BlockKiB, g.Total*core.BlockKiB)
	}
	now, average, finish := speeds(*g)
	fmt.Fprintf(&b, "finish: %d:%02d:%02d speed: %s (%s) ", finish/3600, finish%3600/60, finish%60, thousands(now), thousands(average))
	if form == Proc84 && (pv.Repl == core.SyncTarget || pv.Repl == core.VerifyS) {
		fmt.Fprintf(&b, "want: %s ", thousands(int(g.Rate)))
	}
	b.WriteString("K/sec")
	if len(g.Marks) > 0 && g.Marks[0].Ago.Seconds() > 180 {
		b.WriteString(" (stalled)")
	}
	return b.String() + "\n"
}

// speeds are those since the oldest mark and since the beginning, in KiB a second, and the seconds that are left.
func speeds(g core.ProgressView) (now, average, finish int) {
	m := core.MarkView{Ago: g.Elapsed, Left: g.Total}
	if len(g.Marks) > 0 {
		m = g.Marks[0]
	}
	seconds := max(1, int(m.Ago.Seconds()))
	done := max(0, m.Left-g.Left)
	finish = seconds * (g.Left / (done/100 + 1)) / 100
	whole := max(1, int(g.Elapsed.Seconds()))
	return done / seconds * core.BlockKiB, max(0, g.Total-g.Left) / whole * core.BlockKiB, finish
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
