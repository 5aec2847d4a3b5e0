package text

import (
	"fmt"
	"slices"
	"strings"

	"ocfbox/test/drbdsim/core"
)

// JSON is drbdsetup status --json of 9. It is written by hand, for its blanks and line ends are not those of an encoder.
func JSON(v core.View) string {
	if len(v.Resources) == 0 {
		return "[\n]\n\n"
	}
	var list []string
	for _, r := range v.Resources {
		list = append(list, jsonResource(r))
	}
	return "[\n" + strings.Join(list, ",\n") + "]\n\n"
}

func jsonResource(r core.ResourceView) string {
	var b strings.Builder
	is := func(why string) bool { return slices.Contains(r.Suspended, why) }
	fmt.Fprintf(&b, `{
  "name": %q,
  "node-id": %d,
  "role": %q,
  "suspended": %t,
  "suspended-user": %t,
  "suspended-no-data": %t,
  "suspended-fencing": %t,
  "suspended-quorum": %t,
  "force-io-failures": false,
  "write-ordering": "flush",
  "devices": [
`, r.Name, r.NodeID, r.Role, len(r.Suspended) > 0, is("user"), is("no-data"), is("fencing"), is("quorum"))
	var devices, connections []string
	for _, v := range r.Volumes {
		devices = append(devices, fmt.Sprintf(`    {
      "volume": %d,
      "minor": %d,
      "disk-state": %q,
      "client": false,
      "quorum": true,
      "size": %d,
      "read": %d,
      "written": %d,
      "al-writes": %d,
      "bm-writes": %d,
      "upper-pending": 0,
      "lower-pending": 0
    }`, v.Number, v.Minor, v.Disk, v.Size, v.Read, v.Written, v.AL, v.BM))
	}
	for _, p := range r.Peers {
		connections = append(connections, jsonConnection(r, p))
	}
	b.WriteString(strings.Join(devices, ",\n") + " ],\n  \"connections\": [\n" + strings.Join(connections, ",\n") + " ]\n}\n")
	return b.String()
}

func jsonConnection(r core.ResourceView, p core.PeerView) string {
	flying := 0
	var devices []string
	for _, pv := range p.Volumes {
		flying += pv.InFlight
		devices = append(devices, jsonPeerDevice(r, pv))
	}
	return fmt.Sprintf(`    {
      "peer-node-id": %d,
      "name": %q,
      "connection-state": %q, 
      "congested": false,
      "peer-role": %q,
      "ap-in-flight": %d,
      "rs-in-flight": 0,
      "peer_devices": [
%s ]
    }`, p.NodeID, p.Name, p.Conn, p.Role, flying, strings.Join(devices, ",\n"))
}

func jsonPeerDevice(r core.ResourceView, pv core.PeerVolumeView) string {
	size := int64(0)
	for _, v := range r.Volumes {
		if v.Number == pv.Number {
			size = v.Size
		}
	}
	verify := pv.Progress != nil && pv.Progress.Verify
	text := fmt.Sprintf(`        {
          "volume": %d,
          "replication-state": %q,
          "peer-disk-state": %q,
          "peer-client": false,
          "resync-suspended": %q,
          "received": %d,
          "sent": %d,
          "out-of-sync": %d,
          "pending": %d,
          "unacked": %d,
          "has-sync-details": %t,
          "has-online-verify-details": %t,
          "percent-in-sync": %.2f`,
		pv.Number, pv.Repl, pv.Disk, paused(pv), pv.Received, pv.Sent, pv.OutOfSync, pv.Pending, pv.Unacked,
		pv.Progress != nil, verify, percent(int(pv.OutOfSync), int(size)))
	if pv.Progress != nil {
		text += ",\n" + jsonProgress(*pv.Progress)
	}
	return text + "\n        }"
}

// sectors of 512 bytes in a block.
const sectors = core.BlockKiB * 2

func jsonProgress(g core.ProgressView) string {
	oldest, young := core.MarkView{Ago: g.Elapsed, Left: g.Total}, core.MarkView{Ago: g.Elapsed, Left: g.Total}
	if len(g.Marks) > 0 {
		oldest, young = g.Marks[0], g.Marks[max(0, len(g.Marks)-2)]
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "          "+format, args...) }
	line("\"rs-total\": %d,\n", g.Total*sectors)
	line("\"rs-dt-start-ms\": %d,\n", g.Elapsed.Milliseconds())
	line("\"rs-paused-ms\": 0,\n")
	line("\"rs-dt0-ms\": %d,\n", oldest.Ago.Milliseconds())
	line("\"rs-db0-sectors\": %d,\n", (oldest.Left-g.Left)*sectors)
	line("\"rs-dt1-ms\": %d,\n", young.Ago.Milliseconds())
	line("\"rs-db1-sectors\": %d,\n", (young.Left-g.Left)*sectors)
	if g.Verify {
		line("\"ov-start-sector\": 0,\n")
		line("\"ov-stop-sector\": -1,\n")
		line("\"ov-position\": %d,\n", g.Position*sectors)
		line("\"ov-left\": %d,\n", g.Left*sectors)
		line("\"ov-skipped\": 0,\n")
	} else {
		line("\"rs-failed\": 0,\n")
		line("\"rs-same-csum\": 0,\n")
	}
	rate := func(blocks int, m core.MarkView) float64 {
		if m.Ago <= 0 {
			return 0
		}
		return float64(blocks) * core.BlockKiB / 1024 / m.Ago.Seconds()
	}
	_, eta := pace(g)
	if eta == "nan" {
		// What the tools print when nothing moves.
		eta = "987654321"
	}
	line("\"want\": %.2f,\n", float64(g.Rate)/1024)
	line("\"db0/dt0 [MiB/s]\": %.2f,\n", rate(oldest.Left-g.Left, oldest))
	line("\"db1/dt1 [MiB/s]\": %.2f,\n", rate(young.Left-g.Left, young))
	line("\"estimated-seconds-to-finish\": %s,\n", eta)
	line("\"db/dt [MiB/s]\": %.2f,\n", rate(g.Total-g.Left, core.MarkView{Ago: g.Elapsed}))
	line("\"percent-resync-done\": %.2f", percent(g.Left, g.Total))
	return b.String()
}
