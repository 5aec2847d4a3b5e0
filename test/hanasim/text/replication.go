package text

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ocfbox/test/hanasim/core"
	"ocfbox/test/hanasim/wire"
)

// A Replication is what systemReplicationStatus.py shows. A nil State is that of a nameserver that is not there.
type Replication struct {
	Host  string
	State *wire.State
	// Site, when set, restricts the answer to one secondary site.
	Site string
}

// channels are those of the wanted site.
func (r Replication) channels() []wire.Channel {
	if r.State == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.State.Channels), func(c wire.Channel) bool {
		return r.Site != "" && c.Report.Name != r.Site
	})
}

// Status is the exit code (saphana.md 6.4).
func (r Replication) Status() core.Status {
	if r.State == nil {
		return core.Unknown
	}
	if r.State.Mode == core.None {
		return core.NoReplication
	}
	var all []core.Status
	for _, c := range r.channels() {
		all = append(all, c.Status)
	}
	if len(all) == 0 && r.State.Mode.Secondary() {
		return core.Unknown
	}
	return core.Together(all)
}

// sites are the secondary sites that are shown, in the order of their numbers.
func (r Replication) sites() []int {
	var list []int
	for _, c := range r.channels() {
		if !slices.Contains(list, c.Site) {
			list = append(list, c.Site)
		}
	}
	slices.Sort(list)
	return list
}

func (r Replication) siteStatus(id int) core.Status {
	var all []core.Status
	for _, c := range r.channels() {
		if c.Site == id {
			all = append(all, c.Status)
		}
	}
	return core.Together(all)
}

// Table is the output for people.
func (r Replication) Table() string {
	switch {
	case r.State == nil:
		return "this system is either not running or not primary system replication site\n"
	case r.State.Mode == core.None:
		return "this system is not a system replication site\n"
	}
	var b strings.Builder
	if len(r.channels()) == 0 {
		b.WriteString("there are no secondary sites attached\n")
	} else {
		b.WriteString(grid(replicationHeadings(), r.rows(), map[int]bool{2: true, 4: true, 5: true, 8: true, 9: true}))
		b.WriteString("\n")
		for _, id := range r.sites() {
			fmt.Fprintf(&b, "status system replication site \"%d\": %s\n", id, r.siteStatus(id))
		}
		fmt.Fprintf(&b, "overall system replication status: %s\n", r.Status())
	}
	title := "Local System Replication State"
	fmt.Fprintf(&b, "\n%s\n%s\n\nmode: %s\nsite id: %d\nsite name: %s\n", title, strings.Repeat("~", len(title)),
		strings.ToUpper(string(r.State.Mode)), r.State.ID, r.State.Name)
	return b.String()
}

func replicationHeadings() [][]string {
	return [][]string{
		{"Database", "Host", "Port", "Service Name", "Volume ID", "Site ID", "Site Name", "Secondary", "Secondary", "Secondary", "Secondary", "Secondary", "Replication", "Replication", "Replication"},
		{"", "", "", "", "", "", "", "Host", "Port", "Site ID", "Site Name", "Active Status", "Mode", "Status", "Status Details"},
	}
}

func (r Replication) rows() [][]string {
	var rows [][]string
	for _, c := range r.channels() {
		peer, _ := r.State.Memory.Peer(c.Site)
		rows = append(rows, []string{
			c.Database, r.Host, strconv.Itoa(c.Port), c.Service.Name, strconv.Itoa(c.Volume), strconv.Itoa(r.State.ID), r.State.Name,
			peer.Host, strconv.Itoa(c.Port), strconv.Itoa(c.Site), c.Report.Name, active(c), strings.ToUpper(string(c.Mode)), c.Status.String(), c.Details,
		})
	}
	return rows
}

func active(c wire.Channel) string {
	switch {
	case c.Details != "":
		return c.Details
	case c.Status >= core.Initializing:
		return "YES"
	}
	return "UNKNOWN"
}

// Lines is the output with --sapcontrol=1. The sites come in the order of the guide's print.
func (r Replication) Lines() string {
	if r.State == nil {
		return marked([]string{"overall_replication_status=UNKNOWN"}) + "done.\n"
	}
	var lines []string
	for _, c := range r.channels() {
		prefix := fmt.Sprintf("service/%s/%d/", r.Host, c.Port)
		lines = append(lines, prefix+"SERVICE_NAME="+c.Service.Name, prefix+"SECONDARY_SITE_NAME="+c.Report.Name,
			prefix+"REPLICATION_MODE="+strings.ToUpper(string(c.Mode)), prefix+"REPLICATION_STATUS="+c.Status.String(),
			prefix+"REPLICATION_STATUS_DETAILS="+c.Details)
	}
	lines = append(lines, "overall_replication_status="+r.Status().String())
	for _, id := range r.sites() {
		peer, _ := r.State.Memory.Peer(id)
		prefix := fmt.Sprintf("site/%d/", id)
		lines = append(lines, prefix+"SITE_NAME="+peer.Name, fmt.Sprintf("%sSOURCE_SITE_ID=%d", prefix, peer.Source),
			prefix+"REPLICATION_MODE="+strings.ToUpper(string(peer.Mode)), prefix+"REPLICATION_STATUS="+r.siteStatus(id).String())
	}
	prefix := fmt.Sprintf("site/%d/", r.State.ID)
	lines = append(lines, prefix+"REPLICATION_MODE="+strings.ToUpper(string(r.State.Mode)), prefix+"SITE_NAME="+r.State.Name,
		fmt.Sprintf("local_site_id=%d", r.State.ID))
	return marked(lines) + "done.\n"
}
