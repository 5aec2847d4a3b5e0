package guide

import (
	"context"
	"fmt"
	"strings"

	"ocfbox/hooks"
	"ocfbox/internal/hana"
	"ocfbox/internal/srhook"
	"ocfbox/test/hanasim"
	"ocfbox/test/hanasim/install"
	"ocfbox/test/lab/cluster"
	"ocfbox/test/lab/node"
	"ocfbox/test/lab/scenario"
	"ocfbox/test/topologies"
)

// The nodes, and the names of their sites.
const (
	wdf = "suse01"
	rot = "suse02"
	dr1 = "suse03"
)

var sites = map[string]string{wdf: "WDF", rot: "ROT", dr1: "DR1"}

func hostOf(site string) string {
	for host, s := range sites {
		if s == site {
			return host
		}
	}
	return ""
}

// The guide's names.
const (
	primitive = "rsc_SAPHana_HA1_HDB10"
	promoted  = "msl_SAPHana_HA1_HDB10"
	topology  = "cln_SAPHanaTopology_HA1_HDB10"
	vip       = "rsc_ip_HA1_HDB10"
	address   = "192.168.1.20"
)

// A plant is what a laboratory of this package is built of.
type plant struct {
	// name is that of the kit: plants of the same name are the same.
	name string
	// nodes is the number of the cluster's members, databases that of the machines that have a database.
	nodes, databases int
	plan             install.Plan
	// options may add to the laboratory.
	options func(*cluster.Options)
}

// newPlant is a running pair as the guide has it at the beginning of chapter 9, with the primary on a node.
func newPlant(name, primary string) plant {
	p := install.Default()
	p.State, p.Primary = install.Running, primary
	return plant{name: name, nodes: 2, databases: 2, plan: p}
}

func (p plant) kit() scenario.Kit {
	return scenario.Kit{Name: p.name, Change: p.change, Prepare: p.prepare}
}

func (p plant) change(o *cluster.Options) error {
	o.Nodes = cluster.Names(p.nodes)
	if p.databases > p.nodes {
		o.Outsiders = p.hosts()[p.nodes:]
	}
	provider, sections, err := providers()
	if err != nil {
		return err
	}
	p.plan.Providers = sections
	addition, err := hanasim.Addition(p.plan, p.hosts())
	if err != nil {
		return err
	}
	o.Additions = append(o.Additions, addition)
	o.Files = append(o.Files, provider...)
	if p.options != nil {
		p.options(o)
	}
	return nil
}

// providers are the files of the HA/DR providers with the rules for sudo, and their sections of global.ini.
func providers() (files []node.File, sections string, err error) {
	const folder = "/usr/share/ocfbox/srhook/"
	entries, err := hooks.Files.ReadDir(".")
	if err != nil {
		return nil, "", err
	}
	for _, entry := range entries {
		text, err := hooks.Files.ReadFile(entry.Name())
		if err != nil {
			return nil, "", err
		}
		if strings.HasPrefix(entry.Name(), "global.ini_") {
			continue
		}
		files = append(files, node.File{Path: folder + entry.Name(), Text: string(text)})
	}
	section, err := hooks.Files.ReadFile("global.ini_SAPHanaSR")
	if err != nil {
		return nil, "", err
	}
	names := make([]srhook.Site, 0, len(sites))
	for _, host := range []string{wdf, rot, dr1} {
		names = append(names, srhook.Site(sites[host]))
	}
	files = append(files, node.File{
		Path: "/etc/sudoers.d/ocfbox-srhook-ha1", Text: srhook.Exact(hana.SID("HA1"), names), Mode: 0o440,
	})
	return files, "\n" + string(section), nil
}

// hosts are the machines that have a database. Those that are no members of the cluster come last.
func (p plant) hosts() []string { return cluster.Names(p.databases) }

// prepare starts the databases. The cluster is there and has nothing to do yet, so that the hook's first events
// reach it.
func (p plant) prepare(ctx context.Context, lab *cluster.Lab) error {
	if p.plan.State == install.Running {
		return hanasim.Start(ctx, lab, p.plan, p.hosts())
	}
	return nil
}

// A setting is how the guide's configuration is used.
type setting struct {
	// register is AUTOMATED_REGISTER, local the opposite of PREFER_SITE_TAKEOVER.
	register, local bool
	// printed leaves the intervals as they are printed. Otherwise failures are noticed after 10 to 13 s.
	printed bool
	// patient takes the longer time-outs of chapter 9 in place of those of 13.2.
	patient bool
	// more is added at the end.
	more string
}

// configuration is the complete example of the guide, 13.2, as a setting wants it.
func (s setting) configuration() string {
	text := topologies.Configuration("hana-performance")
	if s.register {
		text = replace(text, "AUTOMATED_REGISTER=false", "AUTOMATED_REGISTER=true")
	}
	if s.local {
		text = replace(text, "PREFER_SITE_TAKEOVER=true", "PREFER_SITE_TAKEOVER=false")
	}
	if !s.printed {
		text = replace(text, "interval=61", "interval=13")
		text = replace(text, "interval=60", "interval=12")
		// The random delay before fencing is for nodes that shoot at each other.
		text = replace(text, "pcmk_delay_max=15", "pcmk_delay_max=1")
	}
	if s.patient {
		text = replace(text, "op monitor interval=10 timeout=300", "op monitor interval=10 timeout=600")
		text = replace(text, "op start interval=0 timeout=300", "op start interval=0 timeout=600")
	}
	return text + s.more
}

// String says what is not as printed.
func (s setting) String() string {
	intervals := "monitored every 10 to 13 s"
	if s.printed {
		intervals = "monitored every 60 s as printed"
	}
	return fmt.Sprintf("AUTOMATED_REGISTER=%t PREFER_SITE_TAKEOVER=%t, %s", s.register, !s.local, intervals)
}

// replace is strings.ReplaceAll that panics when there is nothing to replace: then the text is not what the caller
// thinks.
func replace(text, from, to string) string {
	if !strings.Contains(text, from) {
		panic(fmt.Sprintf("the configuration has no %q", from))
	}
	return strings.ReplaceAll(text, from, to)
}
