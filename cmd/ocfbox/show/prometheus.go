package show

import (
	"fmt"
	"io"
	"strings"
)

// A metric is a name with what it tells.
type metric struct {
	name, help string
}

// metrics are all there are, in the order in which they are printed. Of a text that can be one of several
// words, only the one that holds is printed, with the value 1.
func metrics() []metric {
	return []metric{
		{"ocfbox_hana_up", "1 if the CIB could be read"},
		{"ocfbox_cluster_quorum", "1 if the partition has quorum"},
		{"ocfbox_cluster_maintenance_mode", "1 if the whole cluster is in maintenance mode"},
		{"ocfbox_cluster_stonith_enabled", "1 if fencing is enabled"},
		{"ocfbox_hana_host_online", "1 if the node takes part in the cluster"},
		{"ocfbox_hana_resource_maintenance", "1 if the resource is in maintenance"},
		{"ocfbox_hana_site_srhook", "replication state as the database reported it"},
		{"ocfbox_hana_host_lss", "landscape status: 4 ok, 3 info, 2 warning, 1 error, 0 fatal"},
		{"ocfbox_hana_host_role", "part in the replication: P primary, S secondary, N none"},
		{"ocfbox_hana_host_clone_state", "what SAPHana did last"},
		{"ocfbox_hana_host_sync_state", "replication state as it was polled"},
		{"ocfbox_hana_host_score", "promotion score; 1000000 is INFINITY"},
		{"ocfbox_hana_lpt_seconds", "last primary timestamp, or 30, 20, 10, 0"},
	}
}

// Prometheus writes the reports in the text format that the node exporter's collector reads. Without any
// it says that nothing could be read.
func Prometheus(to io.Writer, reports []Report) error {
	samples := make(map[string][]string)
	add := func(name string, value int64, labels ...string) {
		line := fmt.Sprintf("%s%s %d\n", name, labelled(labels), value)
		for _, known := range samples[name] {
			if known == line {
				return
			}
		}
		samples[name] = append(samples[name], line)
	}
	add("ocfbox_hana_up", truth(len(reports) > 0))
	for _, r := range reports {
		r.measure(add)
	}
	var text strings.Builder
	for _, m := range metrics() {
		if lines := samples[m.name]; len(lines) > 0 {
			fmt.Fprintf(&text, "# HELP %s %s\n# TYPE %s gauge\n%s", m.name, m.help, m.name, strings.Join(lines, ""))
		}
	}
	_, err := io.WriteString(to, text.String())
	return err
}

func (r Report) measure(add func(name string, value int64, labels ...string)) {
	add("ocfbox_cluster_quorum", truth(r.Cluster.Quorum))
	add("ocfbox_cluster_maintenance_mode", truth(r.Cluster.Maintenance))
	add("ocfbox_cluster_stonith_enabled", truth(r.Cluster.Stonith))
	for _, resource := range r.Resources {
		add("ocfbox_hana_resource_maintenance", truth(resource.Maintenance), "resource", resource.ID)
	}
	for _, site := range r.Sites {
		if site.SRHook != "" {
			add("ocfbox_hana_site_srhook", 1, "sid", r.SID, "site", site.Name, "value", site.SRHook)
		}
	}
	for _, h := range r.Hosts {
		add("ocfbox_hana_host_online", truth(h.Online), "host", h.Name)
		h.measure(r.SID, add)
	}
}

func (h Host) measure(sid string, add func(name string, value int64, labels ...string)) {
	who := []string{"sid", sid, "host", h.Name}
	if h.Roles != nil && h.Roles.LSS != nil {
		if h.Site != "" {
			add("ocfbox_hana_host_lss", int64(*h.Roles.LSS), append(who, "site", h.Site)...)
		} else {
			add("ocfbox_hana_host_lss", int64(*h.Roles.LSS), who...)
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
		add("ocfbox_hana_host_score", int64(*h.Score), who...)
	}
	if h.LPT != nil {
		add("ocfbox_hana_lpt_seconds", *h.LPT, who...)
	}
}

func truth(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// labelled is a list of names and values as the format has it.
func labelled(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var parts []string
	for i := 0; i+1 < len(labels); i += 2 {
		parts = append(parts, labels[i]+`="`+escape.Replace(labels[i+1])+`"`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}
