package syncview

import (
	"io"
	"strconv"

	"ocfbox/cmd/ocfbox/metric"
)

const kib = 1 << 10

// metrics are all there are, in the order in which they are printed.
func metrics() []metric.Metric {
	return []metric.Metric{
		{Name: "ocfbox_drbd_up", Help: "1 if the state could be read"},
		{Name: "ocfbox_drbd_module_loaded", Help: "1 if the kernel has the module"},
		{Name: "ocfbox_drbd_status", Help: "0 ok, 1 resynchronising, 2 degraded, 3 unknown, 4 split brain or unusable data"},
		{Name: "ocfbox_drbd_class", Help: "what a copy is worth and why"},
		{Name: "ocfbox_drbd_role", Help: "role of this node"},
		{Name: "ocfbox_drbd_peer_role", Help: "role of the peer"},
		{Name: "ocfbox_drbd_connection", Help: "state of the connection"},
		{Name: "ocfbox_drbd_replication", Help: "what runs over the connection"},
		{Name: "ocfbox_drbd_disk", Help: "state of the disk of this node"},
		{Name: "ocfbox_drbd_peer_disk", Help: "state of the disk of the peer"},
		{Name: "ocfbox_drbd_out_of_sync_bytes", Help: "what is known to differ; it proves nothing without a connection"},
		{Name: "ocfbox_drbd_done_ratio", Help: "how much of a resync or verify is done, from 0 to 1"},
		{Name: "ocfbox_drbd_resync_bytes_per_second", Help: "speed of a resync or verify"},
		{Name: "ocfbox_drbd_resync_seconds_left", Help: "time to its end"},
		{Name: "ocfbox_drbd_pending_requests", Help: "requests that the peer has not answered"},
		{Name: "ocfbox_drbd_unacked_requests", Help: "requests of the peer that this node has not answered"},
		{Name: "ocfbox_drbd_size_bytes", Help: "size of the device"},
		{Name: "ocfbox_drbd_sent_bytes", Help: "sent to the peer", Counter: true},
		{Name: "ocfbox_drbd_received_bytes", Help: "received from the peer", Counter: true},
		{Name: "ocfbox_drbd_read_bytes", Help: "read from the disk of this node", Counter: true},
		{Name: "ocfbox_drbd_written_bytes", Help: "written to the disk of this node", Counter: true},
		{Name: "ocfbox_drbd_verified_clean", Help: "1 if the last comparison of both copies found no difference"},
		{Name: "ocfbox_drbd_verified_time_seconds", Help: "when that was, in seconds since 1970"},
	}
}

// writePrometheus writes a document in the text format that the node exporter's collector reads.
func writePrometheus(to io.Writer, d Document) error {
	var set metric.Set
	set.Add("ocfbox_drbd_up", metric.Truth(d.Loaded && len(d.Host.Problems) == 0))
	set.Add("ocfbox_drbd_module_loaded", metric.Truth(d.Loaded))
	for _, r := range d.Resources {
		set.Add("ocfbox_drbd_status", float64(r.Status), "resource", r.metricName())
		if r.Role != "" {
			set.Add("ocfbox_drbd_role", 1, "resource", r.metricName(), "value", r.Role)
		}
		for _, c := range r.Copies {
			c.measure(&set, r.metricName())
		}
	}
	return set.Write(to, metrics())
}

// metricName is the resource's name, or the minor where nobody told it.
func (r Resource) metricName() string {
	if r.Name == "" && len(r.Copies) > 0 {
		return minorName(r.Copies[0].Minor)
	}
	return r.Name
}

// measure adds what there is to say of a copy. Empty labels are those that the format takes for none.
func (c *Copy) measure(set *metric.Set, resource string) {
	volume := []string{"resource", resource, "volume", strconv.Itoa(c.Volume)}
	labels := append(volume[:len(volume):len(volume)], "peer", c.peerName())
	word := func(name, value string, labels []string) {
		if value != "" {
			set.Add(name, 1, append(labels[:len(labels):len(labels)], "value", value)...)
		}
	}
	set.Add("ocfbox_drbd_class", 1, append(labels[:len(labels):len(labels)], "value", c.Class.String(), "reason", string(c.Reason))...)
	word("ocfbox_drbd_peer_role", c.PeerRole, labels)
	word("ocfbox_drbd_connection", c.Connection, labels)
	word("ocfbox_drbd_replication", c.Replication, labels)
	word("ocfbox_drbd_disk", c.Disk, volume)
	word("ocfbox_drbd_peer_disk", c.PeerDisk, labels)
	c.measureProgress(set, labels)
	if v := c.remote; v != nil {
		set.Add("ocfbox_drbd_pending_requests", float64(v.Pending), labels...)
		set.Add("ocfbox_drbd_unacked_requests", float64(v.Unacked), labels...)
		set.Add("ocfbox_drbd_sent_bytes", float64(v.SentKiB)*kib, labels...)
		set.Add("ocfbox_drbd_received_bytes", float64(v.ReceivedKiB)*kib, labels...)
	}
	if v := c.volume; v != nil {
		if v.SizeKiB > 0 {
			set.Add("ocfbox_drbd_size_bytes", float64(v.SizeKiB)*kib, volume...)
		}
		set.Add("ocfbox_drbd_read_bytes", float64(v.ReadKiB)*kib, volume...)
		set.Add("ocfbox_drbd_written_bytes", float64(v.WrittenKiB)*kib, volume...)
	}
	if c.VerifiedAt != nil {
		set.Add("ocfbox_drbd_verified_clean", metric.Truth(*c.VerifiedClean), volume...)
		set.Add("ocfbox_drbd_verified_time_seconds", float64(c.VerifiedAt.Unix()), volume...)
	}
}

func (c *Copy) measureProgress(set *metric.Set, labels []string) {
	if c.OutOfSyncKiB != nil {
		set.Add("ocfbox_drbd_out_of_sync_bytes", float64(*c.OutOfSyncKiB)*kib, labels...)
	}
	if c.Percent != nil {
		const whole = 1000
		set.Add("ocfbox_drbd_done_ratio", float64(int64(*c.Percent*10+0.5))/whole, labels...)
	}
	if !c.advancing() {
		return
	}
	if speed := firstOf(c.RateKiB, float(c.KernelRateKiB)); speed != nil {
		set.Add("ocfbox_drbd_resync_bytes_per_second", *speed*kib, labels...)
	}
	if left := firstOf(c.ETASeconds, float(c.KernelETASeconds)); left != nil {
		set.Add("ocfbox_drbd_resync_seconds_left", *left, labels...)
	}
}

func firstOf(values ...*float64) *float64 {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}
