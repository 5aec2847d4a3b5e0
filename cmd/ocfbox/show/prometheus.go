package show

import (
	"io"

	"ocfbox/cmd/ocfbox/metric"
)

// metrics are all there are, in the order in which they are printed.
func metrics() []metric.Metric {
	return []metric.Metric{
		{Name: "ocfbox_hana_up", Help: "1 if the CIB could be read"},
		{Name: "ocfbox_cluster_quorum", Help: "1 if the partition has quorum"},
		{Name: "ocfbox_cluster_maintenance_mode", Help: "1 if the whole cluster is in maintenance mode"},
		{Name: "ocfbox_cluster_stonith_enabled", Help: "1 if fencing is enabled"},
		{Name: "ocfbox_hana_host_online", Help: "1 if the node takes part in the cluster"},
		{Name: "ocfbox_hana_resource_maintenance", Help: "1 if the resource is in maintenance"},
		{Name: "ocfbox_hana_site_srhook", Help: "replication state as the database reported it"},
		{Name: "ocfbox_hana_host_lss", Help: "landscape status: 4 ok, 3 info, 2 warning, 1 error, 0 fatal"},
		{Name: "ocfbox_hana_host_role", Help: "part in the replication: P primary, S secondary, N none"},
		{Name: "ocfbox_hana_host_clone_state", Help: "what SAPHana did last"},
		{Name: "ocfbox_hana_host_sync_state", Help: "replication state as it was polled"},
		{Name: "ocfbox_hana_host_score", Help: "promotion score; 1000000 is INFINITY"},
		{Name: "ocfbox_hana_lpt_seconds", Help: "last primary timestamp, or 30, 20, 10, 0"},
	}
}

// Prometheus writes the reports in the text format that the node exporter's collector reads. Without any
// it says that nothing could be read.
func Prometheus(to io.Writer, reports []Report) error {
	var set metric.Set
	set.Add("ocfbox_hana_up", metric.Truth(len(reports) > 0))
	for _, r := range reports {
		r.measure(set.Add)
	}
	return set.Write(to, metrics())
}

func (r Report) measure(add func(name string, value float64, labels ...string)) {
	add("ocfbox_cluster_quorum", metric.Truth(r.Cluster.Quorum))
	add("ocfbox_cluster_maintenance_mode", metric.Truth(r.Cluster.Maintenance))
	add("ocfbox_cluster_stonith_enabled", metric.Truth(r.Cluster.Stonith))
	for _, resource := range r.Resources {
		add("ocfbox_hana_resource_maintenance", metric.Truth(resource.Maintenance), "resource", resource.ID)
	}
	for _, site := range r.Sites {
		if site.SRHook != "" {
			add("ocfbox_hana_site_srhook", 1, "sid", r.SID, "site", site.Name, "value", site.SRHook)
		}
	}
	for _, h := range r.Hosts {
		add("ocfbox_hana_host_online", metric.Truth(h.Online), "host", h.Name)
		h.measure(r.SID, add)
	}
}

func (h Host) measure(sid string, add func(name string, value float64, labels ...string)) {
	who := []string{"sid", sid, "host", h.Name}
	if h.Roles != nil && h.Roles.LSS != nil {
		if h.Site != "" {
			add("ocfbox_hana_host_lss", float64(*h.Roles.LSS), append(who, "site", h.Site)...)
		} else {
			add("ocfbox_hana_host_lss", float64(*h.Roles.LSS), who...)
		}
		add("ocfbox_hana_host_role", 1, append(who, "role", h.Roles.Role)...)
	}
	if h.CloneState != "" {
		add("ocfbox_hana_host_clone_state", 1, append(who, "value", h.CloneState)...)
	}
	if h.SyncState != "" {
		add("ocfbox_hana_host_sync_state", 1, append(who, "value", h.SyncState)...)
	}
	if h.Score != nil {
		add("ocfbox_hana_host_score", float64(*h.Score), who...)
	}
	if h.LPT != nil {
		add("ocfbox_hana_lpt_seconds", float64(*h.LPT), who...)
	}
}
