package text

import (
	"cmp"
	"fmt"
	"strings"

	"ocfbox/test/drbdsim/core"
)

// Status options.
type Options struct{ Verbose, Statistics bool }

// Status is drbdsetup status, of the resources of the view.
func Status(v core.View, o Options) string {
	var b strings.Builder
	for _, r := range v.Resources {
		s := status{v.Generation == core.Gen9, o, &b}
		s.resource(r)
		b.WriteString("\n")
	}
	return b.String()
}

type status struct {
	nine bool
	Options
	b *strings.Builder
}

// wrap prints words with blanks between, in lines of at most 80 columns.
func (s status) wrap(first, next int, words []string) {
	line := ""
	indent := first
	for _, w := range words {
		switch {
		case line == "":
			line = strings.Repeat(" ", indent) + w
		case len(line)+1+len(w) > 80:
			s.b.WriteString(line + "\n")
			indent = next
			line = strings.Repeat(" ", indent) + w
		default:
			line += " " + w
		}
	}
	if line != "" {
		s.b.WriteString(line + "\n")
	}
}

func (s status) resource(r core.ResourceView) {
	words := []string{r.Name}
	if s.nine && s.Verbose {
		words = append(words, fmt.Sprintf("node-id:%d", r.NodeID))
	}
	words = append(words, "role:"+string(r.Role))
	if s.Verbose || len(r.Suspended) > 0 {
		words = append(words, "suspended:"+suspended(r))
	}
	if s.nine && s.Verbose {
		words = append(words, "force-io-failures:no")
	}
	s.wrap(0, 4, words)
	if s.Statistics {
		s.wrap(4, 8, []string{"write-ordering:flush"})
	}
	for _, v := range r.Volumes {
		s.device(r, v)
	}
	for _, p := range r.Peers {
		s.connection(r, p)
	}
}

func suspended(r core.ResourceView) string { return cmp.Or(strings.Join(r.Suspended, ","), "no") }

func (s status) device(r core.ResourceView, v core.VolumeView) {
	var words []string
	if s.Verbose || len(r.Volumes) > 1 {
		words = append(words, fmt.Sprintf("volume:%d", v.Number))
	}
	if s.Verbose {
		words = append(words, fmt.Sprintf("minor:%d", v.Minor))
	}
	words = append(words, "disk:"+string(v.Disk))
	if s.nine && v.Disk == core.Diskless {
		words = append(words, "client:no")
	}
	if s.nine && s.Verbose {
		words = append(words, "backing_dev:"+backing(v), "quorum:yes")
	}
	if blocked(r) != "no" && !s.Statistics {
		words = append(words, "blocked:"+blocked(r))
	}
	s.wrap(2, 6, words)
	if s.Statistics {
		s.wrap(6, 6, deviceStatistics(r, v))
	}
}

func backing(v core.VolumeView) string {
	if v.Disk == core.Diskless {
		return "none"
	}
	return v.VolumeSettings.Disk
}

func blocked(r core.ResourceView) string {
	if len(r.Suspended) > 0 {
		return "upper"
	}
	return "no"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func deviceStatistics(r core.ResourceView, v core.VolumeView) []string {
	return []string{
		fmt.Sprintf("size:%d", v.Size), fmt.Sprintf("read:%d", v.Read), fmt.Sprintf("written:%d", v.Written),
		fmt.Sprintf("al-writes:%d", v.AL), fmt.Sprintf("bm-writes:%d", v.BM), "upper-pending:0", "lower-pending:0",
		"al-suspended:" + yesNo(v.ALSuspended), "blocked:" + blocked(r),
	}
}

// connection is a peer with its volumes. The tools for 8.4 call it peer, and say nothing of one that is StandAlone.
func (s status) connection(r core.ResourceView, p core.PeerView) {
	words := []string{"peer"}
	if s.nine {
		words[0] = p.Name
		if s.Verbose {
			words = append(words, fmt.Sprintf("node-id:%d", p.NodeID))
		}
	} else if p.Conn == core.StandAlone {
		return
	}
	if s.Verbose || p.Conn != core.Connected {
		words = append(words, "connection:"+string(p.Conn))
	}
	if s.Verbose || p.Conn == core.Connected {
		words = append(words, "role:"+string(p.Role))
	}
	if s.Verbose {
		words = append(words, "congested:no")
	}
	if s.nine && s.Statistics {
		words = append(words, connectionStatistics(p)...)
	}
	s.wrap(2, 6, words)
	if !s.Verbose && p.Conn != core.Connected {
		return
	}
	for _, pv := range p.Volumes {
		s.peerDevice(r, pv)
	}
}

func connectionStatistics(p core.PeerView) []string {
	flying := 0
	for _, pv := range p.Volumes {
		flying += pv.InFlight
	}
	return []string{fmt.Sprintf("ap-in-flight:%d", flying), "rs-in-flight:0"}
}

func (s status) peerDevice(r core.ResourceView, pv core.PeerVolumeView) {
	var words []string
	if s.Verbose || len(r.Volumes) > 1 {
		words = append(words, fmt.Sprintf("volume:%d", pv.Number))
	}
	if s.Verbose || !s.nine || pv.Repl != core.Established {
		words = append(words, "replication:"+string(pv.Repl))
	}
	words = append(words, "peer-disk:"+string(pv.Disk))
	if s.nine && pv.Disk == core.Diskless {
		words = append(words, "peer-client:no")
	}
	if pv.Progress != nil {
		words = append(words, fmt.Sprintf("done:%.2f", done(s.nine, r, pv)))
	}
	if s.Verbose || paused(pv) != "no" {
		words = append(words, "resync-suspended:"+paused(pv))
	}
	s.wrap(4, 8, words)
	if s.Statistics {
		s.wrap(8, 8, peerStatistics(s.nine, pv))
	}
}

func paused(pv core.PeerVolumeView) string {
	var why []string
	if pv.PausedHere {
		why = append(why, "user")
	}
	if pv.PausedThere {
		why = append(why, "peer")
	}
	return cmp.Or(strings.Join(why, ","), "no")
}

// done is the percentage: of the device with 8.4, of the resync with 9.
func done(nine bool, r core.ResourceView, pv core.PeerVolumeView) float64 {
	if nine {
		return percent(pv.Progress.Left, pv.Progress.Total)
	}
	for _, v := range r.Volumes {
		if v.Number == pv.Number {
			return percent(int(pv.OutOfSync), int(v.Size))
		}
	}
	return 0
}

func percent(left, total int) float64 {
	if total == 0 {
		return 0
	}
	return 100 * float64(total-left) / float64(total)
}

func peerStatistics(nine bool, pv core.PeerVolumeView) []string {
	words := []string{
		fmt.Sprintf("received:%d", pv.Received), fmt.Sprintf("sent:%d", pv.Sent), fmt.Sprintf("out-of-sync:%d", pv.OutOfSync),
		fmt.Sprintf("pending:%d", pv.Pending), fmt.Sprintf("unacked:%d", pv.Unacked),
	}
	if nine && pv.Progress != nil {
		rate, eta := pace(*pv.Progress)
		words = append(words, fmt.Sprintf("dbdt1:%.2f", rate), "eta:"+eta)
	}
	return words
}

// pace is the speed since the youngest mark but one in MiB a second, and the seconds that are left by it.
func pace(g core.ProgressView) (rate float64, eta string) {
	if len(g.Marks) == 0 {
		return 0, "nan"
	}
	m := g.Marks[max(0, len(g.Marks)-2)]
	if m.Ago <= 0 {
		return 0, "nan"
	}
	rate = float64(max(0, m.Left-g.Left)) * core.BlockKiB / 1024 / m.Ago.Seconds()
	if rate <= 0 {
		return 0, "nan"
	}
	return rate, fmt.Sprintf("%d", int(float64(g.Left)*core.BlockKiB/1024/rate))
}
