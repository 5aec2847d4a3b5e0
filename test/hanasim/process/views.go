package process

import (
	"strconv"
	"strings"

	"ocfbox/test/hanasim/wire"
)

// views are the system views that there are, by name.
func views() map[string]func(*service, wire.Answer) wire.Answer {
	return map[string]func(*service, wire.Answer) wire.Answer{
		"M_SERVICE_REPLICATION": serviceReplication,
		"M_SYSTEM_REPLICATION":  systemReplication,
		"M_HA_DR_PROVIDERS":     haDrProviders,
		"M_SERVICES":            services,
	}
}

func serviceReplication(s *service, a wire.Answer) wire.Answer {
	t := wire.Answer{Columns: []string{
		"HOST", "PORT", "VOLUME_ID", "SITE_ID", "SITE_NAME", "SECONDARY_SITE_ID", "SECONDARY_SITE_NAME",
		"REPLICATION_MODE", "REPLICATION_STATUS", "REPLICATION_STATUS_DETAILS",
	}}
	for _, c := range a.State.Channels {
		t.Rows = append(t.Rows, []string{
			s.system.Host, strconv.Itoa(c.Port), strconv.Itoa(c.Volume), strconv.Itoa(a.State.ID), a.State.Name,
			strconv.Itoa(c.Site), c.Report.Name, strings.ToUpper(string(c.Mode)), c.Status.String(), c.Details,
		})
	}
	return t
}

func systemReplication(_ *service, a wire.Answer) wire.Answer {
	t := wire.Answer{Columns: []string{"SITE_ID", "SITE_NAME", "SECONDARY_SITE_ID", "SECONDARY_SITE_NAME", "REPLICATION_MODE", "REPLICATION_STATUS", "OPERATION_MODE"}}
	for _, p := range a.State.Memory.Fed() {
		t.Rows = append(t.Rows, []string{
			strconv.Itoa(a.State.ID), a.State.Name, strconv.Itoa(p.ID), p.Name, strings.ToUpper(string(p.Mode)),
			SiteStatus(*a.State, p.ID).String(), p.OperationMode,
		})
	}
	return t
}

func haDrProviders(_ *service, a wire.Answer) wire.Answer {
	t := wire.Answer{Columns: []string{"PROVIDER_NAME", "PROVIDER_COMPANY", "PROVIDER_DESCRIPTION", "PROVIDER_VERSION", "PROVIDER_TYPE", "PROVIDER_PATH", "EXECUTION_ORDER"}}
	for _, p := range a.Providers {
		t.Rows = append(t.Rows, []string{p.Name, p.Company, p.Description, p.Version, "CUSTOM", p.Path, strconv.Itoa(p.Order)})
	}
	return t
}

func services(s *service, a wire.Answer) wire.Answer {
	t := wire.Answer{Columns: []string{"HOST", "PORT", "SERVICE_NAME", "ACTIVE_STATUS"}}
	for _, v := range a.State.Services {
		t.Rows = append(t.Rows, []string{s.system.Host, strconv.Itoa(v.Port), v.Name, strings.ToUpper(v.Active)})
	}
	return t
}
